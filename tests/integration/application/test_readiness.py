"""Checking, submitting, and reminding of what is due."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState, ChangeRequest
from charter.database.cycles import Cycle, CycleState
from charter.database.events import Event
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.outbox import OutboxMail
from charter.database.people import Mentorship
from charter.database.staff_rounds import StaffRound
from charter.services.assessments import find_assessment
from charter.services.readiness import Concern, Readiness, readiness, remind_assessments
from scoring.model import Choice
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def ready(member: Member) -> Readiness:
    with member.world.reading() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        return readiness(db, found, language="en")


def ids(member: Member, concern: Concern) -> list[str]:
    return [point.criterion.id for point in ready(member).points.get(concern, ())]


def submit(member: Member, client: Any = None) -> Any:
    page = f"{member.address}/submit"
    return sent(client or member.world.client(member.lead), page, page)


def test_everything_worth_a_look_is_listed_with_a_link(member: Member) -> None:
    member.answer_everything()
    member.save("R1", 2)  # essential from 3
    member.save("R3", 4)  # the highest, without evidence
    member.save("P2", Choice.NOT_APPLICABLE)
    member.save("P3", None)
    assert ids(member, Concern.ESSENTIAL_FAILED) == ["R1"]
    assert ids(member, Concern.EVIDENCE_MISSING) == ["R3"]
    assert ids(member, Concern.REASON_MISSING) == ["P2"]
    assert ids(member, Concern.UNANSWERED) == ["P3"]
    assert not ready(member).is_ready
    page = member.world.client(member.contributor).get(f"{member.address}/readiness").text
    for link in ("rate/rules#c-R1", "rate/rules#c-R3", "rate/people#c-P2", "rate/people#c-P3"):
        assert f"{member.address}/{link}" in page
    assert "Staff and volunteers together" in page  # a fact that nobody stated


def test_evidence_takes_a_point_off_the_list(member: Member) -> None:
    member.save("R3", 4)
    with member.world.writing() as db:
        db.add(
            Evidence(
                assessment_id=member.assessment.id,
                criterion_id="R3",
                kind=EvidenceKind.LINK,
                title="x",
                url="https://example.org",
                added_at=now(),
                added_by_id=member.lead.id,
            )
        )
    assert ids(member, Concern.EVIDENCE_MISSING) == []


def test_ratings_two_levels_from_the_staff_are_listed_and_one_level_is_not(member: Member) -> None:
    view = {"n": 9, "median": 2, "reaching": "few", "agreement": "agree", "counts": None}
    view |= {"dont_know": None, "not_applicable": None, "consensus": None}
    with member.world.writing() as db:
        db.add(
            StaffRound(
                assessment_id=member.assessment.id,
                number=1,
                opened_at=now(),
                opened_by_id=member.lead.id,
                closes_on=date(2030, 1, 1),
                closed_at=now(),
                view={"sheets": 9, "codes": 9, "criteria": {"R1": view, "R3": view}},
            )
        )
    member.save("R1", 4)
    member.save("R3", 3)
    assert ids(member, Concern.FAR_FROM_STAFF) == ["R1"]


def test_questions_that_do_not_apply_are_not_listed(member: Member) -> None:
    member.save("R1", 1)
    assert "R2" not in ids(member, Concern.UNANSWERED)


def test_the_lead_submits_after_being_asked_and_the_mentor_gets_a_mail(member: Member) -> None:
    member.answer_everything()
    client = member.world.client(member.lead)
    assert "Submit the assessment?" in client.get(f"{member.address}/submit").text
    assert member.now().state is AssessmentState.ANSWERING
    assert submit(member, client).status_code == 302
    found = member.now()
    assert found.state is AssessmentState.SUBMITTED and found.overall is not None
    (mail,) = member.world.rows(OutboxMail)
    assert mail.recipient == "mentor.of.lotus.house@example.org"
    assert f"http://127.0.0.1:8000/mentor/assessments/{found.id}" in mail.body
    assert [event.name for event in member.world.rows(Event, name="AssessmentSubmitted")] == ["AssessmentSubmitted"]


def test_a_member_without_a_mentor_is_not_told_of_one(member: Member) -> None:
    member.answer_everything()
    with member.world.writing() as db:
        for mentorship in db.scalars(select(Mentorship)):
            mentorship.until_at = now()
    client = member.world.client(member.lead)
    assert submit(member, client).status_code == 302
    page = client.get(member.address).text
    assert "the coalition will look at it" in page and "has been told" not in page
    assert member.world.rows(OutboxMail) == []


def test_submitting_twice_is_submitting_once(member: Member) -> None:
    member.answer_everything()
    client = member.world.client(member.lead)
    token_page = f"{member.address}/submit"
    from tests.integration.application.worlds import token_in

    token = token_in(client.get(token_page).text)
    for _ in range(2):
        assert client.post(token_page, data={"csrf_token": token}).status_code == 302
    assert len(member.world.rows(OutboxMail)) == 1


def test_a_contributor_cannot_submit(member: Member) -> None:
    member.answer_everything()
    client = member.world.client(member.contributor)
    assert client.get(f"{member.address}/submit").status_code == 404
    assert sent(client, f"{member.address}/rate/rules", f"{member.address}/submit").status_code == 404
    assert "Your lead does this" in client.get(f"{member.address}/readiness").text
    assert member.now().state is AssessmentState.ANSWERING


@pytest.mark.parametrize("open_thing", ["unanswered", "reason", "round"])
def test_what_must_be_done_keeps_it_from_being_submitted(member: Member, open_thing: str) -> None:
    member.answer_everything()
    page = f"{member.address}/readiness"
    if open_thing == "round":
        with member.world.writing() as db:
            db.add(
                StaffRound(
                    assessment_id=member.assessment.id,
                    number=1,
                    opened_at=now(),
                    opened_by_id=member.lead.id,
                    closes_on=date(2030, 1, 1),
                )
            )
    else:
        member.save("P1", None if open_thing == "unanswered" else Choice.NOT_APPLICABLE)
    client = member.world.client(member.lead)
    assert client.get(f"{member.address}/submit").location.endswith("/readiness")
    assert sent(client, f"{member.address}/rate/rules" if open_thing != "round" else f"{member.address}/profile",
                f"{member.address}/submit").status_code == 409  # fmt: skip
    assert "once nothing that must be done is left" in client.get(page).text
    assert member.now().state is AssessmentState.ANSWERING and member.world.rows(OutboxMail) == []


def test_submitting_again_settles_what_the_mentor_asked_for(member: Member) -> None:
    member.submitted()
    member.ask_for_changes("R1", "P1")
    with time_machine.travel(now() + timedelta(seconds=1), tick=False):
        member.save("R1", 4)
    assert ids(member, Concern.NOT_CHANGED) == ["P1"]
    assert submit(member).status_code == 302
    assert member.now().state is AssessmentState.SUBMITTED
    assert all(row.resolved_at is not None for row in member.world.rows(ChangeRequest))
    assert len(member.world.rows(Event, name="AssessmentSubmittedAgain")) == 1


def test_the_list_takes_as_many_statements_however_much_is_stored(member: Member) -> None:
    client = member.world.client(member.lead)
    member.save("R1", 3)

    def look() -> None:
        assert client.get(f"{member.address}/readiness").status_code == 200

    look()
    few = member.world.count_statements(look)
    member.answer_everything()
    assert member.world.count_statements(look) == few <= 8


def remind(member: Member, day: date) -> int:
    settings = member.world.app.extensions["charter.settings"]
    moment = datetime(day.year, day.month, day.day, 5, tzinfo=settings.zone)
    with time_machine.travel(moment, tick=False), member.world.writing() as db:
        return remind_assessments(db, settings)


def test_people_are_reminded_once_at_each_step_before_the_day(member: Member) -> None:
    due = member.assessment.due_on
    assert remind(member, due - timedelta(days=15)) == 0
    assert remind(member, due - timedelta(days=14)) == 2
    assert remind(member, due - timedelta(days=14)) == 0
    assert remind(member, due - timedelta(days=5)) == 0
    assert remind(member, due - timedelta(days=2)) == 2  # no job ran the day before
    assert remind(member, due) == 2
    assert remind(member, due + timedelta(days=1)) == 0
    mail = member.world.rows(OutboxMail)[0]
    assert "0 of 12 questions of Lotus House are answered." in mail.body
    assert f"/member/assessments/{member.assessment.id}" in mail.body


def test_who_has_submitted_or_whose_cycle_is_closed_is_left_alone(member: Member) -> None:
    member.submitted()
    other = a_member(member.world, "River House", title="Another")
    with member.world.writing() as db:
        db.get_one(Cycle, db.get_one(Assessment, other.assessment.id).cycle_id).state = CycleState.CLOSED
    assert remind(member, member.assessment.due_on) == 0
