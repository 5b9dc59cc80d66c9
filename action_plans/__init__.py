"""Gaps in, proposed Improvement Action Plan out; people decide what becomes of it."""

from action_plans.candidates import action_title
from action_plans.model import Limits, Month, Plan
from action_plans.propose import propose, reworded
from action_plans.writing import plan_json

__all__ = ["Limits", "Month", "Plan", "action_title", "plan_json", "propose", "reworded"]
