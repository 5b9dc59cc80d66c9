"""An assessment at a glance, for the member: the steps, how far each is, and the one to take next."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charter.database.assessments import AgreedRating, Assessment, AssessmentState, ChangeRequest
from charter.database.evidence import Evidence
from charter.services.answering import Openness, open_requests, openness
from charter.services.applicability import states_with, stored_facts
from charter.services.packs import pack_of
from charter.services.rating_pages import principles
from charter.services.staff_rounds import find_round
from questionnaires.model import Criterion, Group
from scoring.model import State


class Step(enum.StrEnum):
    """The way through an assessment, in its order."""

    PROFILE = "profile"
    STAFF_ROUND = "staff-round"
    RATE = "rate"
    EVIDENCE = "evidence"
    SUBMIT = "submit"
    REVIEW = "review"
    RESULT = "result"


class Progress(enum.StrEnum):
    """How far a step is."""

    DONE = "done"
    NOW = "now"
    LATER = "later"


class RoundState(enum.StrEnum):
    """Whether there is a staff round."""

    NONE = "none"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True)
class Part:
    """One principle: how many of its criteria that apply are answered."""

    group: Group
    answered: int
    to_answer: int


@dataclass(frozen=True)
class Asked:
    """What the mentor asks for, and whether the answer was changed since."""

    request: ChangeRequest
    criterion: Criterion
    group: Group
    changed: bool


@dataclass(frozen=True)
class Overview:
    """Everything that the page says. `next_step` is None where nothing is left to do for the member."""

    facts: int
    facts_stated: int
    round: RoundState
    parts: tuple[Part, ...]
    evidence: int
    asked: tuple[Asked, ...]
    openness: Openness
    next_step: Step | None
    progress: dict[Step, Progress]


def overview(db: Session, assessment: Assessment, *, language: str) -> Overview:
    """A fixed number of statements."""
    pack = pack_of(db, assessment.published_pack)
    shown = pack.translated(language) if language in pack.languages else pack
    facts = stored_facts(db, assessment.id)
    rows = {
        row.criterion_id: row
        for row in db.execute(
            select(AgreedRating.criterion_id, AgreedRating.rating, AgreedRating.updated_at).where(
                AgreedRating.assessment_id == assessment.id
            )
        )
    }
    states = states_with(pack, facts, {name: row.rating for name, row in rows.items()})
    parts = tuple(_part(group, states) for group in principles(shown))
    last = find_round(db, assessment.id)
    state = RoundState.NONE if last is None else RoundState.CLOSED if last.closed_at else RoundState.OPEN
    evidence = select(func.count()).where(
        Evidence.assessment_id == assessment.id, Evidence.criterion_id.is_not(None), Evidence.removed_at.is_(None)
    )
    asked: list[Asked] = []
    if assessment.state is AssessmentState.CHANGES_REQUESTED:
        group_of = {each.id: group for group in principles(shown) for each in group.criteria}
        for request in open_requests(db, assessment.id):
            row = rows.get(request.criterion_id)
            changed = row is not None and request.sent_at is not None and row.updated_at >= request.sent_at
            criterion = shown.criterion(request.criterion_id)
            asked.append(Asked(request, criterion, group_of[criterion.id], changed))
    stated = sum(1 for name in pack.profile if name in facts)
    step = _next(assessment, state, asked, missing_facts=len(pack.profile) - stated)
    return Overview(
        facts=len(pack.profile),
        facts_stated=stated,
        round=state,
        parts=parts,
        evidence=db.scalar(evidence) or 0,
        asked=tuple(asked),
        openness=openness(db, assessment, round_open=state is RoundState.OPEN),
        next_step=step,
        progress=_progress(assessment, step, state, missing_facts=len(pack.profile) - stated),
    )


def _part(group: Group, states: dict[str, State]) -> Part:
    asked = [states[each.id] for each in group.criteria if states[each.id] is not State.EXCLUDED]
    return Part(group, sum(1 for state in asked if state is not State.UNRATED), len(asked))


def _next(assessment: Assessment, state: RoundState, asked: list[Asked], *, missing_facts: int) -> Step | None:
    complete = assessment.answered >= assessment.to_answer
    match assessment.state:
        case AssessmentState.INVITED | AssessmentState.ANSWERING:
            if state is RoundState.OPEN:
                return Step.STAFF_ROUND
            # Facts may stay open: they are the next step only as long as nothing was rated.
            if missing_facts and not assessment.answered:
                return Step.PROFILE
            if state is RoundState.NONE and not assessment.answered:
                return Step.STAFF_ROUND
            return Step.SUBMIT if complete else Step.RATE
        case AssessmentState.CHANGES_REQUESTED:
            return Step.SUBMIT if complete and all(each.changed for each in asked) else Step.RATE
        case AssessmentState.CLOSED:
            return Step.RESULT
        case _:
            return None


def _progress(
    assessment: Assessment, step: Step | None, state: RoundState, *, missing_facts: int
) -> dict[Step, Progress]:
    submitted = assessment.state in (AssessmentState.SUBMITTED, AssessmentState.CLOSED)
    closed = assessment.state is AssessmentState.CLOSED
    done = {
        Step.PROFILE: submitted or not missing_facts,
        Step.STAFF_ROUND: submitted or state is RoundState.CLOSED,
        Step.RATE: submitted or (assessment.to_answer > 0 and assessment.answered >= assessment.to_answer),
        Step.EVIDENCE: submitted,
        Step.SUBMIT: submitted,
        Step.REVIEW: closed,
        Step.RESULT: False,
    }
    now = Step.REVIEW if assessment.state is AssessmentState.SUBMITTED else step
    return {
        each: Progress.NOW if each is now else Progress.DONE if is_done else Progress.LATER
        for each, is_done in done.items()
    }
