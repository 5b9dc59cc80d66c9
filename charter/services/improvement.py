"""The donors' indicator: of the members that planned and pursued improvement in a year, how many improved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle
from charter.database.events import Event
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState

BEGINNINGS = ("ActionBegun", "ActionResumed", "ActionDone")
"""Events by which an action that was not begun no longer is so."""
BEGUN = (ActionStatus.IN_PROGRESS, ActionStatus.DONE, ActionStatus.VERIFIED)


@dataclass(frozen=True)
class Year:
    """One year, each member counted once. `pursued` had a committed plan in force with an action begun.

    They are `improved`, `not_improved`, or `unknown`: not assessed in that year, or never before.
    """

    year: int
    improved: int
    not_improved: int
    unknown: int

    @property
    def pursued(self) -> int:
        return self.improved + self.not_improved + self.unknown

    @property
    def share(self) -> Fraction | None:
        """Improved of all that pursued improvement; None where nothing is known of any of them."""
        return Fraction(self.improved, self.pursued) if self.improved + self.not_improved else None


@dataclass(frozen=True, slots=True)
class _Pursuit:
    """The years, both included, in which a plan was in force and something of it was begun."""

    first: int
    last: int


def improvement_by_year(db: Session, *, zone: ZoneInfo, today: date) -> tuple[Year, ...]:
    """From the first year in which a member pursued a plan to this one; four statements.

    docs/planning.md has the definition.
    """
    left = _left(db)
    pursuits = _pursuits(db, zone, today.year)
    scores = _scores(db)
    first = min((each.first for of_one in pursuits.values() for each in of_one), default=None)
    found = []
    for year in range(first or today.year + 1, today.year + 1):
        counts = {True: 0, False: 0, None: 0}
        for organization, of_one in pursuits.items():
            if year > left.get(organization, 0):
                continue
            if any(each.first <= year <= each.last for each in of_one):
                counts[improved_in(year, scores.get(organization, ()))] += 1
        found.append(Year(year, counts[True], counts[False], counts[None]))
    return tuple(found)


def improved_in(year: int, assessments: Iterable[tuple[int, str, int | None]]) -> bool | None:
    """Whether the last of that year is above the one before with the same questionnaire; None where nobody can say.

    `assessments`: year, questionnaire and overall score of each closed one, oldest first.
    """
    last: dict[str, int | None] = {}
    found = None
    for when, pack, overall in assessments:
        if when > year:
            break
        before = last.get(pack)
        if when == year:
            found = None if overall is None or before is None else overall > before
        last[pack] = overall
    return found


def _left(db: Session) -> dict[int, int]:
    """By organization whose data is kept, the last year in which it was a member."""
    rows = db.execute(
        select(Organization.id, Organization.left_on).where(
            Organization.state.in_((OrganizationState.ACTIVE, OrganizationState.LEFT))
        )
    )
    return {organization: left_on.year if left_on else date.max.year for organization, left_on in rows}


def _pursuits(db: Session, zone: ZoneInfo, this_year: int) -> Mapping[int, list[_Pursuit]]:
    begun_at: dict[int, datetime] = {
        assessment: at
        for assessment, at in db.execute(
            select(Event.assessment_id, func.min(Event.at))
            .where(Event.name.in_(BEGINNINGS), Event.assessment_id.is_not(None))
            .group_by(Event.assessment_id)
        )
        if assessment is not None
    }
    # What came from another installation has no events here.
    begun = (
        select(Action.plan_id).where(Action.decision == Decision.ACT, Action.status.in_(BEGUN)).distinct().subquery()
    )
    before = aliased(Action)
    carried = (
        select(Action.plan_id)
        .join(before, before.id == Action.carried_from_id)
        .where(Action.decision == Decision.ACT, before.percent > 0)
        .distinct()
        .subquery()
    )
    rows = db.execute(
        select(
            Plan.organization_id,
            Plan.assessment_id,
            Plan.committed_at,
            Plan.ended_at,
            begun.c.plan_id.is_not(None),
            carried.c.plan_id.is_not(None),
        )
        .outerjoin(begun, begun.c.plan_id == Plan.id)
        .outerjoin(carried, carried.c.plan_id == Plan.id)
        .where(Plan.state != PlanState.DRAFT)
    )
    found: dict[int, list[_Pursuit]] = defaultdict(list)
    for organization, assessment, committed_at, ended_at, is_begun, is_carried in rows:
        at = begun_at.get(assessment)
        if committed_at is None or (at is None and not (is_begun or is_carried)):
            continue
        first = committed_at if at is None or is_carried else max(committed_at, at)
        last = ended_at.astimezone(zone).year if ended_at else this_year
        found[organization].append(_Pursuit(first.astimezone(zone).year, last))
    return found


def _scores(db: Session) -> Mapping[int, list[tuple[int, str, int | None]]]:
    rows = db.execute(
        select(Assessment.organization_id, Cycle.opens_on, PublishedPack.pack, Assessment.overall)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .join(PublishedPack, PublishedPack.id == Assessment.published_pack_id)
        .where(Assessment.state == AssessmentState.CLOSED)
        .order_by(Cycle.opens_on, Assessment.id)
    )
    found: dict[int, list[tuple[int, str, int | None]]] = defaultdict(list)
    for organization, opens_on, pack, overall in rows:
        found[organization].append((opens_on.year, pack, overall))
    return found
