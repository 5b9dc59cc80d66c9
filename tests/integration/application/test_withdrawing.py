"""An assessment that is taken back from a member, and its staff round."""

from __future__ import annotations

from datetime import date

from charter.database.assessments import Assessment, AssessmentState
from charter.database.events import Event
from charter.database.organizations import Organization
from charter.database.people import Role
from charter.database.staff_rounds import StaffRound
from charter.services import leaving
from tests.integration.application.staff_round_walks import Round
from tests.integration.application.worlds import World, post_form


def test_withdrawing_closes_the_running_staff_round(world: World) -> None:
    running = Round(world)
    coordinator = world.client(world.person("Sok Dara", Role.COORDINATOR))
    address = f"/coalition/assessments/{running.assessment.id}/withdraw"
    assert post_form(coordinator, address, {"reason": "They moved"}).status_code == 302
    assert_over(world)


def test_a_refused_withdrawal_leaves_the_staff_round_open(world: World) -> None:
    running = Round(world)
    coordinator = world.client(world.person("Sok Dara", Role.COORDINATOR))
    address = f"/coalition/assessments/{running.assessment.id}/withdraw"
    assert post_form(coordinator, address, {"reason": " "}).status_code == 422
    assert [each.closed_at for each in world.rows(StaffRound)] == [None]


def test_a_member_that_leaves_has_no_staff_round_any_more(world: World) -> None:
    running = Round(world)
    coordinator = world.person("Sok Dara", Role.COORDINATOR)
    with world.writing() as db:
        leaving.mark_left(
            db,
            world.actor(db, coordinator),
            organization=db.get_one(Organization, running.organization.id),
            left_on=date(2031, 1, 1),
            retention_days=90,
        )
    assert_over(world)


def assert_over(world: World) -> None:
    assert [each.state for each in world.rows(Assessment)] == [AssessmentState.WITHDRAWN]
    assert all(each.closed_at is not None for each in world.rows(StaffRound))
    names = [event.name for event in world.rows(Event)]
    assert names.count("StaffRoundClosed") == names.count("AssessmentWithdrawn") == 1
