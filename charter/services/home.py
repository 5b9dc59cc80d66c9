"""What somebody sees after logging in: where things stand, and the one thing to do next."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from charter.database.assessments import Assessment, AssessmentState, ChangeRequest, FactAnswer
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization
from charter.database.people import Membership, Mentorship
from charter.database.plans import Plan, PlanState
from charter.database.staff_rounds import StaffRound
from charter.services.actors import Actor
from charter.services.organizations import mentors_of, people_of
from charter.services.packs import pack_of
from charter.services.plans import plans_of

State = AssessmentState


class Task(enum.StrEnum):
    """The one thing to do next."""

    BEGIN = "begin"
    PROFILE = "profile"
    STAFF_ROUND_RUNS = "staff-round-runs"
    RATE = "rate"
    CHECK = "check"
    CHANGE = "change"
    WAIT_FOR_LEAD = "wait-for-lead"
    WAIT_FOR_MENTOR = "wait-for-mentor"


@dataclass(frozen=True)
class Current:
    """An assessment that is under way."""

    assessment: Assessment
    task: Task
    round: StaffRound | None
    """Its last staff round."""
    to_change: int
    """Criteria that the mentor wants changed."""


@dataclass(frozen=True)
class MemberHome:
    """The start page of one organization. `current` is what is under way, newest first; `earlier` all else."""

    current: tuple[Current, ...]
    earlier: tuple[Assessment, ...]
    people: tuple[Membership, ...]
    mentors: tuple[Mentorship, ...]
    plans: tuple[Plan, ...]
    """Newest first."""
    without_plan: Assessment | None
    """The last closed assessment, if nobody has made a plan of it yet."""
    measured: frozenset[int]
    """Plans beside which a later closed assessment of the same questionnaire can be put."""


def organizations_of(db: Session, actor: Actor) -> list[Organization]:
    """Where this person works, by name."""
    return list(
        db.scalars(select(Organization).where(Organization.id.in_(actor.memberships)).order_by(Organization.name))
    )


def member_home(db: Session, actor: Actor, organization_id: int) -> MemberHome:
    """Everything of the page; the number of statements does not grow with the years."""
    assessments = db.scalars(
        select(Assessment)
        .join(Assessment.cycle)
        .where(Assessment.organization_id == organization_id, Cycle.state != CycleState.DRAFT)
        .options(joinedload(Assessment.cycle), joinedload(Assessment.published_pack))
        .order_by(Cycle.opens_on.desc(), Assessment.id.desc())
    ).all()
    under_way = [each for each in assessments if each.state not in (State.CLOSED, State.WITHDRAWN)]
    plans = plans_of(db, organization_id)
    closed = next((each for each in assessments if each.state is State.CLOSED), None)
    planned = {plan.assessment_id for plan in plans}
    return MemberHome(
        current=_current(db, actor, under_way),
        earlier=tuple(each for each in assessments if each not in under_way),
        people=tuple(people_of(db, organization_id)),
        mentors=tuple(mentors_of(db, organization_id)),
        plans=tuple(plans),
        without_plan=closed if closed is not None and closed.id not in planned else None,
        measured=_measured(assessments, plans),
    )


def _measured(newest_first: Sequence[Assessment], plans: Sequence[Plan]) -> frozenset[int]:
    later: set[str] = set()
    planned = {plan.assessment_id: plan for plan in plans if plan.state is not PlanState.DRAFT}
    found = set()
    for assessment in newest_first:
        pack = assessment.published_pack.pack
        if assessment.id in planned and pack in later:
            found.add(planned[assessment.id].id)
        if assessment.state is State.CLOSED:
            later.add(pack)
    return frozenset(found)


def _current(db: Session, actor: Actor, assessments: Sequence[Assessment]) -> tuple[Current, ...]:
    ids = [each.id for each in assessments]
    if not ids:
        return ()
    rounds = {
        row.assessment_id: row
        for row in db.scalars(select(StaffRound).where(StaffRound.assessment_id.in_(ids)).order_by(StaffRound.number))
    }
    described = set(db.scalars(select(FactAnswer.assessment_id).where(FactAnswer.assessment_id.in_(ids)).distinct()))
    rows = db.execute(
        select(ChangeRequest.assessment_id, func.count().label("number"))
        .where(
            ChangeRequest.assessment_id.in_(ids),
            ChangeRequest.sent_at.is_not(None),
            ChangeRequest.resolved_at.is_(None),
        )
        .group_by(ChangeRequest.assessment_id)
    )
    to_change = {row.assessment_id: row.number for row in rows}
    found = []
    for each in assessments:
        is_described = each.id in described or not pack_of(db, each.published_pack).profile
        staff_round = rounds.get(each.id)
        is_lead = actor.is_lead_of(each.organization_id)
        found.append(
            Current(
                assessment=each,
                task=_task(each, staff_round, is_described=is_described, is_lead=is_lead),
                round=staff_round,
                to_change=to_change.get(each.id, 0),
            )
        )
    return tuple(found)


def _task(assessment: Assessment, staff_round: StaffRound | None, *, is_described: bool, is_lead: bool) -> Task:
    match assessment.state:
        case State.SUBMITTED:
            return Task.WAIT_FOR_MENTOR
        case State.CHANGES_REQUESTED:
            return Task.CHANGE
        case State.INVITED:
            return Task.BEGIN
    if not is_described:
        return Task.PROFILE
    if _runs(staff_round):
        return Task.STAFF_ROUND_RUNS
    if assessment.answered < assessment.to_answer:
        return Task.RATE
    return Task.CHECK if is_lead else Task.WAIT_FOR_LEAD


def _runs(staff_round: StaffRound | None) -> bool:
    return staff_round is not None and staff_round.closed_at is None
