"""Members whose assessment is closed, and their plans, for the tests about these."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from charter.clock import now
from charter.config import Settings
from charter.database.jobs import Job, JobState
from charter.database.plans import Action, Plan
from charter.jobs import make_worker
from charter.services import plan_proposals, plans
from charter.services.assessments import find_assessment, move, refresh
from charter.services.plan_limits import default_limits
from tests.integration.application.agreements import Member, a_member
from tests.integration.application.worlds import World


def a_closed_member(world: World, name: str = "Lotus House", *, rating: int = 1, **cycle: Any) -> Member:
    """A member whose assessment is closed, everything rated alike."""
    member = a_member(world, name, **cycle)
    close(member, rating=rating)
    return member


def close(member: Member, *, rating: int) -> None:
    """Answer everything alike, submit, close."""
    member.answer_everything(rating)
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        move(db, member.world.actor(db, member.lead), found, "submit")
        move(db, member.world.actor(db, member.mentor), found, "close")
        refresh(db, found)


def run_jobs(world: World, settings: Settings) -> None:
    """What a worker would do now; a job that fails fails the test."""
    make_worker(settings, world.engine).run_waiting()
    assert [job.problem for job in world.rows(Job, state=JobState.FAILED)] == []


def a_plan(member: Member, settings: Settings, **limits: Any) -> Plan:
    """A draft with its first proposal."""

    day = now().date()
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        actor = member.world.actor(db, member.lead)
        plan = plans.begin_plan(db, actor, found, today=day)
        plan_proposals.request_proposal(db, actor, plan=plan, limits=replace(default_limits(day), **limits))
    run_jobs(member.world, settings)
    return member.world.rows(Plan, id=plan.id)[0]


def actions_of(world: World, plan: Plan) -> list[Action]:
    """The actions of a plan as they are stored, in the order of their numbers."""
    return sorted(world.rows(Action, plan_id=plan.id), key=lambda action: action.id)


def next_month(day: date) -> str:
    return f"{day.year + day.month // 12:04d}-{day.month % 12 + 1:02d}"
