"""The coordinator's overview: where every member stands, and why it waits."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization, OrganizationState
from charter.database.people import Person, Role
from charter.database.staff_rounds import StaffRound
from charter.services import organizations
from charter.services.cycles import find_cycle
from charter.services.overview import Filters, Row, WaitsFor, overview
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


@pytest.fixture
def client(world: World) -> Any:
    return world.client(world.person("Chan Maly", Role.COORDINATOR))


def rows(world: World, cycle: Cycle, **filters: Any) -> dict[str, Row]:
    with world.reading() as db:
        found = overview(db, find_cycle(db, cycle.id) or cycle, today=now().date(), filters=Filters(**filters))
        return {row.assessment.organization.name: row for row in found.rows}


def put(world: World, assessment: Assessment, **columns: Any) -> None:
    with world.writing() as db:
        for name, value in columns.items():
            setattr(db.get_one(Assessment, assessment.id), name, value)


def test_without_a_cycle_the_page_says_what_to_do(client: Any) -> None:
    assert "There is no cycle yet" in client.get("/coalition").text


def test_each_row_says_for_whom_it_waits(world: World, client: Any) -> None:
    mentor, lead = world.person("Lim Bopha", Role.MENTOR), world.person("Sok Dara")
    names = ("Invited", "Answering", "Round", "Mentor", "Nobody there", "Changes", "Closed", "Gone")
    members = [
        world.organization(name, mentors=(mentor,) if name != "Nobody there" else (), leads=(lead,)) for name in names
    ]
    cycle, made = world.cycle(*members)
    states = (
        AssessmentState.INVITED,
        AssessmentState.ANSWERING,
        AssessmentState.ANSWERING,
        AssessmentState.SUBMITTED,
        AssessmentState.SUBMITTED,
        AssessmentState.CHANGES_REQUESTED,
        AssessmentState.CLOSED,
        AssessmentState.WITHDRAWN,
    )
    for assessment, state in zip(made, states, strict=True):
        put(world, assessment, state=state)
    closes = now().date() + timedelta(days=9)
    with world.writing() as db:
        db.add(StaffRound(assessment_id=made[2].id, number=1, opened_at=now(), opened_by_id=lead.id, closes_on=closes))
    found = {name: row.waits_for for name, row in rows(world, cycle).items()}
    assert found == {
        "Invited": WaitsFor.LEAD,
        "Answering": WaitsFor.LEAD,
        "Round": WaitsFor.STAFF,
        "Mentor": WaitsFor.MENTOR,
        "Nobody there": WaitsFor.NO_MENTOR,
        "Changes": WaitsFor.LEAD,
        "Closed": WaitsFor.NOBODY,
        "Gone": WaitsFor.NOBODY,
    }
    assert rows(world, cycle)["Round"].staff_until == closes
    assert client.get("/coalition").status_code == 200
    reasons = {
        "Invited": "has not begun yet",
        "Answering": "is answering",
        "Round": "A staff round runs until",
        "Mentor": "waits for its mentor: Lim Bopha",
        "Nobody there": "has no mentor",
        "Changes": "has not submitted again yet",
        "Closed": "waits for nobody",
    }
    for assessment, name in zip(made, names, strict=True):
        page = client.get(f"/coalition/assessments/{assessment.id}")
        assert page.status_code == 200
        assert reasons.get(name, "") in page.text


def test_before_it_is_opened_everybody_waits_for_the_opening(world: World) -> None:
    cycle, _ = world.cycle(world.organization("Hope House"))
    with world.writing() as db:
        db.get_one(Cycle, cycle.id).state = CycleState.DRAFT
    assert [row.waits_for for row in rows(world, cycle).values()] == [WaitsFor.OPENING]


def test_late_is_past_the_due_date_and_not_over(world: World) -> None:
    cycle, made = world.cycle(*(world.organization(name) for name in ("Late", "Closed", "Today")))
    yesterday = now().date() - timedelta(days=1)
    put(world, made[0], due_on=yesterday)
    put(world, made[1], due_on=yesterday, state=AssessmentState.CLOSED)
    put(world, made[2], due_on=now().date())
    assert list(rows(world, cycle, only_late=True)) == ["Late"]


def test_filters_narrow_the_rows_and_not_the_counts(world: World, client: Any) -> None:
    mentor = world.person("Lim Bopha", Role.MENTOR)
    members = [world.organization("Hope House", mentors=(mentor,)), world.organization("Mekong Kids")]
    cycle, made = world.cycle(*members)
    with world.writing() as db:
        organization = organizations.find_organization(db, members[1].id)
        assert organization is not None
        organization.province = "Kep"
    put(world, made[1], state=AssessmentState.SUBMITTED)
    assert list(rows(world, cycle, mentor_id=mentor.id)) == ["Hope House"]
    assert list(rows(world, cycle, province="Kep")) == ["Mekong Kids"]
    assert list(rows(world, cycle, state=AssessmentState.SUBMITTED)) == ["Mekong Kids"]
    page = client.get("/coalition?state=submitted").text
    assert "All: 2" in page
    assert "Hope House" not in page
    assert "No member fits" in client.get("/coalition?state=closed").text
    assert client.get("/coalition?state=nonsense&mentor=x&late=7").status_code == 200
    assert client.get("/coalition?cycle=999").status_code == 404


def test_the_page_shows_the_newest_open_cycle(world: World, client: Any) -> None:
    world.cycle(title="Open one")
    with world.writing() as db:
        published = world.rows(Cycle)[0].published_pack_id
        db.add(
            Cycle(
                title="Prepared",
                published_pack_id=published,
                state=CycleState.DRAFT,
                opens_on=date(2090, 1, 1),
                closes_on=date(2090, 2, 1),
                created_at=now(),
            )
        )
    assert "<h1>Open one</h1>" in client.get("/coalition").text


def test_five_hundred_members_take_as_many_statements_as_ten(world: World, client: Any) -> None:
    mentor = world.person("Lim Bopha", Role.MENTOR)
    cycle, _ = world.cycle(*(world.organization(f"Member {number:03}") for number in range(9)))
    with world.writing() as db:
        first = organizations.find_organization(db, 1)
        assert first is not None
        organizations.assign_mentor(db, None, mentor=db.get_one(Person, mentor.id), organization=first)
    few = world.count_statements(lambda: client.get("/coalition"))
    add_in_bulk(world, cycle, 491)
    assert world.count_statements(lambda: client.get("/coalition")) == few
    assert client.get("/coalition").text.count("<tr>") == 101


def test_a_long_list_has_pages_that_keep_the_filters(world: World, client: Any) -> None:
    cycle, made = world.cycle(world.organization("Member 000"), world.organization("Zebra House"))
    put(world, made[0], state=AssessmentState.SUBMITTED)
    add_in_bulk(world, cycle, 149)  # submitted, too
    first = client.get("/coalition?state=submitted").text
    assert "Page 1 of 2" in first and "Previous page" not in first
    address = f"/coalition?page=2&amp;cycle={cycle.id}&amp;state=submitted"
    assert f'href="{address}"' in first
    last = client.get(address.replace("&amp;", "&")).text
    assert last.count("<tr>") == 51 and "Next page" not in last
    assert "Zebra House" not in first + last
    assert "Zebra House" in client.get("/coalition?page=999").text  # the last page there is
    assert all("Page 1 of 2" in client.get(f"/coalition?page={each}").text for each in ("-1", "0", "x", ""))


def add_in_bulk(world: World, cycle: Cycle, number: int) -> None:
    """Rows as the services write them, without the time that five hundred calls take."""
    with world.writing() as db:
        model = db.query(Assessment).order_by(Assessment.id).first()
        assert model is not None
        kept = {column.name for column in Assessment.__table__.columns} - {"id", "organization_id"}
        for each in range(number):
            organization = Organization(
                name=f"Many {each:03}", state=OrganizationState.ACTIVE, language="en", created_at=now()
            )
            db.add(organization)
            db.flush()
            db.add(Assessment(organization_id=organization.id, **{name: getattr(model, name) for name in kept}))
