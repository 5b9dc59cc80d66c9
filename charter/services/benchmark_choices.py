"""Taking part in benchmarks: the lead decides for each cycle; without a decision a member takes no part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization
from charter.database.releases import BenchmarkChoice
from charter.services.actors import Actor
from charter.services.errors import NotFound, Refused
from charter.services.events import record_event
from charter.services.release_history import past
from questionnaires.message import message


@dataclass(frozen=True)
class CycleChoice:
    """One cycle of a member. `published`: a release holds its result, so that the choice stays as it is."""

    cycle: Cycle
    assessment: Assessment
    choice: BenchmarkChoice | None
    published: bool

    @property
    def opted_in(self) -> bool:
        return self.choice is not None and self.choice.opted_in


def choices_of(db: Session, organization_id: int) -> list[CycleChoice]:
    """Every cycle that the member is or was in, newest first; three statements."""
    published = past(db).assessments
    made: Mapping[int, BenchmarkChoice] = {
        row.cycle_id: row
        for row in db.scalars(
            select(BenchmarkChoice)
            .where(BenchmarkChoice.organization_id == organization_id)
            .options(joinedload(BenchmarkChoice.decided_by))
        )
    }
    rows = db.scalars(
        select(Assessment)
        .join(Assessment.cycle)
        .where(
            Assessment.organization_id == organization_id,
            Assessment.state != AssessmentState.WITHDRAWN,
            Cycle.state != CycleState.DRAFT,
        )
        .options(joinedload(Assessment.cycle))
        .order_by(Cycle.opens_on.desc(), Cycle.id.desc())
    )
    return [CycleChoice(row.cycle, row, made.get(row.cycle_id), row.id in published) for row in rows]


def decide(db: Session, actor: Actor, *, organization: Organization, cycle_id: int, opted_in: bool) -> None:
    """The lead's decision. NotFound for a cycle that the member is not in; Refused once a release holds the result."""
    found = next((each for each in choices_of(db, organization.id) if each.cycle.id == cycle_id), None)
    if found is None:
        raise NotFound
    if found.opted_in == opted_in and found.choice is not None:
        return
    if found.published:
        raise Refused(message("A release that is published already holds this result. What is published stays."))
    choice = found.choice
    if choice is None:
        choice = BenchmarkChoice(organization_id=organization.id, cycle_id=cycle_id)
        db.add(choice)
    choice.opted_in, choice.decided_at, choice.decided_by_id = opted_in, now(), actor.id
    record_event(
        db,
        "BenchmarkChoiceMade",
        actor=actor,
        organization_id=organization.id,
        assessment_id=found.assessment.id,
        data={"cycle": cycle_id, "opted_in": opted_in},
    )
