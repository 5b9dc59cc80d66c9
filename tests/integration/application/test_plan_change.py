"""A plan beside a later assessment: actions done and change measured, each by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from action_plans import Movement
from charter.clock import now
from charter.database.people import Person
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState
from charter.services.actors import actor_for
from charter.services.assessments import find_assessment, move, refresh
from charter.services.plan_measures import PlanChange, later_assessments, plan_change
from charter.services.plans import begin_plan, find_plan
from tests.integration.application.agreements import Member
from tests.integration.application.plan_rows import plan_values
from tests.integration.application.planning import a_closed_member, close
from tests.integration.application.tracked import Tracked, add_many
from tests.integration.application.worlds import World


def planned(member: Member) -> Tracked:
    """With an empty committed plan."""
    with member.world.writing() as db:
        plan = Plan(**plan_values(member.assessment, committed_by_id=member.lead.id))
        db.add(plan)
    return Tracked(member, plan)


def assessed_again(member: Member, ratings: Mapping[str, int], *, title: str = "Year two", **cycle: Any) -> Member:
    """A second closed assessment: everything rated 1, these otherwise."""
    _, (assessment,) = member.world.cycle(member.organization, title=title, **cycle)
    later = replace(member, assessment=assessment)
    for criterion in later.pack.criteria:
        later.save(criterion.id, ratings.get(criterion.id, 1))
    with member.world.writing() as db:
        found = find_assessment(db, assessment.id)
        assert found is not None
        move(db, member.world.actor(db, member.lead), found, "submit")
        move(db, member.world.actor(db, member.mentor), found, "close")
        refresh(db, found)
    return later


def measured(tracked: Tracked, later: Member) -> PlanChange:
    with tracked.world.reading() as db:
        plan, found = find_plan(db, tracked.plan.id), find_assessment(db, later.assessment.id)
        assert plan is not None
        assert found is not None
        return plan_change(db, plan, found, language="en")


@pytest.fixture
def tracked(world: World) -> Tracked:
    return planned(a_closed_member(world, rating=1))


def test_what_was_done_and_what_changed_stand_side_by_side(tracked: Tracked) -> None:
    lead = tracked.member.lead.id
    done = {"status": ActionStatus.DONE, "done_by_id": lead}
    tracked.add("done, and moved", improves={"R1": {"from": 1, "to": 2}}, **done)
    tracked.add("done, and nothing moved", improves={"P1": {"from": 1, "to": 2}}, **done)
    tracked.add("open, and moved all the same", improves={"R3": {"from": 1, "to": 3}})
    tracked.add("dropped", improves={}, status=ActionStatus.DROPPED)
    tracked.add("declined", improves={"P2": {"from": 1, "to": 3}}, decision=Decision.NOT_ACT)
    found = measured(tracked, assessed_again(tracked.member, {"R1": 2, "R3": 2, "P2": 3}))
    assert {str(each.title): [one.movement for one in each.criteria] for each in found.actions} == {
        "done, and moved": [Movement.REACHED],
        "done, and nothing moved": [Movement.SAME],
        "open, and moved all the same": [Movement.ROSE],
        "dropped": [],
    }
    assert (found.done, found.open, len(found.actions)) == (2, 1, 4)
    assert (found.rose, found.criteria) == (2, 3)
    assert found.movements == ((Movement.REACHED, 1), (Movement.ROSE, 1), (Movement.SAME, 1))


def test_a_criterion_of_several_actions_counts_once_with_the_highest_expectation(tracked: Tracked) -> None:
    for level in (2, 3):
        tracked.add(f"to {level}", improves={"R1": {"from": 1, "to": level}})
    found = measured(tracked, assessed_again(tracked.member, {"R1": 2}))
    assert [each.criteria[0].movement for each in found.actions] == [Movement.REACHED, Movement.ROSE]
    assert found.movements == ((Movement.ROSE, 1),)


def test_what_was_carried_over_leads_to_the_action_that_goes_on(tracked: Tracked) -> None:
    world, member = tracked.world, tracked.member
    action = tracked.add("Write a policy")
    later = assessed_again(member, {"R1": 2})
    with world.writing() as db:
        found = find_assessment(db, later.assessment.id)
        assert found is not None
        plan = begin_plan(db, actor_for(db, db.get_one(Person, member.lead.id)), found, today=now().date())
    (successor,) = world.rows(Action, plan_id=plan.id)
    assert [each.successor.id for each in measured(tracked, later).actions if each.successor] == [successor.id]
    client = world.client(member.lead)
    page = client.get(f"/plan/{tracked.plan.id}/change").text
    assert f"/plan/{plan.id}#action-{successor.id}" in page
    with world.writing() as db:
        db.execute(update(Plan).where(Plan.id == plan.id).values(state=PlanState.COMMITTED, committed_at=now()))
        db.execute(update(Action).where(Action.id == successor.id).values(decision=Decision.ACT))
    page = client.get(f"/plan/{tracked.plan.id}/change").text
    assert f"/action/{successor.id}" in page
    assert action != successor.id


def test_only_later_closed_assessments_with_the_same_questionnaire_count(tracked: Tracked) -> None:
    world, member = tracked.world, tracked.member
    world.cycle(member.organization, title="Still open")
    _, (other,) = world.cycle(
        member.organization, title="Another questionnaire", pack="tests/packs/valid/one-criterion"
    )
    close(replace(member, assessment=other), rating=1)
    page = world.client(member.lead).get(f"/plan/{tracked.plan.id}/change").text
    assert "There is no later assessment yet" in page
    second, third = (assessed_again(member, {}, title=title) for title in ("Year two", "Year three"))
    with world.reading() as db:
        first = find_assessment(db, member.assessment.id)
        assert first is not None
        assert [each.id for each in later_assessments(db, first)] == [second.assessment.id, third.assessment.id]


def test_the_page_compares_with_the_next_assessment_or_a_later_one(tracked: Tracked) -> None:
    tracked.add("Write a policy", improves={"R1": {"from": 1, "to": 3}})
    assessed_again(tracked.member, {"R1": 2})
    third = assessed_again(tracked.member, {"R1": 3}, title="Year three")
    client, address = tracked.world.client(tracked.member.contributor), f"/plan/{tracked.plan.id}/change"
    assert "Rose, but not as far as expected" in client.get(address).text
    page = client.get(f"{address}?with={third.assessment.id}").text
    assert "Rose as far as expected" in page
    assert "0 of 1" in page
    assert "1 of 1 criteria rose" in page
    assert client.get(f"{address}?with={tracked.member.assessment.id}").status_code == 404


def test_a_draft_has_nothing_to_compare(tracked: Tracked) -> None:
    tracked.add("Write a policy")
    assessed_again(tracked.member, {"R1": 2})
    with tracked.world.writing() as db:
        db.execute(update(Plan).where(Plan.id == tracked.plan.id).values(state=PlanState.DRAFT))
    page = tracked.world.client(tracked.member.lead).get(f"/plan/{tracked.plan.id}/change").text
    assert "Nothing to compare" in page
    assert "Write a policy" not in page


def test_more_actions_take_no_more_statements(tracked: Tracked) -> None:
    assessed_again(tracked.member, {"R1": 2})
    client, address = tracked.world.client(tracked.member.lead), f"/plan/{tracked.plan.id}/change"
    add_many(tracked.world, tracked.plan, 5)
    client.get(address)
    few = tracked.world.count_statements(lambda: client.get(address))
    add_many(tracked.world, tracked.plan, 200)
    assert tracked.world.count_statements(lambda: client.get(address)) == few


def test_the_start_page_leads_there_once_there_is_something_to_see(tracked: Tracked) -> None:
    member = tracked.member
    client, address = tracked.world.client(member.lead), f"/member/{member.organization.id}"
    assert f"/plan/{tracked.plan.id}/change" not in client.get(address).text
    assessed_again(member, {"R1": 2})
    assert f"/plan/{tracked.plan.id}/change" in client.get(address).text
