"""No address does anything when it is only read: links are followed by mail programs, and prefetched by browsers."""

from __future__ import annotations

import pytest

from charter.database.people import Person
from tests.security.sweeps import PARTIES, crawl, digest
from tests.security.tenants import Site


@pytest.mark.parametrize("party", PARTIES)
def test_looking_at_everything_changes_nothing(site: Site, party: str) -> None:
    assert len(crawl(site, party)) > 100
    assert not site.changed[party, site.ours.word]


def test_the_digest_tells_any_change(site: Site) -> None:
    """The control."""
    before = digest(site.world)
    with site.world.writing() as db:
        person = db.get_one(Person, site.coordinator.id)
        name, person.name = person.name, "Somebody else"
    assert digest(site.world) != before
    with site.world.writing() as db:
        db.get_one(Person, site.coordinator.id).name = name
    assert digest(site.world) == before
