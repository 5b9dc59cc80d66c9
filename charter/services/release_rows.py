"""Closed assessments as benchmarks take them: in columns, by statements that read all of them at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charter.database.assessments import Assessment, AssessmentState, FactAnswer
from charter.database.cycles import Cycle
from charter.database.events import Event
from charter.database.organizations import Organization, OrganizationState
from charter.database.releases import BenchmarkChoice
from charter.services.errors import Refused
from charter.services.release_history import version_name
from questionnaires.message import message
from scoring.benchmarks.model import MISSING, MOST

IMPROVED = "improved"
"""A metric of the application: 100 for a result above the one before it with the same questionnaire, 0 for others."""


@dataclass(frozen=True, slots=True)
class Row:
    """One closed assessment. `may_enter`: its organization is a member and takes part with it."""

    assessment: int
    organization: int
    organization_title: str
    cycle_title: str
    pack: int
    version: str
    scores: bytes
    improved: int
    may_enter: bool


def closed_rows(db: Session) -> list[Row]:
    """All closed assessments whose content is kept, by organization, oldest first; one statement."""
    closings = (
        select(Event.assessment_id, func.count().label("times"))
        .where(Event.name == "AssessmentClosed")
        .group_by(Event.assessment_id)
        .subquery()
    )
    query = (
        select(
            Assessment.id,
            Assessment.organization_id,
            Organization.name,
            Cycle.title,
            Assessment.published_pack_id,
            Assessment.scores,
            Assessment.overall,
            Organization.state,
            BenchmarkChoice.opted_in,
            func.coalesce(closings.c.times, 1),
        )
        .join(Organization, Organization.id == Assessment.organization_id)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .outerjoin(closings, closings.c.assessment_id == Assessment.id)
        .outerjoin(
            BenchmarkChoice,
            (BenchmarkChoice.organization_id == Assessment.organization_id)
            & (BenchmarkChoice.cycle_id == Assessment.cycle_id),
        )
        .where(
            Assessment.state == AssessmentState.CLOSED,
            Assessment.scores.is_not(None),
            Organization.state != OrganizationState.DELETED,
        )
        .order_by(Assessment.organization_id, Cycle.opens_on, Assessment.id)
    )
    found: list[Row] = []
    before: dict[tuple[int, int], int | None] = {}
    for id_, organization, name, title, pack, scores, overall, state, opted_in, times in db.execute(query):
        last = before.get((organization, pack))
        improved = MISSING if last is None or overall is None else MOST * (overall > last)
        before[organization, pack] = overall
        may_enter = state is OrganizationState.ACTIVE and bool(opted_in)
        version = version_name(id_, times)
        found.append(Row(id_, organization, name, title, pack, version, scores, improved, may_enter))
    return found


def checked_values(rows: Sequence[Row], metrics: int) -> bytes:
    """The values of all rows, one after the other, `improved` last. Refused, with all places, where any is wrong.

    `metrics` is how many the questionnaire has.
    """
    allowed = bytes([*range(MOST + 1), MISSING])
    wrong = [row for row in rows if len(row.scores) != metrics or row.scores.strip(allowed)]
    if wrong:
        places = "; ".join(f"{row.organization_title}, {row.cycle_title}" for row in wrong)
        raise Refused(
            message(
                "These results do not have the values of their questionnaire, each from 0 to 100: {places}. "
                "The command charter recompute makes them anew.",
                places=places,
            )
        )
    return b"".join(row.scores + bytes([row.improved]) for row in rows)


def facts_by_assessment(db: Session, pack: int, names: Collection[str]) -> Mapping[int, dict[str, object]]:
    """Profile facts of these names as they were at each closed assessment of that questionnaire; one statement."""
    query = (
        select(FactAnswer.assessment_id, FactAnswer.fact_id, FactAnswer.value)
        .join(Assessment, Assessment.id == FactAnswer.assessment_id)
        .where(
            Assessment.published_pack_id == pack,
            Assessment.state == AssessmentState.CLOSED,
            FactAnswer.fact_id.in_(sorted(names)),
        )
    )
    found: dict[int, dict[str, object]] = {}
    for assessment, fact, value in db.execute(query):
        if value is not None:
            found.setdefault(assessment, {})[fact] = tuple(value) if isinstance(value, list) else value
    return found
