"""Results of assessments: now, earlier ones beside it, and every kind of rating side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.database.assessments import (
    AgreedRating,
    Assessment,
    AssessmentState,
    RatingKind,
    RatingVersion,
    VerifiedRating,
)
from charter.database.cycles import Cycle
from charter.database.events import Event
from charter.services.assessments import result_of
from charter.services.own_comparison import OwnComparison, own_comparison
from questionnaires import Pack
from questionnaires.model import Criterion
from scoring import Answers, Result
from scoring.model import Choice, StaffView, State

Row = TypeVar("Row", AgreedRating, VerifiedRating)

MOST_EARLIER = 5
"""Of more earlier assessments only the last ones are shown."""


@dataclass(frozen=True)
class EarlierAssessment:
    """A closed assessment of the same organization in an earlier cycle."""

    assessment_id: int
    cycle: str
    pack: Pack
    result: Result


@dataclass(frozen=True)
class FullResult:
    """What the result page and the report are made from."""

    pack: Pack
    answers: Answers
    result: Result
    earlier: tuple[EarlierAssessment, ...]
    """Oldest first; each scored with its own version of the pack."""
    verified: bool
    """Whether a mentor has closed the assessment, so that verified ratings count."""
    compared: OwnComparison | None = None
    """Beside what is published of its peer groups."""


@dataclass(frozen=True)
class SideBySide:
    """The ratings of one criterion: the staff's median, as the member first submitted it, as agreed, the mentor's."""

    criterion: Criterion
    staff: StaffView | None
    submitted: int | Choice | None
    agreed: int | Choice | None
    verified: int | Choice | None
    comment: str | None

    @property
    def differs(self) -> bool:
        """Whether the mentor found something else."""
        return self.verified is not None and self.verified != self.agreed


def full_result(db: Session, assessment: Assessment) -> FullResult:
    """The result of what is stored, with the earlier ones; the number of statements grows with the cycles only."""
    pack, answers, result = result_of(db, assessment)
    return FullResult(
        pack,
        answers,
        result,
        earlier_results(db, assessment),
        assessment.state is AssessmentState.CLOSED,
        own_comparison(db, pack, answers, result),
    )


def earlier_results(db: Session, assessment: Assessment) -> tuple[EarlierAssessment, ...]:
    """Closed assessments of the same organization with the same pack, whatever its version, before this one."""
    rows = db.scalars(
        select(Assessment)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(
            Assessment.organization_id == assessment.organization_id,
            Assessment.state == AssessmentState.CLOSED,
            Assessment.id != assessment.id,
            Cycle.opens_on < assessment.cycle.opens_on,
        )
        .options(
            joinedload(Assessment.cycle), joinedload(Assessment.organization), joinedload(Assessment.published_pack)
        )
        .order_by(Cycle.opens_on.desc())
        .limit(MOST_EARLIER)
    ).all()
    found = []
    for row in reversed(rows):
        if row.published_pack.pack == assessment.published_pack.pack:
            pack, _, result = result_of(db, row)
            found.append(EarlierAssessment(row.id, row.cycle.title, pack, result))
    return tuple(found)


def earlier_rating(criterion: Criterion, earlier: EarlierAssessment) -> int | None:
    """What this criterion was rated then, also under a name that it has had since."""
    for name in (criterion.id, *criterion.renamed_from):
        found = earlier.result.criteria.get(name)
        if found is not None:
            return found.rating
    return None


def side_by_side(db: Session, assessment: Assessment, pack: Pack, result: Result) -> Sequence[SideBySide]:
    """Every criterion that applies, in pack order; three statements and the event of the first submission."""
    agreed = _by_criterion(db, AgreedRating, assessment)
    verified = _by_criterion(db, VerifiedRating, assessment)
    submitted = _as_first_submitted(db, assessment)
    return [
        SideBySide(
            criterion,
            result.sheets.criteria.get(criterion.id),
            submitted.get(criterion.id),
            agreed[criterion.id].rating if criterion.id in agreed else None,
            verified[criterion.id].rating if criterion.id in verified else None,
            verified[criterion.id].comment if criterion.id in verified else None,
        )
        for criterion in pack.criteria
        if result.criteria[criterion.id].state is not State.EXCLUDED
    ]


def _as_first_submitted(db: Session, assessment: Assessment) -> Mapping[str, int | Choice | None]:
    at = db.scalar(
        select(Event.at)
        .where(Event.assessment_id == assessment.id, Event.name == "AssessmentSubmitted")
        .order_by(Event.id)
        .limit(1)
    )
    if at is None:
        return {}
    # Events keep whole seconds, and what is saved in the same one was saved before the submission.
    rows = db.scalars(
        select(RatingVersion)
        .where(RatingVersion.assessment_id == assessment.id, RatingVersion.kind == RatingKind.AGREED)
        .order_by(RatingVersion.version)
    )
    return {row.criterion_id: row.rating for row in rows if row.at.replace(microsecond=0) <= at}


def _by_criterion(db: Session, table: type[Row], assessment: Assessment) -> dict[str, Row]:
    return {row.criterion_id: row for row in db.scalars(select(table).where(table.assessment_id == assessment.id))}
