"""Where every member of a cycle stands, and what each waits for; read from stored columns only."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from charter.database.assessments import Assessment, AssessmentState, ChangeRequest
from charter.database.cycles import Cycle, CycleState
from charter.database.people import Person
from charter.database.staff_rounds import StaffRound
from charter.services.cycles import assessments_of
from charter.services.organizations import mentors_by_organization

OVER = frozenset({AssessmentState.CLOSED, AssessmentState.WITHDRAWN})


class WaitsFor(enum.StrEnum):
    """Who has to do something before an assessment goes on."""

    OPENING = "opening"
    LEAD = "lead"
    STAFF = "staff"
    MENTOR = "mentor"
    NO_MENTOR = "no-mentor"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Row:
    """One member of the cycle."""

    assessment: Assessment
    mentors: tuple[Person, ...]
    waits_for: WaitsFor
    staff_until: date | None
    """The day on which a staff round that runs now closes."""
    is_late: bool


@dataclass(frozen=True)
class Filters:
    """Which members to show; None for all."""

    state: AssessmentState | None = None
    mentor_id: int | None = None
    province: str | None = None
    only_late: bool = False

    def take(self, row: Row) -> bool:
        """Whether this row is wanted."""
        return (
            (self.state is None or row.assessment.state is self.state)
            and (self.mentor_id is None or any(each.id == self.mentor_id for each in row.mentors))
            and (self.province is None or row.assessment.organization.province == self.province)
            and (row.is_late or not self.only_late)
        )


@dataclass(frozen=True)
class Overview:
    """The cycle as a whole, and the rows that pass the filters."""

    rows: tuple[Row, ...]
    counts: Mapping[AssessmentState, int]
    """Of all members, whatever the filters."""
    late: int
    total: int
    provinces: tuple[str, ...]
    mentors: tuple[Person, ...]


def overview(db: Session, cycle: Cycle, *, today: date, filters: Filters) -> Overview:
    """Three statements, however many members there are."""
    accompanied = mentors_by_organization(db)
    running = _running_rounds(db, cycle)
    rows = []
    for assessment in assessments_of(db, cycle):
        mentors = accompanied.get(assessment.organization_id, ())
        until = running.get(assessment.id)
        rows.append(_row(assessment, cycle, mentors=mentors, until=until, today=today))
    counts = Counter(row.assessment.state for row in rows)
    return Overview(
        rows=tuple(row for row in rows if filters.take(row)),
        counts={state: counts[state] for state in AssessmentState},
        late=sum(row.is_late for row in rows),
        total=len(rows),
        provinces=tuple(sorted({each for row in rows if (each := row.assessment.organization.province)})),
        mentors=tuple(sorted({each for row in rows for each in row.mentors}, key=lambda each: each.name)),
    )


@dataclass(frozen=True)
class Standing:
    """Why one assessment waits, in full."""

    row: Row
    rounds: tuple[StaffRound, ...]
    open_requests: int
    """Changes that the mentor asked for and that are still to be made."""


def standing(db: Session, assessment: Assessment, *, today: date) -> Standing:
    """The same for one assessment, with what lies behind it."""
    rounds = tuple(
        db.scalars(select(StaffRound).where(StaffRound.assessment_id == assessment.id).order_by(StaffRound.number))
    )
    requests = db.scalar(
        select(func.count()).where(
            ChangeRequest.assessment_id == assessment.id,
            ChangeRequest.sent_at.is_not(None),
            ChangeRequest.resolved_at.is_(None),
        )
    )
    until = next((each.closes_on for each in rounds if each.closed_at is None), None)
    mentors = mentors_by_organization(db).get(assessment.organization_id, ())
    row = _row(assessment, assessment.cycle, mentors=mentors, until=until, today=today)
    return Standing(row, rounds, requests or 0)


def assessments_of_organization(db: Session, organization_id: int) -> list[Assessment]:
    """Every assessment of one member with its cycle, newest cycle first."""
    return list(
        db.scalars(
            select(Assessment)
            .join(Assessment.cycle)
            .where(Assessment.organization_id == organization_id)
            .options(joinedload(Assessment.cycle))
            .order_by(Cycle.opens_on.desc(), Cycle.id.desc())
        )
    )


def current_cycle(cycles: list[Cycle]) -> Cycle | None:
    """Of cycles, newest first: the newest that is open, else the newest."""
    return next((each for each in cycles if each.state is CycleState.OPEN), cycles[0] if cycles else None)


def _running_rounds(db: Session, cycle: Cycle) -> Mapping[int, date]:
    rows = db.execute(
        select(StaffRound.assessment_id, StaffRound.closes_on)
        .join(Assessment, Assessment.id == StaffRound.assessment_id)
        .where(Assessment.cycle_id == cycle.id, StaffRound.closed_at.is_(None))
    )
    return {row.assessment_id: row.closes_on for row in rows}


def _row(assessment: Assessment, cycle: Cycle, *, mentors: tuple[Person, ...], until: date | None, today: date) -> Row:
    late = assessment.state not in OVER and assessment.due_on < today
    return Row(assessment, mentors, _waits_for(assessment, cycle, mentors=mentors, until=until), until, late)


def _waits_for(assessment: Assessment, cycle: Cycle, *, mentors: tuple[Person, ...], until: date | None) -> WaitsFor:
    state = assessment.state
    if state in OVER:
        return WaitsFor.NOBODY
    if state is AssessmentState.SUBMITTED:
        return WaitsFor.MENTOR if mentors else WaitsFor.NO_MENTOR
    if state is AssessmentState.INVITED and cycle.state is CycleState.DRAFT:
        return WaitsFor.OPENING
    return WaitsFor.STAFF if until is not None else WaitsFor.LEAD
