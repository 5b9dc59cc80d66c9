"""What a member and its mentor see at a glance: where it stands, what is next, what changed, who needs help."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

from sqlalchemy import insert, update

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.events import Event
from charter.database.people import Person, Role
from charter.database.plans import Action, ActionStatus, Plan, PlanState
from charter.database.records import Visit
from charter.services.caseload import Case, Work, caseload
from charter.services.events import record_event
from charter.services.organizations import add_organization, assign_mentor
from charter.services.standing import MOST_CHANGES, Standing, standing
from tests.integration.application.agreements import Member
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.plan_rows import action_values, plan_values
from tests.integration.application.planning import a_closed_member, close
from tests.integration.application.tracked import Tracked, a_tracked_member, add_many
from tests.integration.application.worlds import World

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""

TODAY = now().date()


def seen(member: Member) -> Standing:
    with member.world.reading() as db:
        return standing(db, member.organization.id, language="en", today=TODAY)


def case_of(world: World, mentor: Person, name: str = "Lotus House") -> Case:
    with world.reading() as db:
        cases = caseload(db, world.actor(db, mentor), today=TODAY)
        return next(each for each in cases if each.organization.name == name)


def test_the_latest_result_stands_beside_the_one_before(world: World) -> None:
    member = a_closed_member(world, rating=1)
    first = seen(member)
    assert first.latest is not None
    assert (first.latest.id, first.before, first.difference) == (member.assessment.id, None, None)
    assert first.band is not None
    _, (assessment,) = world.cycle(member.organization, title="Year two")
    close(replace(member, assessment=assessment), rating=3)
    second = seen(member)
    assert second.latest is not None
    assert second.before is not None
    assert (second.latest.id, second.before.id) == (assessment.id, member.assessment.id)
    assert second.difference == Fraction((second.latest.overall or 0) - (first.latest.overall or 0), 10_000)
    page = world.client(member.contributor).get(f"/member/{member.organization.id}").text
    assert "Where we stand" in page
    assert str(second.band) in page
    assert "Up from" in page


def test_the_three_open_actions_that_are_due_first_are_next(world: World) -> None:
    tracked = a_tracked_member(world)
    for days in (40, -3, 10, 20, 30):
        due = TODAY + timedelta(days=days)
        tracked.add(f"in {days} days", starts_on=due, due_on=due)
    early = {"starts_on": TODAY - timedelta(days=9), "due_on": TODAY - timedelta(days=9)}
    tracked.add("done", status=ActionStatus.DONE, done_by_id=tracked.member.lead.id, **early)
    tracked.add("dropped", status=ActionStatus.DROPPED, **early)
    found = seen(tracked.member)
    assert [(str(each.title), each.days_late) for each in found.next] == [
        ("in -3 days", 3),
        ("in 10 days", 0),
        ("in 20 days", 0),
    ]
    assert (found.work.all, found.work.overdue) == (7, 1)
    page = world.client(tracked.member.lead).get(f"/member/{tracked.member.organization.id}").text
    assert "one action is late" in page
    assert "in 20 days" in page
    assert "in 30 days" not in page


def test_what_changed_names_the_action_and_goes_back_thirty_days(world: World) -> None:
    tracked = a_tracked_member(world)
    action = tracked.add("Write a policy")
    tracked.move(action, "begin", by=tracked.member.lead)
    newest = seen(tracked.member).changes[0]
    assert (newest.event.name, newest.action and newest.action.id, str(newest.title)) == (
        "ActionBegun",
        action,
        "Write a policy",
    )
    page = world.client(tracked.member.lead).get(f"/member/{tracked.member.organization.id}").text
    assert "Action begun" in page
    with world.writing() as db:
        db.execute(update(Event).values(at=now() - timedelta(days=31)))
    assert seen(tracked.member).changes == ()


def test_only_what_moves_the_organization_on_is_told_and_only_the_latest(world: World) -> None:
    member = a_tracked_member(world).member
    other = a_tracked_member(world, "River House", title="Another").member
    with world.writing() as db:
        for name in ("RatingAgreed", "SheetSent", "EvidenceAdded"):
            record_event(db, name, actor=None, organization_id=member.organization.id)
        for _ in range(MOST_CHANGES + 3):
            record_event(db, "ProgressNoted", actor=None, organization_id=other.organization.id)
    assert not {each.event.name for each in seen(member).changes} & {"RatingAgreed", "SheetSent", "ProgressNoted"}
    assert [each.event.name for each in seen(other).changes] == ["ProgressNoted"] * MOST_CHANGES


def test_an_action_of_a_draft_is_named_by_no_change(world: World) -> None:
    tracked = a_tracked_member(world)
    tracked.move(tracked.add("Write a policy"), "begin", by=tracked.member.lead)
    with world.writing() as db:
        db.execute(update(Plan).values(state=PlanState.DRAFT))
    assert seen(tracked.member).changes[0].action is None


def test_more_actions_and_years_cost_the_member_no_more_statements(world: World) -> None:
    tracked = a_tracked_member(world)
    client, address = world.client(tracked.member.lead), f"/member/{tracked.member.organization.id}"
    add_many(world, tracked.plan, 10, owner_id=tracked.member.lead.id)
    client.get(address)
    few = world.count_statements(lambda: client.get(address))
    add_many(world, tracked.plan, 990, owner_id=tracked.member.lead.id)
    assert world.count_statements(lambda: client.get(address)) == few


def test_the_mentor_sees_score_plan_actions_help_and_the_next_visit(world: World) -> None:
    member = a_closed_member(world, rating=3)
    with world.writing() as db:
        plan = Plan(**plan_values(member.assessment, committed_by_id=member.lead.id))
        db.add(plan)
        visit = {"visited_on": TODAY, "next_on": TODAY + timedelta(days=30), "note": "Well", "created_at": now()}
        db.add(Visit(organization_id=member.organization.id, mentor_id=member.mentor.id, **visit))
    tracked = Tracked(member, plan)
    late = TODAY - timedelta(days=1)
    tracked.add("late, needs help", starts_on=late, due_on=late, help_needed="A lawyer")
    tracked.add("open", due_on=TODAY + timedelta(days=200), starts_on=TODAY, help_needed="")
    tracked.add("dropped", status=ActionStatus.DROPPED, help_needed="None any more")
    tracked.done(tracked.add("done"))
    found = case_of(world, member.mentor)
    assert found.work == Work(open=2, overdue=1, help_asked=1, to_verify=1)
    stored = world.rows(Assessment, id=member.assessment.id)[0].overall
    assert stored is not None
    assert found.score == Fraction(stored, 10_000)
    assert found.plan is not None
    page = world.client(member.mentor).get("/mentor").text
    for text in ("2 open", "1 late", "1 to verify", "asks for help with 1", "agree or ask back"):
        assert text in page


def test_the_plan_that_is_carried_out_goes_before_a_newer_draft(world: World) -> None:
    tracked = a_tracked_member(world)
    _, (assessment,) = world.cycle(tracked.member.organization, title="Year two")
    with world.writing() as db:
        organization = tracked.member.organization.id
        fixed = {"limits": {}, "created_at": now(), "organization_id": organization}
        db.add(Plan(assessment_id=assessment.id, state=PlanState.DRAFT, **fixed))
        db.add(Action(**action_values(tracked.plan, title="Of the committed one")))
    found = case_of(world, tracked.member.mentor)
    assert found.plan is not None
    assert (found.plan.id, found.work.open) == (tracked.plan.id, 1)


def test_a_mentor_of_many_waits_for_no_more_statements(world: World) -> None:
    tracked = a_tracked_member(world)
    mentor = tracked.member.mentor
    client = world.client(mentor)
    client.get("/mentor")
    few = world.count_statements(lambda: client.get("/mentor"))
    with world.writing() as db:
        for number in range(55):
            made = add_organization(db, None, name=f"House {number}", language="en", joined_on=TODAY)
            assign_mentor(db, None, mentor=db.merge(mentor), organization=made)
        cycle = db.get_one(Assessment, tracked.member.assessment.id)
        rows = [
            {
                "cycle_id": cycle.cycle_id,
                "published_pack_id": cycle.published_pack_id,
                "organization_id": made.id - number,
                "state": "closed",
                "due_on": TODAY,
                "created_at": now(),
                "state_since": now(),
                "overall": 5000,
            }
            for number in range(50)
        ]
        db.execute(insert(Assessment), rows)
    assert world.count_statements(lambda: client.get("/mentor")) == few


def test_nobody_elses_members_are_in_the_caseload(world: World) -> None:
    a_tracked_member(world)
    stranger = world.person("Keo Sophea", Role.MENTOR)
    with world.reading() as db:
        assert caseload(db, world.actor(db, stranger), today=TODAY) == []
