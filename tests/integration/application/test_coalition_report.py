"""The coalition's report: exact counts of what was done, results only as published."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import insert

from charter.database.assessments import Assessment, AssessmentState
from charter.database.grants import Grant, GrantKind, GrantState, Instalment, Spending
from charter.database.jobs import Job, JobState
from charter.database.people import Role
from charter.database.plans import Action, ActionSource, ActionStatus, Decision, Plan
from charter.database.trainings import Attendance, SignUpState, Training, TrainingSession, TrainingSignUp
from charter.jobs import Worker
from charter.reports.coalition import About, coalition_parts
from charter.services.coalition_activity import Activity, Between, activity
from charter.services.coalition_reports import half_year
from charter.services.packs import pack_of
from charter.stores import store_for
from tests.integration.application.agreements import Member, a_member
from tests.integration.application.plan_rows import plan_values
from tests.integration.application.worlds import World, post_form

PERIOD = Between(date(2026, 5, 1), date(2026, 10, 31), ZoneInfo("Asia/Phnom_Penh"))
INSIDE, OUTSIDE = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def member(world: World) -> Member:
    made = a_member(world)
    with world.writing() as db:
        assessment = db.get_one(Assessment, made.assessment.id)
        assessment.cycle.opens_on, assessment.cycle.closes_on = date(2026, 3, 1), date(2026, 5, 1)
        assessment.state = AssessmentState.CLOSED
        criteria = [one.id for one in pack_of(db, assessment.published_pack).criteria]
        plan = Plan(**plan_values(assessment, at=INSIDE))
        db.add(plan)
        db.flush()
        fixed = {
            "plan_id": plan.id,
            "organization_id": made.organization.id,
            "source": ActionSource.OWN,
            "title": "Something",
            "must_do": False,
            "clauses": [],
            "starts_on": date(2026, 6, 1),
            "due_on": date(2026, 7, 1),
            "percent": 0,
            "version": 1,
            "created_at": INSIDE,
            "updated_at": INSIDE,
            "improves": {criteria[0]: {"from": 0, "to": 1}},
        }
        rows: list[dict[str, Any]] = [
            {"status": ActionStatus.DONE, "decision": Decision.ACT, "done_at": INSIDE},
            {"status": ActionStatus.DONE, "decision": Decision.ACT, "done_at": OUTSIDE},
            {"status": ActionStatus.DELAYED, "decision": Decision.ACT, "done_at": None},
            {"status": ActionStatus.NOT_STARTED, "decision": Decision.NOT_ACT, "done_at": None},
        ]
        db.execute(insert(Action), [{**fixed, **row} for row in rows])
        grant = Grant(
            organization_id=made.organization.id,
            kind=GrantKind.LEARNING,
            state=GrantState.APPROVED,
            state_since=INSIDE,
            title="Course",
            purpose="To learn",
            starts_on=date(2026, 6, 1),
            ends_on=date(2026, 9, 1),
            requested=123450,
            requested_at=INSIDE,
            requested_by_id=made.lead.id,
            approved=100050,
            decided_at=OUTSIDE,
        )
        db.add(grant)
        db.flush()
        of_grant = {"grant_id": grant.id, "organization_id": made.organization.id}
        when = date(2026, 10, 31)
        db.add(Instalment(**of_grant, due_on=when, amount=50000, paid_on=when, created_at=INSIDE))
        db.add(Instalment(**of_grant, due_on=when, amount=50050, paid_on=None, created_at=INSIDE))
        spent = {**of_grant, "spent_on": when, "what": "Rice", "created_at": INSIDE, "created_by_id": made.lead.id}
        db.add(Spending(**spent, amount=700))
        db.add(Spending(**spent, amount=999, removed_at=INSIDE))
        training = Training(key="safe", titles={"en": "Safe recruitment"}, descriptions={}, created_at=INSIDE)
        db.add(training)
        db.flush()
        for starts_on, cancelled in ((date(2026, 10, 31), None), (date(2026, 11, 1), None), (date(2026, 6, 1), INSIDE)):
            session = TrainingSession(
                training_id=training.id,
                starts_on=starts_on,
                ends_on=starts_on,
                sign_up_until=starts_on,
                is_online=True,
                seats=5,
                languages=["en"],
                created_at=INSIDE,
                cancelled_at=cancelled,
            )
            db.add(session)
            db.flush()
            for attendance, state in (
                (Attendance.PRESENT, SignUpState.SEAT),
                (None, SignUpState.SEAT),
                (None, SignUpState.CANCELLED),
            ):
                db.add(
                    TrainingSignUp(
                        session_id=session.id,
                        organization_id=made.organization.id,
                        name="Somebody",
                        state=state,
                        attendance=attendance,
                        signed_up_at=INSIDE,
                        signed_up_by_id=made.lead.id,
                    )
                )
    return made


def found(world: World, between: Between = PERIOD) -> Activity:
    with world.reading() as db:
        return activity(db, between, language="en")


def test_it_counts_what_happened_in_the_period(member: Member) -> None:
    one = found(member.world)
    (cycle,) = one.participation
    assert (cycle.invited, cycle.states) == (1, {AssessmentState.CLOSED: 1})
    assert one.progress.statuses == {ActionStatus.DONE: 2, ActionStatus.DELAYED: 1}
    assert (one.progress.plans, one.progress.committed, one.progress.done, one.progress.verified) == (1, 1, 1, 0)
    ((_title, every, finished),) = one.progress.principles
    assert (every, finished) == (3, 2)
    (grant,) = one.grants
    assert (grant.requests, grant.requested, grant.approvals) == (1, 123450, 0)
    assert (grant.paid, grant.spent) == (50000, 700)
    (training,) = one.trainings
    assert (training.starts_on, training.signed_up, training.present, training.members) == (date(2026, 10, 31), 2, 1, 1)
    later = found(member.world, Between(date(2026, 11, 1), date(2027, 4, 30), PERIOD.zone))
    assert (later.participation, later.progress.done, later.grants[0].approvals) == ((), 1, 1)


def test_statements_do_not_grow(member: Member) -> None:
    before = member.world.count_statements(lambda: found(member.world))
    others = [member.world.organization(f"House {number}") for number in range(5)]
    member.world.cycle(*others, title="Another")
    assert member.world.count_statements(lambda: found(member.world)) == before <= 15


def test_no_member_is_named_and_results_are_only_those_published(member: Member) -> None:
    about = About("Harbour", PERIOD.first, PERIOD.last, date(2026, 11, 1), "USD")
    parts = coalition_parts(found(member.world), None, about, language="en")
    text = str([(part.title, part.rows, part.shown) for part in parts])
    assert member.organization.name not in text
    results = next(part for part in parts if part.title == "Results")
    assert results.rows == () and "No benchmarks had been published" in results.empty
    grants = next(part for part in parts if part.title == "Grants")
    assert grants.rows[0][2] == 1234.5 and grants.shown[0][2] == "1,234.50"


@pytest.mark.parametrize("kind", ["pdf", "xlsx"])
def test_a_coordinator_asks_for_it_and_every_coordinator_may_fetch_it(member: Member, kind: str) -> None:
    world = member.world
    one, other = (world.person(f"Coordinator {name}", Role.COORDINATOR) for name in ("A", "B"))
    data = {"first": "2026-05-01", "last": "2026-10-31", "language": "km", "format": kind}
    answer = post_form(world.client(one), "/coalition/report", data)
    assert answer.status_code == 302
    address = answer.location
    waiting = world.client(one).get(address)
    assert waiting.headers["Refresh"] == "2"
    assert world.client(one).get(f"{address}/file").status_code == 404
    settings = world.app.extensions["charter.settings"]
    Worker(settings, world.sessions, store_for(settings)).run_waiting()
    (job,) = world.rows(Job, kind="coalition-report")
    assert job.state is JobState.DONE, job.problem
    for person in (one, other):
        content = world.client(person).get(f"{address}/file")
        assert content.status_code == 200 and "private" in content.headers["Cache-Control"]
    assert world.client(member.lead).get(f"{address}/file").status_code == 404
    if kind == "pdf":
        assert content.data.startswith(b"%PDF")
    else:
        sheets = openpyxl.load_workbook(io.BytesIO(content.data)).worksheets
        assert len(sheets) >= 6 and 1234.5 in [cell.value for sheet in sheets for row in sheet for cell in row]


def test_a_period_that_cannot_be_is_refused_and_other_jobs_are_not_found(member: Member) -> None:
    client = member.world.client(member.world.person("Some Coordinator", Role.COORDINATOR))
    plain = {"first": "2026-05-01", "last": "2026-10-31", "language": "en", "format": "pdf"}
    for wrong in (
        {"last": "2026-04-30"},
        {"first": "1990-01-01"},
        {"last": "soon"},
        {"language": "xx"},
        {"format": "doc"},
    ):
        assert post_form(client, "/coalition/report", {**plain, **wrong}).status_code == 422, wrong
    assert member.world.rows(Job) == []
    assert client.get("/coalition/report/" + "0" * 32).status_code == 404
    assert 'value="2026-11-01"' in client.get("/coalition/report?first=2026-11-01&last=2027-04-30").text


@pytest.mark.parametrize(
    ("day", "half"),
    [
        (date(2026, 5, 1), (date(2026, 5, 1), date(2026, 10, 31))),
        (date(2026, 10, 31), (date(2026, 5, 1), date(2026, 10, 31))),
        (date(2026, 11, 1), (date(2026, 11, 1), date(2027, 4, 30))),
        (date(2027, 4, 30), (date(2026, 11, 1), date(2027, 4, 30))),
    ],
)
def test_meetings_look_back_on_half_years(day: date, half: tuple[date, date]) -> None:
    assert half_year(day) == half
