"""A plan as JSON; numbers rounded as all scores are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from action_plans.model import Objective, Plan, PlannedAction
from scoring.writing import rounded


def plan_json(plan: Plan) -> dict[str, Any]:
    """The plan as values that `json.dumps` takes, by docs/planning.md; texts in the language it was made in."""
    forecast = plan.forecast
    return {
        "status": plan.status.value,
        "objective": _objective(plan.objective),
        "bound": _objective(plan.bound),
        "binding": [limit.value for limit in plan.binding],
        "forecast": None
        if forecast is None
        else [{"month": str(month), "score": rounded(score)} for month, score in forecast],
        "actions": [_action(action) for action in plan.actions],
        "open": [{"criterion": gap.criterion, "reason": str(gap.reason)} for gap in plan.open],
    }


def _objective(objective: Objective) -> dict[str, Any]:
    return {
        "late": objective.late,
        "wait": objective.wait,
        "area": rounded(objective.area),
        "effort": _number(objective.effort),
    }


def _action(action: PlannedAction) -> dict[str, Any]:
    return {
        "id": action.id,
        "title": action.title,
        "start": str(action.start),
        "end": str(action.end),
        "effort_days": _number(action.effort_days),
        "cost": _number(action.cost),
        "owner": action.owner,
        "indicator": action.indicator,
        "improves": {
            name: {"from": improvement.today, "to": improvement.expected}
            for name, improvement in action.improves.items()
        },
        "must_do": action.must_do,
        "clauses": [str(ref) for ref in action.clauses],
        "why": str(action.why),
    }


def _number(exact: Fraction) -> float | int | None:
    return int(exact) if exact.denominator == 1 else rounded(exact)
