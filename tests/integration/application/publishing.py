"""Publishing a release in tests without the long test of attacks, which has tests of its own."""

from __future__ import annotations

from datetime import timedelta

from charter.clock import now
from charter.database.releases import Release, ReleaseState
from charter.services import releases
from tests.integration.application.coalitions import FIRST_DAY, Coalition


def publish(coalition: Coalition, name: str) -> Release:
    """Draft it, take it as checked, and have the second coordinator approve it, half a year after the one before."""
    drafted = coalition.draft(name)
    with coalition.world.writing() as db:
        release = db.get_one(Release, drafted.id)
        release.state, release.checked_at, release.attack = ReleaseState.CHECKED, now(), {"adversaries": {}}
    with coalition.world.writing() as db:
        found = releases.find_release(db, drafted.id)
        assert found is not None
        day = FIRST_DAY + timedelta(days=180 * len(coalition.cycles))
        releases.approve_release(db, coalition.world.actor(db, coalition.second), found, today=day)
    return coalition.world.rows(Release, name=name)[0]
