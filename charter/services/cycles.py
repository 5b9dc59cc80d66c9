"""Cycles: preparing one, inviting members, opening and closing it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.services.actors import Actor
from charter.services.assessments import refresh
from charter.services.errors import Invalid, Refused
from charter.services.events import record_event
from questionnaires.message import message


def find_cycle(db: Session, cycle_id: int) -> Cycle | None:
    """The cycle with its pack."""
    return db.scalar(select(Cycle).where(Cycle.id == cycle_id).options(joinedload(Cycle.published_pack)))


def cycles(db: Session) -> list[Cycle]:
    """Every cycle, newest first."""
    return list(db.scalars(select(Cycle).options(joinedload(Cycle.published_pack)).order_by(Cycle.opens_on.desc())))


def add_cycle(
    db: Session, actor: Actor | None, *, title: str, pack: PublishedPack, opens_on: date, closes_on: date
) -> Cycle:
    """A cycle in preparation. Invalid if the title is taken or it would close before it opens."""
    title = " ".join(title.split())
    if not title:
        raise Invalid({"title": message("Please give a title.")})
    if db.scalar(select(Cycle.id).where(Cycle.title == title)) is not None:
        raise Invalid({"title": message("There is a cycle of this name already.")})
    if closes_on < opens_on:
        raise Invalid({"closes_on": message("A cycle cannot close before it opens.")})
    cycle = Cycle(
        title=title,
        published_pack_id=pack.id,
        state=CycleState.DRAFT,
        opens_on=opens_on,
        closes_on=closes_on,
        created_at=now(),
    )
    db.add(cycle)
    db.flush()
    record_event(db, "CycleAdded", actor=actor, data={"cycle": cycle.id, "pack": pack.pack, "version": pack.version})
    return cycle


def invite(
    db: Session, actor: Actor | None, *, cycle: Cycle, organizations: Iterable[Organization]
) -> list[Assessment]:
    """An assessment for each that has none in this cycle yet. Refused once the cycle is closed."""
    if cycle.state is CycleState.CLOSED:
        raise Refused(message("This cycle is closed; nobody can be invited to it any more."))
    invited = set(db.scalars(select(Assessment.organization_id).where(Assessment.cycle_id == cycle.id)))
    made: list[Assessment] = []
    for organization in organizations:
        if organization.id in invited or organization.state is not OrganizationState.ACTIVE:
            continue
        assessment = Assessment(
            cycle_id=cycle.id,
            organization_id=organization.id,
            published_pack_id=cycle.published_pack_id,
            state=AssessmentState.INVITED,
            due_on=cycle.closes_on,
            created_at=now(),
            state_since=now(),
        )
        db.add(assessment)
        db.flush()
        refresh(db, assessment)
        record_event(
            db,
            "OrganizationInvited",
            actor=actor,
            organization_id=organization.id,
            assessment_id=assessment.id,
            data={"cycle": cycle.id},
        )
        made.append(assessment)
    return made


def open_cycle(db: Session, actor: Actor | None, *, cycle: Cycle) -> None:
    """Members can begin. Refused unless it is in preparation."""
    if cycle.state is not CycleState.DRAFT:
        raise Refused(message("This cycle was opened before."))
    cycle.state = CycleState.OPEN
    db.flush()
    record_event(db, "CycleOpened", actor=actor, data={"cycle": cycle.id})


def close_cycle(db: Session, actor: Actor | None, *, cycle: Cycle) -> None:
    """Nothing more can be begun. Refused unless it is open."""
    if cycle.state is not CycleState.OPEN:
        raise Refused(message("Only an open cycle can be closed."))
    cycle.state = CycleState.CLOSED
    db.flush()
    record_event(db, "CycleClosed", actor=actor, data={"cycle": cycle.id})
