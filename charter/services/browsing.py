"""Reading page by page what somebody may see: organizations, assessments, plans, cycles. For programs, not people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from charter.database.assessments import AgreedRating, Assessment, VerifiedRating
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization, OrganizationState
from charter.database.plans import Action, Decision, Plan, PlanState
from charter.services.actors import Actor

Row = TypeVar("Row", Organization, Assessment, Plan, Cycle)


def may_read(actor: Actor, organization_id: int) -> bool:
    """Whether the actor reads everything of this organization: its people, its mentor, coordinators."""
    return actor.is_coordinator or actor.works_for(organization_id) or actor.mentors(organization_id)


def organizations_for(db: Session, actor: Actor, *, after: int, limit: int) -> list[Organization]:
    """Active members that the actor may read, by number."""
    query = select(Organization).where(Organization.state == OrganizationState.ACTIVE)
    if not actor.is_coordinator:
        query = query.where(Organization.id.in_({*actor.memberships, *actor.mentored}))
    return _page(db, query, Organization, after=after, limit=limit)


def assessments_for(
    db: Session, actor: Actor, *, organization_id: int | None = None, after: int, limit: int
) -> list[Assessment]:
    """Assessments that the actor may read, those of one organization only if it is named; drafts of cycles never."""
    query = (
        select(Assessment)
        .join(Assessment.cycle)
        .where(Cycle.state != CycleState.DRAFT)
        .options(joinedload(Assessment.cycle), joinedload(Assessment.published_pack))
    )
    return _page(db, _readable(query, Assessment, actor, organization_id), Assessment, after=after, limit=limit)


def assessment_with_result(db: Session, assessment_id: int) -> Assessment | None:
    """The assessment, its frozen result loaded too."""
    return db.scalar(
        select(Assessment)
        .where(Assessment.id == assessment_id)
        .options(
            joinedload(Assessment.cycle),
            joinedload(Assessment.published_pack),
            joinedload(Assessment.organization),
            undefer(Assessment.result),
        )
    )


def ratings_for(db: Session, assessment_id: int) -> tuple[Sequence[AgreedRating], Sequence[VerifiedRating]]:
    """Agreed and verified ratings, by criterion; two statements."""
    agreed = db.scalars(
        select(AgreedRating).where(AgreedRating.assessment_id == assessment_id).order_by(AgreedRating.criterion_id)
    ).all()
    verified = db.scalars(
        select(VerifiedRating)
        .where(VerifiedRating.assessment_id == assessment_id)
        .order_by(VerifiedRating.criterion_id)
    ).all()
    return agreed, verified


def plans_for(db: Session, actor: Actor, *, organization_id: int | None = None, after: int, limit: int) -> list[Plan]:
    """Committed and ended plans that the actor may read; a draft is nobody's plan yet."""
    query = select(Plan).where(Plan.state != PlanState.DRAFT).options(joinedload(Plan.assessment))
    return _page(db, _readable(query, Plan, actor, organization_id), Plan, after=after, limit=limit)


def plan_with_actions(db: Session, plan_id: int) -> tuple[Plan, list[Action]] | None:
    """A committed or ended plan and what was decided to be done; two statements and their owners."""
    plan = db.scalar(select(Plan).where(Plan.id == plan_id, Plan.state != PlanState.DRAFT))
    if plan is None:
        return None
    actions = db.scalars(
        select(Action)
        .where(Action.plan_id == plan_id, Action.decision == Decision.ACT)
        .options(joinedload(Action.owner), selectinload(Action.supporters))
        .order_by(Action.id)
    ).all()
    return plan, list(actions)


def cycles_for(db: Session, *, after: int, limit: int) -> list[Cycle]:
    """All cycles but drafts."""
    query = select(Cycle).where(Cycle.state != CycleState.DRAFT).options(joinedload(Cycle.published_pack))
    return _page(db, query, Cycle, after=after, limit=limit)


def _readable(query: Select[Any], table: Any, actor: Actor, organization_id: int | None) -> Select[Any]:
    if organization_id is not None:
        return query.where(table.organization_id == organization_id)
    if actor.is_coordinator:
        return query
    return query.where(table.organization_id.in_({*actor.memberships, *actor.mentored}))


def _page(db: Session, query: Select[Any], table: type[Row], *, after: int, limit: int) -> list[Row]:
    return list(db.scalars(query.where(table.id > after).order_by(table.id).limit(limit)))
