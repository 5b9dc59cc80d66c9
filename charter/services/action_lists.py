"""Lists of actions: of one plan, of a mentor's members, of all members. As many statements for ten as for thousands."""

from __future__ import annotations

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, func, or_, select, type_coerce
from sqlalchemy.orm import Session, joinedload, selectinload

from charter.database.assessments import Assessment
from charter.database.evidence import Evidence
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.database.people import Person
from charter.database.plans import Action, ActionStatus, ActionSupporter, Decision, Plan, PlanState
from charter.services.action_states import OPEN
from charter.services.actions import days_late
from charter.services.packs import pack_of
from charter.services.rating_pages import principles
from questionnaires.model import Group, Pack

PAGE = 50
NOBODY = 0
"""As a person: nobody with an account."""


class By(enum.StrEnum):
    """What the board has columns for."""

    PERSON = "person"
    PRINCIPLE = "principle"
    QUARTER = "quarter"


@dataclass(frozen=True)
class Filters:
    """What to show; nothing chosen shows all. `criteria`: those of a principle; `quarter`: in which it is due."""

    person: int | None = None
    criteria: frozenset[str] | None = None
    quarter: tuple[int, int] | None = None
    statuses: tuple[ActionStatus, ...] = ()
    overdue: bool = False
    must_do: bool = False
    organization_id: int | None = None


@dataclass(frozen=True)
class Row:
    """One action of a list. `days_late` is 0 unless it is overdue."""

    action: Action
    evidence: int
    days_late: int


@dataclass(frozen=True)
class Column:
    """One column of a board: its person (None for nobody), principle (None for none) or (year, quarter)."""

    key: Any
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class ActionPage:
    """One page of a list; `total` is how many there are on all pages."""

    rows: tuple[Row, ...]
    total: int
    number: int
    pages: int
    columns: tuple[Column, ...] = field(default=())


@dataclass(frozen=True)
class Totals:
    """How a plan stands."""

    by_status: Mapping[ActionStatus, int]
    overdue: int

    @property
    def all(self) -> int:
        return sum(self.by_status.values())

    def count(self, *statuses: ActionStatus) -> int:
        """How many have one of these."""
        return sum(self.by_status.get(each, 0) for each in statuses)


def of_plan(plan: Plan) -> ColumnElement[bool]:
    """The actions of one plan."""
    return and_(Action.plan_id == plan.id, Plan.state != PlanState.DRAFT)


def of_all() -> ColumnElement[bool]:
    """The actions that all who are members now carry out."""
    return and_(Plan.state == PlanState.COMMITTED, Organization.state == OrganizationState.ACTIVE)


def action_page(
    db: Session,
    scope: ColumnElement[bool],
    filters: Filters,
    *,
    today: date,
    number: int = 1,
    by: By | None = None,
    pack: Pack | None = None,
) -> ActionPage:
    """`PAGE` of the actions that fit, what is due first on top; with `by` in columns, for principles by that pack."""
    order: list[Any] = [Action.due_on, Action.id]
    if by is By.PERSON:
        order = [Person.name.is_(None), Person.name, Action.owner_id, *order]
    query = select(Action.id, Action.improves) if by is By.PRINCIPLE else select(Action.id)
    query = query.outerjoin(Action.owner).join(Action.plan).join(Plan.organization)
    found = db.execute(
        query.where(scope, Action.decision == Decision.ACT, *_chosen(filters, today)).order_by(*order)
    ).all()
    place = _places(pack) if pack is not None and by is By.PRINCIPLE else {}
    if place:
        found = sorted(
            found, key=lambda row: min((place.get(each, len(place)) for each in row.improves), default=len(place))
        )
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(number, 1), pages)
    rows = _rows(db, [row.id for row in found[(number - 1) * PAGE : number * PAGE]], today)
    return ActionPage(rows, len(found), number, pages, _columns(rows, by, pack))


def totals(db: Session, scope: ColumnElement[bool], *, today: date) -> Totals:
    """How many there are by status, and how many of them are overdue; one statement."""
    late = func.sum(case((_overdue(today), 1), else_=0))
    query = select(Action.status, func.count(), late).join(Action.plan).join(Plan.organization)
    found = db.execute(query.where(scope, Action.decision == Decision.ACT).group_by(Action.status)).all()
    return Totals({row[0]: row[1] for row in found}, sum(int(row[2]) for row in found))


def waiting_for_mentor(db: Session, ids: Collection[int]) -> list[Action]:
    """What these members say is done and nobody has verified, the longest waiting first, with plan and people."""
    return list(
        db.scalars(
            select(Action)
            .join(Action.plan)
            .where(
                Action.organization_id.in_(ids),
                Action.decision == Decision.ACT,
                Action.status == ActionStatus.DONE,
                Plan.state == PlanState.COMMITTED,
            )
            .options(joinedload(Action.done_by), *_wholes())
            .order_by(Action.done_at, Action.id)
        )
    )


def evidence_counts(db: Session, ids: Collection[int]) -> dict[int, int]:
    """How many pieces of evidence each of these actions has, if any."""
    rows = db.execute(
        select(Evidence.action_id, func.count())
        .where(Evidence.action_id.in_(ids), Evidence.removed_at.is_(None))
        .group_by(Evidence.action_id)
    )
    return {action_id: count for action_id, count in rows if action_id is not None}


def quarter_of(day: date) -> tuple[int, int]:
    """Its year, and its quarter from 1 to 4."""
    return day.year, (day.month + 2) // 3


def quarters_of(db: Session, scope: ColumnElement[bool]) -> list[tuple[int, int]]:
    """Every quarter in which something is due."""
    query = select(Action.due_on).join(Action.plan).join(Plan.organization).distinct()
    return sorted({quarter_of(day) for day in db.scalars(query.where(scope, Action.decision == Decision.ACT))})


def packs_with_plans(db: Session) -> list[PublishedPack]:
    """The packs that plans of members follow, newest first."""
    used = select(Assessment.published_pack_id).join(Plan, Plan.assessment_id == Assessment.id)
    return list(
        db.scalars(
            select(PublishedPack)
            .where(PublishedPack.id.in_(used.where(Plan.state == PlanState.COMMITTED)))
            .order_by(PublishedPack.id.desc())
        )
    )


def principle_choices(db: Session, *, language: str) -> dict[str, tuple[str, frozenset[str]]]:
    """By `pack:group`, the title of each principle of these packs, and its criteria in every version of the pack."""
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for published in packs_with_plans(db):
        pack = pack_of(db, published)
        shown = pack.translated(language) if language in pack.languages else pack
        for group in principles(shown):
            key = f"{pack.id}:{group.id}"
            title, criteria = found.get(key, (group.title, frozenset()))
            found[key] = title, criteria | {criterion.id for criterion in group.criteria}
    return found


def principle_of_action(action: Action, groups: Sequence[Group]) -> Group | None:
    """The first principle that it improves."""
    return next((group for group in groups if any(each.id in action.improves for each in group.criteria)), None)


def _chosen(filters: Filters, today: date) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.organization_id is not None:
        found.append(Action.organization_id == filters.organization_id)
    if filters.person == NOBODY:
        found.append(Action.owner_id.is_(None))
    elif filters.person is not None:
        helping = select(ActionSupporter.action_id).where(ActionSupporter.person_id == filters.person)
        found.append(or_(Action.owner_id == filters.person, Action.id.in_(helping)))
    if filters.criteria is not None:
        # Compact JSON: the id of a criterion stands in it as a key, and in no other way.
        text = type_coerce(Action.improves, Text)
        found.append(or_(*(text.contains(f'"{each}":{{', autoescape=True) for each in sorted(filters.criteria))))
    if filters.quarter is not None:
        year, quarter = filters.quarter
        first = date(year, 3 * quarter - 2, 1)
        after = date(year + quarter // 4, (3 * quarter) % 12 + 1, 1)
        found += [Action.due_on >= first, Action.due_on < after]
    if filters.statuses:
        found.append(Action.status.in_(filters.statuses))
    if filters.overdue:
        found.append(_overdue(today))
    if filters.must_do:
        found.append(Action.must_do.is_(True))
    return found


def _overdue(today: date) -> ColumnElement[bool]:
    return and_(Action.status.in_(OPEN), Action.due_on < today)


def _rows(db: Session, ids: Sequence[int], today: date) -> tuple[Row, ...]:
    """Four statements."""
    evidence = evidence_counts(db, ids)
    actions = {
        action.id: action
        for action in db.scalars(
            select(Action)
            .where(Action.id.in_(ids))
            .options(
                joinedload(Action.owner),
                selectinload(Action.supporters),
                *_wholes(),
            )
        )
    }
    return tuple(Row(actions[each], evidence.get(each, 0), days_late(actions[each], today=today)) for each in ids)


def _wholes() -> tuple[Any, ...]:
    """What a list says of the plan of an action: whose it is, and after which questionnaire it is worded."""
    plan = joinedload(Action.plan)
    pack = plan.joinedload(Plan.assessment).joinedload(Assessment.published_pack)
    return plan.joinedload(Plan.organization), pack


def _places(pack: Pack) -> dict[str, int]:
    return {each.id: place for place, group in enumerate(principles(pack)) for each in group.criteria}


def _columns(rows: Sequence[Row], by: By | None, pack: Pack | None) -> tuple[Column, ...]:
    if by is None:
        return ()
    groups = principles(pack) if pack is not None else ()
    found: list[tuple[Any, list[Row]]] = []
    for row in rows:
        key: Any = row.action.owner if by is By.PERSON else quarter_of(row.action.due_on)
        if by is By.PRINCIPLE:
            key = principle_of_action(row.action, groups)
        if not found or found[-1][0] != key:  # they come in the order of their columns
            found.append((key, []))
        found[-1][1].append(row)
    return tuple(Column(key, tuple(each)) for key, each in found)
