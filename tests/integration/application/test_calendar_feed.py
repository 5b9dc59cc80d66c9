"""The private calendar: what stands in it, who can read it, and for how long."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from icalendar import Calendar

from charter.database.organizations import Organization
from charter.database.people import Membership, Mentorship, Person, Role
from charter.database.plans import Action, ActionStatus, Plan
from charter.database.records import Visit
from charter.database.subscriptions import CalendarFeed
from charter.services import accounts, organizations
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.plan_rows import action, committed_plan
from tests.integration.application.worlds import World, post_form, token_in

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


@dataclass
class House:
    world: World
    lead: Person
    contributor: Person
    mentor: Person
    organization: Organization
    plan: Plan

    def address(self, person: Person) -> str:
        """Make a calendar as the person would; gives its path."""
        client = self.world.client(person)
        page = post_form(client, "/account/calendar", {}, page="/account/mails")
        found = re.search(r'value="http://127\.0\.0\.1:8000(/calendar/[^"]+\.ics)"', page.text)
        assert found is not None
        return found[1]

    def events(self, path: str) -> dict[str, Any]:
        """By title, as anybody without a log-in reads them."""
        answer = self.world.client().get(path)
        assert answer.status_code == 200
        assert answer.content_type == "text/calendar; charset=utf-8"
        calendar = Calendar.from_ical(answer.data)
        assert isinstance(calendar, Calendar)
        assert not calendar.errors
        for component in calendar.walk():
            assert not component.errors
        return {str(event["summary"]): event for event in calendar.events}


@pytest.fixture
def house(world: World) -> House:
    lead, contributor = world.person("Sok Dara"), world.person("Keo Sophea")
    mentor = world.person("Ana Lim", Role.MENTOR)
    organization = world.organization("Hope House", leads=(lead,), contributors=(contributor,), mentors=(mentor,))
    _, (assessment,) = world.cycle(organization)
    return House(world, lead, contributor, mentor, organization, committed_plan(world, assessment))


def test_own_and_supported_actions_stand_on_their_due_days(house: House) -> None:
    world, plan = house.world, house.plan
    own = action(world, plan, "Write a policy; then, tell all", date(2027, 2, 1), owner=house.contributor)
    action(world, plan, "Buy a lock", date(2027, 12, 31), owner=house.lead, supporters=(house.contributor,))
    action(world, plan, "Of somebody else", date(2027, 2, 1), owner=house.lead)
    action(world, plan, "Verified", date(2027, 2, 1), owner=house.contributor, status=ActionStatus.DROPPED)
    events = house.events(house.address(house.contributor))
    assert set(events) == {"Due: Write a policy; then, tell all", "Due: Buy a lock"}
    event = events["Due: Write a policy; then, tell all"]
    assert event["dtstart"].dt == date(2027, 2, 1)
    assert event["dtend"].dt == date(2027, 2, 2)
    assert event["url"] == f"http://127.0.0.1:8000/action/{own.id}"
    assert events["Due: Buy a lock"]["dtend"].dt == date(2028, 1, 1)


def test_a_mentor_sees_the_actions_of_their_members_and_the_next_visits(house: House) -> None:
    world = house.world
    action(world, house.plan, "Write a policy", date(2027, 2, 1), owner=house.lead)
    river = world.organization("River Home")
    with world.writing() as db:
        for organization in (house.organization, river):
            db.add(
                Visit(
                    organization_id=organization.id,
                    mentor_id=house.mentor.id,
                    visited_on=date(2027, 1, 1),
                    next_on=date(2027, 3, 1),
                    note="Something that is nobody else's business",
                    created_at=datetime(2027, 1, 1, tzinfo=UTC),
                )
            )
    path = house.address(house.mentor)
    assert set(house.events(path)) == {"Due at Hope House: Write a policy", "Visit: Hope House"}
    assert "business" not in world.client().get(path).text


def test_nothing_personal_stands_in_it(house: House) -> None:
    action(
        house.world,
        house.plan,
        "Write a policy",
        date(2027, 2, 1),
        owner=house.lead,
        supporters=(house.contributor,),
        description="About a child",
        help_needed="From whom?",
        status_reason="Somebody is ill",
    )
    text = house.world.client().get(house.address(house.lead)).text
    for private in ("Sok Dara", "Keo Sophea", "example.org", "child", "From whom", "ill"):
        assert private not in text


def test_an_event_keeps_its_identity_when_its_title_and_day_change(house: House) -> None:
    row = action(house.world, house.plan, "Write a policy", date(2027, 2, 1), owner=house.lead)
    path = house.address(house.lead)
    (before,) = house.events(path).values()
    with house.world.writing() as db:
        changed = db.get_one(Action, row.id)
        changed.title, changed.due_on, changed.updated_at = "Policy", date(2027, 5, 1), datetime(2027, 1, 9, tzinfo=UTC)
    (after,) = house.events(path).values()
    assert after["uid"] == before["uid"]
    assert after["dtstamp"].dt > before["dtstamp"].dt
    assert after["dtstart"].dt == date(2027, 5, 1)


def test_a_program_that_asks_again_gets_the_file_only_if_it_changed(house: House) -> None:
    row = action(house.world, house.plan, "Write a policy", date(2027, 2, 1), owner=house.lead)
    path, client = house.address(house.lead), house.world.client()
    mark = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": mark})
    assert (again.status_code, again.data) == (304, b"")
    with house.world.writing() as db:
        db.get_one(Action, row.id).status = ActionStatus.DROPPED
    assert client.get(path, headers={"If-None-Match": mark}).status_code == 200


def test_a_new_address_ends_the_old_one_and_switching_off_ends_it_for_good(house: House) -> None:
    old = house.address(house.lead)
    new = house.address(house.lead)
    client = house.world.client()
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    own = house.world.client(house.lead)
    page = own.get("/account/mails").text
    assert new not in page
    own.post("/account/calendar/remove", data={"csrf_token": token_in(page)})
    assert client.get(new).status_code == 404
    assert house.world.rows(CalendarFeed) == []
    assert client.get("/calendar/x.ics").status_code == 404


def test_only_a_hash_of_the_address_is_kept_and_it_cannot_be_guessed(house: House) -> None:
    path = house.address(house.lead)
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(token) >= 43, "256 bits"
    (row,) = house.world.rows(CalendarFeed)
    assert token not in row.token_hash
    assert house.world.client().get(f"/calendar/{row.token_hash}.ics").status_code == 404


def test_it_ends_with_the_membership_and_with_the_account(house: House) -> None:
    world, client = house.world, house.world.client()
    action(world, house.plan, "Write a policy", date(2027, 2, 1), owner=house.contributor)
    contributor, mentor, lead = (house.address(each) for each in (house.contributor, house.mentor, house.lead))
    with world.writing() as db:
        actor = world.actor(db, house.lead)
        membership = next(each for each in db.query(Membership) if each.person_id == house.contributor.id)
        organizations.end_membership(db, actor, membership=membership)
        for mentorship in db.query(Mentorship):
            mentorship.until_at = datetime(2027, 1, 1, tzinfo=UTC)
        db.get_one(Person, house.lead.id).disabled_at = datetime(2027, 1, 1, tzinfo=UTC)
    for path in (contributor, mentor, lead):
        assert client.get(path).status_code == 404


def test_it_is_in_the_language_of_its_owner_whoever_asks(house: House) -> None:
    action(house.world, house.plan, "សរសេរគោលការណ៍", date(2027, 2, 1), owner=house.lead)
    with house.world.writing() as db:
        accounts.set_language(db, house.world.actor(db, house.lead), "km")
    answer = house.world.client().get(house.address(house.lead), headers={"Accept-Language": "vi"})
    event: Any
    (event,) = Calendar.from_ical(answer.data).events
    assert "សរសេរគោលការណ៍" in str(event["summary"])
    assert event["summary"].params["LANGUAGE"] == "km"


def test_coordinators_are_offered_none(house: House) -> None:
    client = house.world.client(house.world.person("Chan Maly", Role.COORDINATOR))
    page = client.get("/account/mails").text
    assert "/account/calendar" not in page
    assert client.post("/account/calendar", data={"csrf_token": token_in(page)}).status_code == 404


def test_the_number_of_statements_does_not_grow(house: House) -> None:
    action(house.world, house.plan, "First", date(2027, 2, 1), owner=house.lead)
    path, client = house.address(house.lead), house.world.client()
    few = house.world.count_statements(lambda: client.get(path))
    for number in range(20):
        action(house.world, house.plan, f"More {number}", date(2027, 2, 1), owner=house.lead)
    assert house.world.count_statements(lambda: client.get(path)) == few
    assert len(house.events(path)) == 21
