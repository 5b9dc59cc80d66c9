"""Gaps in, proposed Improvement Action Plan out; people decide what becomes of it."""

from action_plans.candidates import action_title
from action_plans.forecast import Effect, forecast
from action_plans.measure import Moved, Movement, expected_of_all, measure
from action_plans.model import Limits, Month, Plan
from action_plans.propose import propose, reworded
from action_plans.writing import plan_json

__all__ = [
    "Effect",
    "Limits",
    "Month",
    "Moved",
    "Movement",
    "Plan",
    "action_title",
    "expected_of_all",
    "forecast",
    "measure",
    "plan_json",
    "propose",
    "reworded",
]
