"""A plan beside a later assessment: what was done, and what really changed. Two things, and two numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from action_plans import Moved, Movement, expected_of_all, measure
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle
from charter.database.packs import PublishedPack
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState
from charter.services.action_states import OPEN
from charter.services.assessments import result_of
from charter.services.plan_titles import shown_title
from questionnaires import Pack
from questionnaires.message import Message
from questionnaires.model import Level
from scoring import Result


@dataclass(frozen=True)
class CriterionChange:
    """One criterion in the reader's language; levels are None where it had no rating."""

    id: str
    title: str
    then: Level | None
    expected: Level | None
    now: Level | None
    movement: Movement


@dataclass(frozen=True)
class ActionChange:
    """One action: how it ended, and beside it its criteria. `successor` goes on with it in a later plan."""

    action: Action
    title: Message
    criteria: tuple[CriterionChange, ...]
    successor: Action | None


@dataclass(frozen=True)
class PlanChange:
    """`work` counts actions by status, `change` counts criteria by movement, each criterion once."""

    later: Assessment
    actions: tuple[ActionChange, ...]
    work: Mapping[ActionStatus, int]
    change: Mapping[Movement, int]
    then: Fraction | None
    """The overall score (0–1) of the plan's assessment."""
    now: Fraction | None
    """That of the later one."""

    @property
    def done(self) -> int:
        """Actions that are done, verified or not yet."""
        return self.work.get(ActionStatus.DONE, 0) + self.work.get(ActionStatus.VERIFIED, 0)

    @property
    def open(self) -> int:
        return sum(self.work.get(each, 0) for each in OPEN)

    @property
    def criteria(self) -> int:
        """How many the actions were to raise."""
        return sum(self.change.values())

    @property
    def movements(self) -> tuple[tuple[Movement, int], ...]:
        """How many criteria moved how; only what there is."""
        return tuple((each, self.change[each]) for each in Movement if self.change.get(each))

    @property
    def rose(self) -> int:
        """Criteria whose rating rose, as far as expected or not."""
        return self.change.get(Movement.REACHED, 0) + self.change.get(Movement.ROSE, 0)


def later_assessments(db: Session, assessment: Assessment) -> list[Assessment]:
    """Closed ones of the same organization with the same questionnaire, whatever its version, after it; next first."""
    opens_on = assessment.cycle.opens_on
    return list(
        db.scalars(
            select(Assessment)
            .join(Assessment.cycle)
            .join(Assessment.published_pack)
            .where(
                Assessment.organization_id == assessment.organization_id,
                Assessment.state == AssessmentState.CLOSED,
                PublishedPack.pack == assessment.published_pack.pack,
                or_(Cycle.opens_on > opens_on, and_(Cycle.opens_on == opens_on, Assessment.id > assessment.id)),
            )
            .options(
                joinedload(Assessment.organization),
                joinedload(Assessment.cycle),
                joinedload(Assessment.published_pack),
            )
            .order_by(Cycle.opens_on, Assessment.id)
        )
    )


def plan_change(db: Session, plan: Plan, later: Assessment, *, language: str) -> PlanChange:
    """The plan beside that assessment; the number of statements does not grow with the actions."""
    before, after = _scored(db, plan.assessment), _scored(db, later)
    shown = _in_language(before[0], language), _in_language(after[0], language)
    actions = _acted_on(db, plan)
    successors = _successors(db, [action.id for action in actions])
    found = tuple(
        ActionChange(
            action,
            shown_title(action, before[0], shown[0]),
            tuple(_shown(each, shown) for each in measure(before, after, _expected(action))),
            successors.get(action.id),
        )
        for action in actions
    )
    whole = measure(before, after, expected_of_all(_expected(action) for action in actions))
    return PlanChange(
        later=later,
        actions=found,
        work=Counter(action.status for action in actions),
        change=Counter(each.movement for each in whole),
        then=before[1].overall.score,
        now=after[1].overall.score,
    )


def _scored(db: Session, assessment: Assessment) -> tuple[Pack, Result]:
    pack, _answers, result = result_of(db, assessment)
    return pack, result


def _in_language(pack: Pack, language: str) -> Pack:
    return pack.translated(language) if language in pack.languages else pack


def _acted_on(db: Session, plan: Plan) -> Sequence[Action]:
    if plan.state is PlanState.DRAFT:
        return ()
    return db.scalars(
        select(Action)
        .where(Action.plan_id == plan.id, Action.decision == Decision.ACT)
        .order_by(Action.must_do.desc(), Action.due_on, Action.id)
    ).all()


def _successors(db: Session, ids: Sequence[int]) -> dict[int, Action]:
    """By action, the one that goes on with it; of several the latest."""
    found = db.scalars(
        select(Action).where(Action.carried_from_id.in_(ids)).options(joinedload(Action.plan)).order_by(Action.id)
    )
    return {action.carried_from_id: action for action in found if action.carried_from_id is not None}


def _expected(action: Action) -> dict[str, int]:
    changes: Mapping[str, Any] = action.improves
    return {name: int(change["to"]) for name, change in changes.items()}


def _shown(moved: Moved, shown: tuple[Pack, Pack]) -> CriterionChange:
    """Named as it is now, or as it was where it is asked no more."""
    before = shown[0].criterion(moved.criterion)
    now = shown[1].criterion(moved.later) if moved.later is not None else None
    criterion = now or before
    return CriterionChange(
        id=criterion.id,
        title=criterion.title,
        then=before.scale.level(moved.then) if moved.then is not None else None,
        expected=before.scale.level(moved.expected) if moved.expected in before.scale else None,
        now=now.scale.level(moved.now) if now is not None and moved.now is not None else None,
        movement=moved.movement,
    )
