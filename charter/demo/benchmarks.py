"""Releases of benchmarks: peer groups, one that was published after the second cycle, and a draft of now."""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from sqlalchemy.orm import Session

from charter.clock import now, pretend, today
from charter.database.engine import after_commit
from charter.database.packs import PublishedPack
from charter.database.releases import ReleaseState
from charter.demo.coalition import Coalition
from charter.demo.days import DAY
from charter.jobs import Worker
from charter.services import peer_groups, releases
from charter.stores import store_for

MEETS_FROM = 50
"""What counts as met in a coalition that has just begun; a higher bar would say too much of some members."""
_GROUPS = (
    ("all", 9, None, {"en": "All members", "km": "សមាជិកទាំងអស់", "vi": "Tất cả thành viên"}),
    (
        "children",
        4,
        "works_with_children: {is: true}",
        {"en": "Work with children", "km": "ធ្វើការជាមួយកុមារ", "vi": "Làm việc với trẻ em"},
    ),
)


def tell_benchmarks(coalition: Coalition, *, drafted_on: date) -> None:
    """The first release was drafted that day. The next one waits for the worker to check it, then for its approval."""
    days = coalition.days
    worker = Worker(coalition.settings, coalition.sessions, store_for(coalition.settings))
    drafted: list[int] = []

    def declare(db: Session) -> None:
        for key, weight, condition, titles in _GROUPS:
            peer_groups.declare_group(
                db,
                coalition.coordinator(db),
                key=key,
                titles=titles,
                weight=weight,
                condition=condition,
                main_language=coalition.settings.languages[0],
            )

    def draft(db: Session) -> None:
        release = releases.draft_release(
            db,
            coalition.coordinator(db),
            name=f"{today(coalition.settings.zone).year}-{len(drafted) + 1}",
            published=db.get_one(PublishedPack, coalition.published_id),
            meets_from=MEETS_FROM,
            main_language=coalition.settings.languages[0],
        )
        drafted.append(release.id)
        if release.job is not None and len(drafted) == 1:
            after_commit(db, partial(_run, worker, release.job.id, now()))

    def decide(db: Session) -> None:
        release = releases.find_release(db, drafted[0])
        assert release is not None  # noqa: S101 - drafted before
        if release.state is ReleaseState.CHECKED:
            day = today(coalition.settings.zone)
            releases.approve_release(db, coalition.coordinator(db, 1), release, today=day)
        else:
            # With few members anything says too much of some of them.
            releases.discard_release(db, coalition.coordinator(db, 1), release)

    days.at(drafted_on - 20 * DAY, declare)
    days.at(drafted_on, draft)
    days.at(drafted_on + 7 * DAY, decide)
    days.at(days.ago(3), draft)


def _run(worker: Worker, job_id: str, moment: datetime) -> None:
    with pretend(moment):
        worker.run(job_id)
