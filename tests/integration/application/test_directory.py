"""The members directory: nothing is shown unless the lead says so, and only to whom."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from charter.database.directory import Audience, DirectoryEntry
from charter.database.events import Event
from charter.database.organizations import Organization
from charter.database.people import Role
from charter.services import directory, exports, leaving
from charter.services.assessments import find_assessment
from charter.services.profile import save_profile
from tests.integration.application.agreements import Member, a_member
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World, post_form

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


@pytest.fixture
def member(world: World) -> Member:
    made = a_member(world)
    with world.writing() as db:
        found = find_assessment(db, made.assessment.id)
        assert found is not None
        db.get_one(Organization, made.organization.id).province = "Battambang"
        facts: dict[str, Any] = {"team_size": 12, "overnight_care": False, "serves": ("children", "adults")}
        save_profile(db, world.actor(db, made.lead), assessment=found, facts=facts, known={})
    return made


def fill(member: Member, known: int = 0, **fields: Any) -> Any:
    """Send the form of the lead; what is not named is shown to nobody."""
    address = f"/member/{member.organization.id}/directory"
    plain = dict.fromkeys(("listed", "province", "about_shown", "contact_shown", "fact-serves"), "nobody")
    data = {**plain, "version": str(known), **{name.replace("__", "-"): value for name, value in fields.items()}}
    return post_form(member.world.client(member.lead), address, data)


EVERYTHING: dict[str, Any] = {
    "listed": "public",
    "province": "public",
    "about": "We shelter families.",
    "about_shown": "public",
    "contact_name": "Duty social worker",
    "contact_phone": "+855 23 000 000",
    "contact_email": "help@example.org",
    "contact_hours": "By day",
    "contact_shown": "public",
    "fact__serves": "public",
}
SHOWN = ("Battambang", "We shelter families.", "Duty social worker", "+855 23 000 000", "help@example.org", "By day")


def test_nothing_is_shown_before_the_lead_says_so(member: Member) -> None:
    for page in (member.world.client().get("/members").text, member.world.client(member.lead).get("/members/all").text):
        assert member.organization.name not in page.split("<main")[1]
        assert "Nobody is listed yet" in page
    assert fill(member, **{**EVERYTHING, "listed": "nobody"}).status_code == 302
    assert member.organization.name not in member.world.client().get("/members").text


def test_everybody_sees_what_is_public_and_members_what_is_theirs(member: Member) -> None:
    public, own = member.world.client(), member.world.client(member.mentor)
    assert fill(member, **EVERYTHING).status_code == 302
    page = public.get("/members").text
    assert all(text in page for text in (member.organization.name, *SHOWN, "Children"))
    fill(member, 1, **{**EVERYTHING, "contact_shown": "members", "fact__serves": "members", "province": "nobody"})
    page, inner = public.get("/members").text, own.get("/members/all").text
    assert "We shelter families." in page and "help@example.org" not in page and "Children" not in page
    assert "help@example.org" in inner and "Children" in inner
    assert "Battambang" not in page + inner
    # Whoever hides the whole entry from the public hides every part of it, whatever the parts say.
    fill(member, 2, **{**EVERYTHING, "listed": "members"})
    assert member.organization.name not in public.get("/members").text
    assert all(text in own.get("/members/all").text for text in SHOWN)


def test_facts_with_numbers_are_never_offered(member: Member) -> None:
    page = member.world.client(member.lead).get(f"/member/{member.organization.id}/directory").text
    assert "fact-serves" in page and "fact-team_size" not in page and "fact-overnight_care" not in page
    fill(member, **{**EVERYTHING, "fact__team_size": "public"})
    (entry,) = member.world.rows(DirectoryEntry)
    assert entry.facts_shown == {"serves": "public"}


def test_the_newest_answers_are_shown(member: Member) -> None:
    fill(member, **EVERYTHING)
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        lead = member.world.actor(db, member.lead)
        save_profile(db, lead, assessment=found, facts={"serves": ("adults",)}, known={"serves": 1})
    page = member.world.client().get("/members").text.split('class="cards"')[1]
    assert "Adults" in page and "Children" not in page


def test_a_member_that_leaves_is_gone_at_once_and_in_the_end_from_the_tables(member: Member) -> None:
    fill(member, **EVERYTHING)
    world, day = member.world, date(2026, 1, 2)
    coordinator = world.person("Some Coordinator", Role.COORDINATOR)
    with world.writing() as db:
        organization = db.get_one(Organization, member.organization.id)
        leaving.mark_left(db, world.actor(db, coordinator), organization=organization, left_on=day, retention_days=0)
    assert member.organization.name not in world.client().get("/members").text
    assert member.organization.name not in world.client(coordinator).get("/members/all").text
    assert DirectoryEntry in exports.OF_ORGANIZATION
    with world.writing() as db:
        organization = db.get_one(Organization, member.organization.id)
        leaving.delete_data(
            db,
            world.actor(db, coordinator),
            organization=organization,
            typed_name=organization.name,
            today=day,
            forget_file=lambda _name: None,
        )
    assert world.rows(DirectoryEntry) == []


def test_a_save_that_knows_an_older_one_and_a_contact_that_cannot_be_reached_are_refused(member: Member) -> None:
    assert fill(member, **EVERYTHING).status_code == 302
    stale = fill(member, 0, listed="public", about="Older text")
    assert stale.status_code == 422 and "Somebody else has saved" in stale.text
    nobody = fill(member, 1, **{**EVERYTHING, "contact_phone": "", "contact_email": ""})
    assert nobody.status_code == 422
    wrong = fill(member, 1, **{**EVERYTHING, "contact_email": "no address"})
    assert wrong.status_code == 422
    assert fill(member, 1, listed="everyone").status_code == 422
    (entry,) = member.world.rows(DirectoryEntry)
    assert (entry.version, entry.about, entry.contact_email) == (1, "We shelter families.", "help@example.org")
    (event,) = member.world.rows(Event, name="DirectoryEntryChanged")
    assert "help@example.org" not in str(event.data)


def test_it_can_be_searched_and_filtered_in_every_language_without_more_statements(world: World) -> None:
    names = [f"House {number:02}" for number in range(45)]
    made = [world.organization(name) for name in names]
    lead = world.person("Some Lead")
    listed = directory.Shown(
        listed=Audience.PUBLIC, province=Audience.PUBLIC, about="ជំនួយកុមារ", about_shown=Audience.PUBLIC
    )

    def show(some: list[Organization]) -> None:
        with world.writing() as db:
            for number, each in enumerate(some):
                organization = db.get_one(Organization, each.id)
                organization.province = ("Battambang", "Kampot")[number % 2]
                directory.save_entry(db, world.actor(db, lead), organization=organization, shown=listed, known=0)

    show(made[:5])
    client = world.client()
    client.get("/members")
    few = world.count_statements(lambda: client.get("/members"))
    show(made[5:])
    assert world.count_statements(lambda: client.get("/members")) == few <= 2
    page = client.get("/members").text
    assert page.count('<div class="card">') == directory.PER_PAGE and "45 members" in page
    assert 'href="/members?page=2"' in page
    last = client.get("/members?page=99").text
    assert last.count('<div class="card">') == 5
    assert client.get("/members?province=Kampot").text.count("House") == 20
    assert client.get("/members?q=house+07").text.count('<div class="card">') == 1
    assert client.get("/members?q=កុមារ&lang=km").text.count('<div class="card">') == directory.PER_PAGE
    assert client.get("/members?q=nowhere").text.count('<div class="card">') == 0
    for odd in ("?page=-1", "?page=x", "?fact-serves=nobody", "?lang=xx", "?province=%F0%9F%98%80"):
        assert client.get(f"/members{odd}").status_code == 200, odd


def test_a_filter_by_an_answer_finds_only_who_shows_it(member: Member) -> None:
    fill(member, **EVERYTHING)
    client = member.world.client()
    assert member.organization.name in client.get("/members?fact-serves=children").text
    assert 'value="children" selected' in client.get("/members?fact-serves=children").text
    fill(member, 1, **{**EVERYTHING, "fact__serves": "members"})
    # Else a search would tell what the page hides.
    assert member.organization.name not in client.get("/members?fact-serves=children").text
    assert member.organization.name not in client.get("/members?q=children").text
    assert member.organization.name in member.world.client(member.lead).get("/members/all?fact-serves=children").text


def test_the_menu_leads_to_public_pages_in_the_language_of_the_page(world: World) -> None:
    client = world.client()
    page = client.get("/", headers={"Accept-Language": "km"}, follow_redirects=True).text
    assert 'href="/members?lang=km"' in page and 'href="/benchmarks?lang=km"' in page
