"""Assessments as wholes: finding them, moving them between states, keeping their cached columns true."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import AgreedRating, Assessment, AssessmentState, FactAnswer, VerifiedRating
from charter.database.staff_rounds import Sheet, StaffRound
from charter.services.actors import Actor
from charter.services.errors import Refused
from charter.services.events import record_event
from charter.services.packs import pack_of
from charter.services.states import Party, find_move
from questionnaires import Pack
from questionnaires.message import message
from scoring import Answers, Result, result_json, score
from scoring.model import Answer, Choice, FactValue, State

NO_SCORE = 255


def find_assessment(db: Session, assessment_id: int) -> Assessment | None:
    """The assessment with its organization, cycle and pack; one statement."""
    return db.scalar(
        select(Assessment)
        .where(Assessment.id == assessment_id)
        .options(
            joinedload(Assessment.organization),
            joinedload(Assessment.cycle),
            joinedload(Assessment.published_pack),
        )
    )


def party_of(actor: Actor, assessment: Assessment) -> Party | None:
    """What this actor is to this assessment."""
    organization = assessment.organization_id
    if actor.is_lead_of(organization):
        return Party.LEAD
    if actor.works_for(organization):
        return Party.CONTRIBUTOR
    if actor.mentors(organization):
        return Party.MENTOR
    return Party.COORDINATOR if actor.is_coordinator else None


def move(db: Session, actor: Actor, assessment: Assessment, name: str, *, reason: str | None = None) -> None:
    """Move the assessment by `name`, with its event. Refused if its state, the actor or a missing reason forbid it.

    What else a move needs or brings (readiness, freezing, mail) is its caller's.
    """
    found = find_move(name, assessment.state)
    if found is None or party_of(actor, assessment) not in found.parties:
        raise Refused(message("This cannot be done now: the assessment has moved on in the meantime."))
    reason = (reason or "").strip() or None
    if found.needs_reason and reason is None:
        raise Refused(message("Please give a reason."))
    assessment.state = found.end
    assessment.state_since = now()
    record_event(
        db,
        found.event,
        actor=actor,
        organization_id=assessment.organization_id,
        assessment_id=assessment.id,
        reason=reason,
    )


def answers_of(db: Session, assessment: Assessment, *, verified: bool = True) -> Answers:
    """What scoring takes: facts, agreed ratings (with verified ones in their place, if so wanted), closed sheets."""
    agreed = {row.criterion_id: row for row in db.scalars(_of(AgreedRating, assessment))}
    ratings = {key: Answer(row.rating, note=row.note, reason=row.reason) for key, row in agreed.items()}
    if verified:
        for check in db.scalars(_of(VerifiedRating, assessment)):
            if check.rating is not None:
                before = ratings.get(check.criterion_id)
                reason = check.comment if check.rating is Choice.NOT_APPLICABLE else None
                ratings[check.criterion_id] = Answer(
                    check.rating,
                    note=before.note if before else None,
                    reason=(before.reason if before else None) or reason,
                )
    facts: dict[str, FactValue] = {
        row.fact_id: tuple(row.value) if isinstance(row.value, list) else row.value
        for row in db.scalars(_of(FactAnswer, assessment))
        if row.value is not None
    }
    pack = pack_of(db, assessment.published_pack)
    return Answers(
        pack=pack.id,
        version=pack.version,
        organization=assessment.organization.name,
        facts=facts,
        ratings=ratings,
        sheets=closed_sheets(db, assessment.id),
    )


def closed_sheets(db: Session, assessment_id: int) -> tuple[dict[str, int | Choice], ...]:
    """The sheets of the last staff round that is closed; none while one runs, whatever it holds."""
    last = db.scalar(
        select(StaffRound).where(StaffRound.assessment_id == assessment_id).order_by(StaffRound.number.desc()).limit(1)
    )
    if last is None or last.closed_at is None:
        return ()
    rows = db.scalars(select(Sheet.ratings).where(Sheet.round_id == last.id).order_by(Sheet.id))
    return tuple({key: _rating(value) for key, value in row.items()} for row in rows)


def result_of(db: Session, assessment: Assessment, *, verified: bool = True) -> tuple[Pack, Answers, Result]:
    """The result of what is stored now; a few milliseconds."""
    pack = pack_of(db, assessment.published_pack)
    answers = answers_of(db, assessment, verified=verified)
    return pack, answers, score(pack, answers)


def refresh(db: Session, assessment: Assessment) -> Result:
    """Bring the cached columns in step with what is stored. The one function that writes them."""
    db.flush()
    _pack, _answers, result = result_of(db, assessment)
    applicable = [each for each in result.criteria.values() if each.state is not State.EXCLUDED]
    assessment.to_answer = len(applicable)
    assessment.answered = sum(1 for each in applicable if each.state is not State.UNRATED)
    assessment.overall = _ten_thousandths(result.overall.score)
    assessment.band = result.overall.band
    closed = assessment.state is AssessmentState.CLOSED
    assessment.result = result_json(result) if closed else None
    assessment.scores = score_vector(result) if closed else None
    return result


def score_vector(result: Result) -> bytes:
    """Overall, policy, practice, every group, every standard's share met: whole percent half up, a byte each."""
    metrics = [result.overall.score, result.overall.policy, result.overall.practice]
    metrics += [node.score for node in result.groups.values()]
    metrics += [standard.share_met for standard in result.standards.values()]
    return bytes(NO_SCORE if each is None else int(each * 100 + Fraction(1, 2)) for each in metrics)


def _of(table: Any, assessment: Assessment) -> Any:
    return select(table).where(table.assessment_id == assessment.id)


def _rating(value: int | str) -> int | Choice:
    return Choice(value) if isinstance(value, str) else value


def _ten_thousandths(exact: Fraction | None) -> int | None:
    return None if exact is None else int(exact * 10_000 + Fraction(1, 2))
