"""What goes on from one plan to the next: actions that are still open, offered again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from action_plans.candidates import Gap, state_problem
from charter.clock import now
from charter.database.plans import Action, ActionSource, ActionStatus, Decision, Plan, PlanState
from charter.services.action_states import OPEN
from charter.services.assessments import result_of
from questionnaires import Pack


def carry_over(db: Session, plan: Plan, earlier: Sequence[Plan], *, today: date) -> list[Action]:
    """Open actions of the last committed plan before this one, as suggestions of this one.

    What is overdue begins today and keeps its length. Criteria that the questionnaire no longer has are left out.
    """
    before = next((each for each in earlier if each.state is PlanState.COMMITTED), None)
    if before is None:
        return []
    open_actions = db.scalars(
        select(Action)
        .where(Action.plan_id == before.id, Action.decision == Decision.ACT, Action.status.in_(OPEN))
        .options(joinedload(Action.owner), selectinload(Action.supporters))
        .order_by(Action.id)
    ).all()
    pack, _answers, result = result_of(db, plan.assessment)
    gaps = state_problem(pack, result).gaps
    ratings = {name: each.rating for name, each in result.criteria.items() if each.rating is not None}
    carried = [_copy(action, plan, pack, ratings, gaps, today) for action in open_actions]
    db.add_all(carried)
    db.flush()
    return carried


def repairs_must_do(improves: Mapping[str, Any], gaps: Iterable[Gap]) -> bool:
    """Whether these improvements repair a must-do of a result."""
    return any(
        gap.repair_level is not None and improves.get(gap.criterion, {}).get("to", gap.rating) >= gap.repair_level
        for gap in gaps
    )


def _copy(
    action: Action, plan: Plan, pack: Pack, ratings: Mapping[str, int], gaps: Mapping[str, Gap], today: date
) -> Action:
    improves = {
        name: {"from": ratings[name], "to": change["to"]}
        for name, change in action.improves.items()
        if name in ratings and pack.has_criterion(name) and change["to"] in pack.criterion(name).scale
    }
    late = today - action.starts_on if action.due_on < today else None
    known = {each.id for each in pack.actions}
    moment = now()
    return Action(
        plan_id=plan.id,
        organization_id=plan.organization_id,
        source=ActionSource.CARRIED_OVER,
        pack_action=action.pack_action if action.pack_action in known else None,
        title=action.title,
        description=action.description,
        decision=Decision.OPEN,
        must_do=repairs_must_do(improves, gaps.values()),
        improves=improves,
        clauses=action.clauses,
        starts_on=action.starts_on + late if late else action.starts_on,
        due_on=action.due_on + late if late else action.due_on,
        effort_days=action.effort_days,
        owner_id=action.owner_id,
        owner_text=action.owner_text,
        supporters=list(action.supporters),
        status=ActionStatus.NOT_STARTED if action.percent == 0 else ActionStatus.IN_PROGRESS,
        percent=action.percent,
        cost_planned=action.cost_planned,
        cost_spent=None,
        funding=action.funding,
        help_needed=action.help_needed,
        indicator=action.indicator,
        baseline=action.baseline,
        target=action.target,
        carried_from_id=action.id,
        created_at=moment,
        updated_at=moment,
    )
