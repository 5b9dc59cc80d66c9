"""What the actions that people decided on are expected to make of the overall score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from action_plans import Effect, Month, forecast
from charter.database.plans import Action, ActionStatus, Decision, Plan
from charter.services.plan_limits import limits_of
from questionnaires import Pack
from scoring import Result

MOST_MONTHS = 60
"""An action that ends later than that changes nothing in the forecast any more."""


@dataclass(frozen=True)
class Outlook:
    """The overall score today, then at the end of each month."""

    today: Fraction
    months: tuple[tuple[Month, Fraction], ...]

    @property
    def end(self) -> Fraction:
        return self.months[-1][1]


def outlook(
    pack: Pack, result: Result, plan: Plan, actions: Sequence[Action], *, with_undecided: bool = False
) -> Outlook | None:
    """With every action that is acted on and was not dropped, done when it is due; None without a score."""
    chosen = [each for each in actions if counts(each) or (with_undecided and each.decision is Decision.OPEN)]
    limits = limits_of(plan.limits)
    last = max((month_of(action.due_on) for action in chosen), default=limits.start)
    months = min(max(limits.months, last.since(limits.start) + 1), MOST_MONTHS)
    effects = [Effect(month_of(action.due_on), _expected(action.improves)) for action in chosen]
    found = forecast(pack, result, effects, start=limits.start, months=months)
    if found is None or result.overall.score is None:
        return None
    return Outlook(result.overall.score, found)


def counts(action: Action) -> bool:
    """Whether something is expected of it: people act on it, and have not dropped it."""
    return action.decision is Decision.ACT and action.status is not ActionStatus.DROPPED


def month_of(day: date) -> Month:
    return Month(day.year, day.month)


def _expected(improves: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(change["to"]) for name, change in improves.items()}
