"""An organization at a glance: where it stands, what is next, what changed of late."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle
from charter.database.events import Event
from charter.database.plans import Action, Decision, Plan, PlanState
from charter.services.action_lists import Totals, totals
from charter.services.action_states import OPEN
from charter.services.action_view import title_of
from charter.services.actions import days_late
from charter.services.packs import pack_of
from questionnaires.message import Message

MOST_NEXT = 3
MOST_CHANGES = 5
LOOKS_BACK = timedelta(days=30)

TOLD = (
    "ActionAdded",
    "ActionBegun",
    "ActionDelayed",
    "ActionDone",
    "ActionDropped",
    "ActionPutOnHold",
    "ActionReopened",
    "ActionResumed",
    "ActionSentBack",
    "ActionTakenBack",
    "ActionVerificationWithdrawn",
    "ActionVerified",
    "AssessmentBegun",
    "AssessmentClosed",
    "AssessmentReopened",
    "AssessmentSubmitted",
    "AssessmentSubmittedAgain",
    "AssessmentWithdrawn",
    "ChangesRequested",
    "DueDateChanged",
    "GrantApproved",
    "GrantClosed",
    "GrantDeclined",
    "GrantReturned",
    "InstalmentPaid",
    "MentorAssigned",
    "OrganizationInvited",
    "PersonJoinedOrganization",
    "PersonLeftOrganization",
    "PlanAgreed",
    "PlanBegun",
    "PlanCommitted",
    "PlanReopened",
    "ProgressNoted",
    "StaffRoundClosed",
    "StaffRoundOpened",
    "TrainingSeatFreed",
)
"""What moves an organization on, and everybody in it may know."""


@dataclass(frozen=True)
class NextAction:
    """An open action; `days_late` is 0 unless it is overdue."""

    action: Action
    title: Message
    days_late: int


@dataclass(frozen=True)
class Happened:
    """Something that changed; `action` is what it is about, where it is about one that is carried out."""

    event: Event
    action: Action | None
    title: Message | None


@dataclass(frozen=True)
class Standing:
    """`latest` is the last closed assessment, `band` the title of its band; `before` the one before it.

    `next` are open actions of the plan that is carried out, due first; `work` counts all of them.
    """

    latest: Assessment | None
    band: str | None
    before: Assessment | None
    next: tuple[NextAction, ...]
    work: Totals
    changes: tuple[Happened, ...]

    @property
    def difference(self) -> Fraction | None:
        """By how much the overall score (0–1) rose since the assessment before; None where one of them has none."""
        if self.latest is None or self.before is None or None in (self.latest.overall, self.before.overall):
            return None
        return Fraction((self.latest.overall or 0) - (self.before.overall or 0), 10_000)


def standing(db: Session, organization_id: int, *, language: str, today: date) -> Standing:
    """A handful of statements, however long the organization has been a member."""
    latest, before = _results(db, organization_id)
    scope = and_(Plan.organization_id == organization_id, Plan.state == PlanState.COMMITTED)
    return Standing(
        latest=latest,
        band=_band(db, latest, language),
        before=before,
        next=_next(db, scope, language, today),
        work=totals(db, scope, today=today),
        changes=_changes(db, organization_id, language),
    )


def _results(db: Session, organization_id: int) -> tuple[Assessment | None, Assessment | None]:
    """The last closed assessment, and the one before it with the same questionnaire."""
    closed = db.scalars(
        select(Assessment)
        .join(Assessment.cycle)
        .where(Assessment.organization_id == organization_id, Assessment.state == AssessmentState.CLOSED)
        .options(joinedload(Assessment.cycle), joinedload(Assessment.published_pack))
        .order_by(Cycle.opens_on.desc(), Assessment.id.desc())
    ).all()
    if not closed:
        return None, None
    latest = closed[0]
    alike = (each for each in closed[1:] if each.published_pack.pack == latest.published_pack.pack)
    return latest, next(alike, None)


def _band(db: Session, latest: Assessment | None, language: str) -> str | None:
    if latest is None or latest.band is None:
        return None
    pack = pack_of(db, latest.published_pack)
    return (pack.translated(language) if language in pack.languages else pack).band(latest.band).title


def _next(db: Session, scope: ColumnElement[bool], language: str, today: date) -> tuple[NextAction, ...]:
    found = db.scalars(
        select(Action)
        .join(Action.plan)
        .where(scope, Action.decision == Decision.ACT, Action.status.in_(OPEN))
        .options(_worded(), joinedload(Action.owner))
        .order_by(Action.due_on, Action.id)
        .limit(MOST_NEXT)
    )
    return tuple(NextAction(each, title_of(db, each, language), days_late(each, today=today)) for each in found)


def _changes(db: Session, organization_id: int, language: str) -> tuple[Happened, ...]:
    events = db.scalars(
        select(Event)
        .where(Event.organization_id == organization_id, Event.name.in_(TOLD), Event.at >= now() - LOOKS_BACK)
        .options(joinedload(Event.actor))
        .order_by(Event.id.desc())
        .limit(MOST_CHANGES)
    ).all()
    ids = {event.data["action"] for event in events if isinstance(event.data.get("action"), int)}
    actions = {
        action.id: action
        for action in db.scalars(
            select(Action)
            .join(Action.plan)
            .where(
                Action.id.in_(ids),
                Action.organization_id == organization_id,
                Action.decision == Decision.ACT,
                Plan.state != PlanState.DRAFT,
            )
            .options(_worded())
        )
    }
    found = []
    for event in events:
        action = actions.get(event.data.get("action"))
        found.append(Happened(event, action, title_of(db, action, language) if action else None))
    return tuple(found)


def _worded() -> Any:
    """What the title of an action is made with."""
    return joinedload(Action.plan).joinedload(Plan.assessment).joinedload(Assessment.published_pack)
