"""What a member may change in its assessment now, and why not."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from charter.database.assessments import Assessment, AssessmentState, ChangeRequest
from charter.database.cycles import CycleState
from charter.database.staff_rounds import StaffRound
from charter.services.actors import Actor
from charter.services.applicability import stored_ratings
from charter.services.assessments import move, party_of
from charter.services.errors import NotFound, Refused
from charter.services.packs import pack_of
from charter.services.states import ANSWERABLE, Party
from questionnaires.message import Message, message

_CLOSED = {
    AssessmentState.SUBMITTED: message("The assessment is submitted: nothing can be changed while it is reviewed."),
    AssessmentState.CLOSED: message("The assessment is closed: nothing can be changed any more."),
    AssessmentState.WITHDRAWN: message("The coalition withdrew this assessment: nothing can be changed."),
}
_ROUND_RUNS = message("A staff round is open. Rate together once it is closed, so that each first says their own view.")
_NOT_NAMED = message("Your mentor asked for changes elsewhere only; this answer stays as it was submitted.")

# Put together once: they are asked with every page of ratings, and every save.
_assessment, _round = Assessment.__table__.c, StaffRound.__table__.c
_LOCKED = (
    select(_assessment.state, _assessment.state_since, _assessment.answered, _assessment.to_answer)
    .where(_assessment.id == bindparam("assessment"))
    .with_for_update()
)
_OPEN_ROUND = (
    select(_round.id).where(_round.assessment_id == bindparam("assessment"), _round.closed_at.is_(None)).limit(1)
)
_OPEN_REQUESTS = (
    select(ChangeRequest)
    .where(
        ChangeRequest.assessment_id == bindparam("assessment"),
        ChangeRequest.sent_at.is_not(None),
        ChangeRequest.resolved_at.is_(None),
    )
    .order_by(ChangeRequest.id)
)


@dataclass(frozen=True)
class Openness:
    """`why`: why nothing can be changed, None where something can; `only`: the criteria that can be, None for all."""

    why: Message | None = None
    only: frozenset[str] | None = None

    def allows(self, criterion_id: str) -> bool:
        """Whether this criterion may be changed."""
        return self.why is None and (self.only is None or criterion_id in self.only)

    def require(self, criterion_id: str | None = None) -> None:
        """Refused unless the criterion, or without one everything, may be changed."""
        if self.why is not None:
            raise Refused(self.why)
        if self.only is not None and criterion_id not in self.only:
            raise Refused(_NOT_NAMED)


def openness(db: Session, assessment: Assessment, *, round_open: bool = False) -> Openness:
    """What may be changed. `round_open` only where it is ratings that are to be changed."""
    state = assessment.state
    if state is AssessmentState.INVITED:
        return Openness(_cycle_closed(assessment) or (_ROUND_RUNS if round_open else None))
    if state not in ANSWERABLE:
        return Openness(_CLOSED[state])
    if round_open:
        return Openness(_ROUND_RUNS)
    if state is AssessmentState.CHANGES_REQUESTED:
        return Openness(only=_reopened(db, assessment))
    return Openness()


def begin_changing(db: Session, actor: Actor, assessment: Assessment) -> None:
    """Before a change: nobody else changes the assessment until the commit, and an invited member has begun.

    NotFound for whoever does not work there; Refused where the cycle is not open.
    """
    if party_of(actor, assessment) not in (Party.LEAD, Party.CONTRIBUTOR):
        raise NotFound
    lock(db, assessment)
    if assessment.state is AssessmentState.INVITED:
        if (why := _cycle_closed(assessment)) is not None:
            raise Refused(why)
        move(db, actor, assessment, "begin")


def lock(db: Session, assessment: Assessment) -> None:
    """Read again where it stands, and let nobody else change it until the commit. SQLite has one writer anyway."""
    db.flush()
    row = db.execute(_LOCKED, {"assessment": assessment.id}).one()
    for name, value in row._mapping.items():
        set_committed_value(assessment, name, value)


def is_round_open(db: Session, assessment_id: int) -> bool:
    """Whether staff are rating now."""
    return db.scalar(_OPEN_ROUND, {"assessment": assessment_id}) is not None


def open_requests(db: Session, assessment_id: int) -> list[ChangeRequest]:
    """What the mentor asked for and has not got yet; only what was sent."""
    return list(db.scalars(_OPEN_REQUESTS, {"assessment": assessment_id}))


def _reopened(db: Session, assessment: Assessment) -> frozenset[str]:
    """What the mentor named, and what has no rating: a change may bring a question that was not asked before."""
    named = {each.criterion_id for each in open_requests(db, assessment.id)}
    rated = {name for name, rating in stored_ratings(db, assessment.id).items() if rating is not None}
    pack = pack_of(db, assessment.published_pack)
    return frozenset(named | {each.id for each in pack.criteria if each.id not in rated})


def _cycle_closed(assessment: Assessment) -> Message | None:
    if assessment.cycle.state is CycleState.DRAFT:
        return message("This cycle is still being prepared. You get a mail when it begins.")
    if assessment.cycle.state is CycleState.CLOSED:
        return message("This cycle is closed; nothing can be begun in it any more.")
    return None
