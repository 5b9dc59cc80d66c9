"""What the coalition did in a period: exact counts of activity. Scores are not read here; only releases say results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.grants import Grant, GrantKind, Instalment, Spending
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState, ProgressNote
from charter.database.trainings import Attendance, SignUpState, Training, TrainingSession, TrainingSignUp
from charter.reports.common import in_language, second_level, titled
from charter.services.packs import pack_of

FINISHED = (ActionStatus.DONE, ActionStatus.VERIFIED)
CarriedOut = tuple[ActionStatus, Mapping[str, object], int, int]
"""Actions that are alike: status, what they improve by criterion, published pack of their plan, and how many."""


@dataclass(frozen=True)
class Between:
    """From the first to the last day, both included, in the coalition's zone."""

    first: date
    last: date
    zone: ZoneInfo

    def holds(
        self, column: InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime]
    ) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """That a moment lies in it."""
        begin = datetime.combine(self.first, time(), self.zone)
        end = datetime.combine(self.last + timedelta(days=1), time(), self.zone)
        return column >= begin, column < end

    def has_day(self, column: InstrumentedAttribute[date | None] | InstrumentedAttribute[date]) -> ColumnElement[bool]:
        """That a day lies in it."""
        return column.between(self.first, self.last)


@dataclass(frozen=True)
class Participation:
    """One cycle that was open in the period; members by where their assessment stands today."""

    cycle: str
    opens_on: date
    closes_on: date
    states: Mapping[AssessmentState, int]

    @property
    def invited(self) -> int:
        """All that were invited and have not been withdrawn."""
        return sum(count for state, count in self.states.items() if state is not AssessmentState.WITHDRAWN)


@dataclass(frozen=True)
class Progress:
    """Actions of committed plans. `principles`: title, actions that serve it, and how many of them are finished."""

    plans: int
    committed: int
    """Plans committed in the period; likewise the next three."""
    done: int
    verified: int
    notes: int
    statuses: Mapping[ActionStatus, int]
    principles: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Money:
    """Grants of one kind in the period; amounts in hundredths of the currency."""

    kind: GrantKind
    requests: int
    requested: int
    approvals: int
    approved: int
    paid: int
    spent: int


@dataclass(frozen=True)
class Held:
    """One date of a training in the period. `present` counts only where attendance was recorded."""

    title: str
    starts_on: date
    place: str | None
    """None for one that is online."""
    signed_up: int
    present: int
    members: int


@dataclass(frozen=True)
class Activity:
    """All of it. `members`: at the end of the period; `joined` and `left`: within it."""

    members: int
    joined: int
    left: int
    participation: tuple[Participation, ...]
    progress: Progress
    grants: tuple[Money, ...]
    trainings: tuple[Held, ...]


def activity(db: Session, between: Between, *, language: str) -> Activity:
    """Everything; the number of statements does not grow with the members."""
    return Activity(
        *_members(db, between),
        participation=_participation(db, between),
        progress=_progress(db, between, language),
        grants=_grants(db, between),
        trainings=_trainings(db, between, language),
    )


def _members(db: Session, between: Between) -> tuple[int, int, int]:
    rows = db.execute(
        select(Organization.joined_on, Organization.left_on).where(
            Organization.state.in_((OrganizationState.ACTIVE, OrganizationState.LEFT, OrganizationState.DELETED))
        )
    ).all()
    there = [(joined, left) for joined, left in rows if joined is not None and joined <= between.last]
    members = sum(left is None or left > between.last for _, left in there)
    joined_within = sum(joined >= between.first for joined, _ in there)
    left_within = sum(left is not None and between.first <= left <= between.last for _, left in there)
    return members, joined_within, left_within


def _participation(db: Session, between: Between) -> tuple[Participation, ...]:
    rows = db.execute(
        select(Cycle, Assessment.state, func.count())
        .join(Assessment, Assessment.cycle_id == Cycle.id)
        .where(Cycle.state != CycleState.DRAFT, Cycle.opens_on <= between.last, Cycle.closes_on >= between.first)
        .group_by(Cycle.id, Assessment.state)
    ).all()
    found: dict[int, dict[AssessmentState, int]] = {}
    cycles: dict[int, Cycle] = {}
    for cycle, state, count in rows:
        cycles[cycle.id] = cycle
        found.setdefault(cycle.id, {})[state] = count
    return tuple(
        Participation(cycle.title, cycle.opens_on, cycle.closes_on, found[cycle.id])
        for cycle in sorted(cycles.values(), key=lambda each: (each.opens_on, each.id))
    )


def _progress(db: Session, between: Between, language: str) -> Progress:
    rows = carried_out(db)
    committed = select(func.count()).select_from(Plan).where(*between.holds(Plan.committed_at))
    plans = (
        select(func.count())
        .select_from(Plan)
        .join(Organization, Organization.id == Plan.organization_id)
        .where(Plan.state == PlanState.COMMITTED, Organization.state == OrganizationState.ACTIVE)
    )
    return Progress(
        plans=db.scalar(plans) or 0,
        committed=db.scalar(committed) or 0,
        done=_count(db, Action.done_at, between, Action.status.in_(FINISHED)),
        verified=_count(db, Action.verified_at, between, Action.status == ActionStatus.VERIFIED),
        notes=_count(db, ProgressNote.at, between),
        statuses=by_status(rows),
        principles=tuple(
            (title, counts.total(), sum(counts[each] for each in FINISHED))
            for title, counts in by_principle(db, rows, language)
        ),
    )


def _count(
    db: Session,
    column: InstrumentedAttribute[datetime | None] | InstrumentedAttribute[datetime],
    between: Between,
    *more: ColumnElement[bool],
) -> int:
    return db.scalar(select(func.count()).select_from(column.class_).where(*between.holds(column), *more)) or 0


def carried_out(db: Session) -> list[CarriedOut]:
    """Every action of the plans that members are committed to now, those that are alike together; one statement."""
    rows = db.execute(
        select(Action.status, Action.improves, Assessment.published_pack_id, func.count())
        .join(Plan, Plan.id == Action.plan_id)
        .join(Assessment, Assessment.id == Plan.assessment_id)
        .join(Organization, Organization.id == Plan.organization_id)
        .where(
            Plan.state == PlanState.COMMITTED,
            Action.decision == Decision.ACT,
            Organization.state == OrganizationState.ACTIVE,
        )
        .group_by(Action.status, Action.improves, Assessment.published_pack_id)
    )
    return [(status, improves, pack, number) for status, improves, pack, number in rows]


def by_status(actions: Iterable[CarriedOut]) -> Counter[ActionStatus]:
    """How many there are of each status."""
    found: Counter[ActionStatus] = Counter()
    for status, _improves, _pack, number in actions:
        found[status] += number
    return found


def by_principle(
    db: Session, actions: Iterable[CarriedOut], language: str
) -> tuple[tuple[str, Counter[ActionStatus]], ...]:
    """How many serve each principle, by status; one that serves several counts for each of them.

    In the order of the questionnaires; of several versions of one, the newest names its principles.
    """
    actions = list(actions)
    used = {pack for _, _, pack, _ in actions}
    query = (
        select(PublishedPack).where(PublishedPack.id.in_(used)).order_by(PublishedPack.pack, PublishedPack.id.desc())
    )
    titles: dict[tuple[str, str], str] = {}
    groups: dict[tuple[int, str], tuple[str, str]] = {}
    for published in db.scalars(query):
        for group in second_level(in_language(pack_of(db, published), language)):
            key = published.pack, group.id
            titles.setdefault(key, titled(group))
            groups |= {(published.id, criterion.id): key for criterion in group.all_criteria()}
    found: dict[tuple[str, str], Counter[ActionStatus]] = {key: Counter() for key in titles}
    for status, improves, pack, number in actions:
        for key in {groups[pack, criterion] for criterion in improves if (pack, criterion) in groups}:
            found[key][status] += number
    return tuple((title, found[key]) for key, title in titles.items() if found[key])


def _grants(db: Session, between: Between) -> tuple[Money, ...]:
    requested = _sums(db, Grant.kind, Grant.requested, Grant, *between.holds(Grant.requested_at))
    approved = _sums(
        db, Grant.kind, Grant.approved, Grant, *between.holds(Grant.decided_at), Grant.approved.is_not(None)
    )
    paid = _sums(db, Grant.kind, Instalment.amount, Instalment, between.has_day(Instalment.paid_on))
    spent = _sums(
        db, Grant.kind, Spending.amount, Spending, between.has_day(Spending.spent_on), Spending.removed_at.is_(None)
    )
    none = (0, 0)
    found = [
        Money(
            kind,
            *requested.get(kind, none),
            *approved.get(kind, none),
            paid=paid.get(kind, none)[1],
            spent=spent.get(kind, none)[1],
        )
        for kind in GrantKind
    ]
    return tuple(one for one in found if any((one.requests, one.approvals, one.paid, one.spent)))


def _sums(
    db: Session, kind: object, amount: object, table: type, *where: ColumnElement[bool]
) -> dict[GrantKind, tuple[int, int]]:
    """By kind of grant, how many rows and what they come to."""
    query = select(kind, func.count(), func.sum(amount)).select_from(table).where(*where).group_by(kind)  # type: ignore[call-overload]
    if table is not Grant:
        query = query.join(Grant, Grant.id == table.grant_id)  # type: ignore[attr-defined]
    return {row[0]: (row[1], int(row[2] or 0)) for row in db.execute(query)}


def _trainings(db: Session, between: Between, language: str) -> tuple[Held, ...]:
    sessions = db.execute(
        select(TrainingSession, Training.titles)
        .join(Training, Training.id == TrainingSession.training_id)
        .where(between.has_day(TrainingSession.starts_on), TrainingSession.cancelled_at.is_(None))
        .order_by(TrainingSession.starts_on, TrainingSession.id)
    ).all()
    seats = db.execute(
        select(TrainingSignUp.session_id, TrainingSignUp.organization_id, TrainingSignUp.attendance)
        .join(TrainingSession, TrainingSession.id == TrainingSignUp.session_id)
        .where(between.has_day(TrainingSession.starts_on), TrainingSignUp.state == SignUpState.SEAT)
    ).all()
    return tuple(
        Held(
            title=titles.get(language) or next(iter(titles.values())),
            starts_on=one.starts_on,
            place=None if one.is_online else one.place or one.province or "–",
            signed_up=sum(row.session_id == one.id for row in seats),
            present=sum(row.session_id == one.id and row.attendance is Attendance.PRESENT for row in seats),
            members=len({row.organization_id for row in seats if row.session_id == one.id}),
        )
        for one, titles in sessions
    )
