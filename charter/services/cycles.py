"""Cycles: preparing one, inviting members, opening and closing it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.database.people import MemberRole, Membership
from charter.services.actors import Actor
from charter.services.assessments import refresh
from charter.services.errors import Invalid, Refused
from charter.services.events import record_event
from charter.services.outbox import SITE, write_mail
from questionnaires.message import message


def find_cycle(db: Session, cycle_id: int) -> Cycle | None:
    """The cycle with its pack."""
    return db.scalar(select(Cycle).where(Cycle.id == cycle_id).options(joinedload(Cycle.published_pack)))


def cycles(db: Session) -> list[Cycle]:
    """Every cycle, newest first."""
    return list(db.scalars(select(Cycle).options(joinedload(Cycle.published_pack)).order_by(Cycle.opens_on.desc())))


def counts_by_cycle(db: Session) -> Mapping[int, Mapping[AssessmentState, int]]:
    """How many assessments stand where, by cycle; one statement."""
    found: dict[int, dict[AssessmentState, int]] = defaultdict(dict)
    for row in db.execute(
        select(Assessment.cycle_id, Assessment.state, func.count().label("number")).group_by(
            Assessment.cycle_id, Assessment.state
        )
    ):
        found[row.cycle_id][row.state] = row.number
    return found


def invitable(db: Session, cycle: Cycle) -> list[Organization]:
    """Members without an assessment in this cycle, by name."""
    invited = select(Assessment.organization_id).where(Assessment.cycle_id == cycle.id)
    return list(
        db.scalars(
            select(Organization)
            .where(Organization.state == OrganizationState.ACTIVE, Organization.id.not_in(invited))
            .order_by(Organization.name)
        )
    )


def assessments_of(db: Session, cycle: Cycle) -> list[Assessment]:
    """Every assessment of the cycle with its organization, by name."""
    return list(
        db.scalars(
            select(Assessment)
            .join(Assessment.organization)
            .where(Assessment.cycle_id == cycle.id)
            .options(joinedload(Assessment.organization))
            .order_by(Organization.name)
        )
    )


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


def change_dates(db: Session, actor: Actor, *, cycle: Cycle, opens_on: date, closes_on: date) -> None:
    """Other dates. Assessments that were due on the last day move with it; those with a day of their own stay."""
    if cycle.state is CycleState.CLOSED:
        raise Refused(message("This cycle is closed; its dates cannot be changed any more."))
    if closes_on < opens_on:
        raise Invalid({"closes_on": message("A cycle cannot close before it opens.")})
    if (opens_on, closes_on) == (cycle.opens_on, cycle.closes_on):
        return
    db.execute(
        update(Assessment)
        .where(Assessment.cycle_id == cycle.id, Assessment.due_on == cycle.closes_on)
        .values(due_on=closes_on)
    )
    before = [cycle.opens_on.isoformat(), cycle.closes_on.isoformat()]
    cycle.opens_on, cycle.closes_on = opens_on, closes_on
    db.flush()
    record_event(
        db,
        "CycleDatesChanged",
        actor=actor,
        data={"cycle": cycle.id, "before": before, "after": [opens_on.isoformat(), closes_on.isoformat()]},
    )


def change_due_date(db: Session, actor: Actor, *, assessment: Assessment, due_on: date, reason: str) -> None:
    """Another day for one member. Refused once its assessment is closed or withdrawn."""
    if assessment.state in (AssessmentState.CLOSED, AssessmentState.WITHDRAWN):
        raise Refused(message("This assessment is closed or withdrawn; there is nothing to be done by then."))
    if due_on == assessment.due_on:
        return
    before, assessment.due_on = assessment.due_on, due_on
    db.flush()
    record_event(
        db,
        "DueDateChanged",
        actor=actor,
        organization_id=assessment.organization_id,
        assessment_id=assessment.id,
        reason=reason,
        data={"before": before.isoformat(), "after": due_on.isoformat()},
    )


def announce(db: Session, *, cycle: Cycle, assessments: Sequence[Assessment]) -> int:
    """Tell the leads by mail that they can begin; gives the number of mails. A second call writes none."""
    by_organization = {each.organization_id: each for each in assessments}
    leads = db.scalars(
        select(Membership)
        .where(
            Membership.organization_id.in_(by_organization),
            Membership.role == MemberRole.LEAD,
            Membership.until_at.is_(None),
        )
        .options(joinedload(Membership.person), joinedload(Membership.organization))
        .order_by(Membership.id)
    )
    number = 0
    for lead in leads:
        assessment = by_organization[lead.organization_id]
        written = write_mail(
            db,
            person=lead.person,
            language=lead.person.language,
            subject=message("{cycle}: you can begin", cycle=cycle.title),
            body=message(
                "The coalition invites {organization} to its self-assessment.\n\n"
                "It is due on {day}. Begin here:\n{link}\n",
                organization=lead.organization.name,
                day=assessment.due_on.isoformat(),
                link=f"{SITE}/",
            ),
            once=f"cycle {cycle.id} assessment {assessment.id} person {lead.person_id}",
        )
        number += written is not None
    return number
