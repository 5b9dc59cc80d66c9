"""Assessments as wholes: finding them, moving them between states, keeping their cached columns true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import AgreedRating, Assessment, AssessmentState, FactAnswer, VerifiedRating
from charter.database.staff_rounds import StaffRound
from charter.services.actors import Actor
from charter.services.errors import Refused
from charter.services.events import record_event
from charter.services.packs import pack_of
from charter.services.states import Party, find_move
from questionnaires import Pack
from questionnaires.message import message
from scoring import Answers, Result, read_sheets_result, result_json, rounded, score
from scoring.model import Answer, Choice, FactValue, State
from scoring.writing import in_hundredths

NO_SCORE = 255

UNSCORED = frozenset({AssessmentState.INVITED, AssessmentState.ANSWERING, AssessmentState.WITHDRAWN})
"""States in which no score is kept: answers are still being collected."""

# Put together once: it is asked with nearly every page.
_BY_ID = (
    select(Assessment)
    .where(Assessment.id == bindparam("assessment"))
    .options(
        joinedload(Assessment.organization, innerjoin=True),
        joinedload(Assessment.cycle, innerjoin=True),
        joinedload(Assessment.published_pack, innerjoin=True),
    )
)


def find_assessment(db: Session, assessment_id: int) -> Assessment | None:
    """The assessment with its organization, cycle and pack; one statement."""
    return db.scalar(_BY_ID, {"assessment": assessment_id})


def party_of(actor: Actor, assessment: Assessment) -> Party | None:
    """What this actor is to this assessment."""
    return party_in(actor, assessment.organization_id)


def party_in(actor: Actor, organization_id: int) -> Party | None:
    """What this actor is to an organization and everything of it."""
    if actor.is_lead_of(organization_id):
        return Party.LEAD
    if actor.works_for(organization_id):
        return Party.CONTRIBUTOR
    if actor.mentors(organization_id):
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


def answers_of(db: Session, assessment: Assessment) -> Answers:
    """What scoring takes: facts and agreed ratings. Once closed, verified ratings take their place. No sheets."""
    verified = assessment.state is AssessmentState.CLOSED
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
    )


def result_of(db: Session, assessment: Assessment) -> tuple[Pack, Answers, Result]:
    """The result of what is stored now; a few milliseconds.

    What may be shown of the staff's sheets was made once, when their round closed, and stays as it was: worked out anew
    after a fact has changed, it would say a little more about the same sheets.
    """
    pack = pack_of(db, assessment.published_pack)
    answers = answers_of(db, assessment)
    result = score(pack, answers)
    view = db.scalar(
        select(StaffRound.view)
        .where(StaffRound.assessment_id == assessment.id)
        .order_by(StaffRound.number.desc())
        .limit(1)
    )
    return pack, answers, result if view is None else replace(result, sheets=read_sheets_result(view))


def refresh(db: Session, assessment: Assessment) -> Result:
    """Bring the cached columns in step with what is stored. It and `count_answers` alone write them."""
    db.flush()
    _pack, _answers, result = result_of(db, assessment)
    count_answers(assessment, {name: each.state for name, each in result.criteria.items()})
    # Until it is submitted saves count only, since scoring takes fifty times as long: there is no score to keep yet.
    scored = assessment.state not in UNSCORED
    assessment.overall = _ten_thousandths(result.overall.score) if scored else None
    assessment.band = result.overall.band if scored else None
    closed = assessment.state is AssessmentState.CLOSED
    assessment.result = result_json(result) if closed else None
    assessment.scores = score_vector(result) if closed else None
    assessment.gaps = [name for name, each in result.criteria.items() if each.is_gap] if closed else None
    return result


def count_answers(assessment: Assessment, states: Mapping[str, State]) -> None:
    """Write what the states of its criteria come to: how many there are to answer, how many are answered."""
    applicable = [state for state in states.values() if state is not State.EXCLUDED]
    assessment.to_answer = len(applicable)
    assessment.answered = sum(1 for state in applicable if state is not State.UNRATED)


def score_vector(result: Result) -> bytes:
    """Overall, policy, practice, every group, every standard's share met: a byte each, in whole percent.

    Half up from the number as it is written, so that benchmarks made from exported results say the same.
    """
    metrics = [result.overall.score, result.overall.policy, result.overall.practice]
    metrics += [node.score for node in result.groups.values()]
    metrics += [standard.share_met for standard in result.standards.values()]
    return bytes(NO_SCORE if (number := rounded(each)) is None else in_hundredths(number) for each in metrics)


def metric_names(pack: Pack) -> tuple[str, ...]:
    """What each byte of `score_vector` is, named as in benchmarks."""
    names = ["overall", "policy", "practice", *(f"group:{group.id}" for group in pack.all_groups)]
    return (*names, *(f"standard:{standard.id}" for standard in pack.standards))


def _of(table: Any, assessment: Assessment) -> Any:
    return select(table).where(table.assessment_id == assessment.id)


def _ten_thousandths(exact: Fraction | None) -> int | None:
    return None if exact is None else int(exact * 10_000 + Fraction(1, 2))
