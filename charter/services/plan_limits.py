"""The limits of a plan: checked as they were typed, and as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from action_plans.model import Limits, Month
from charter.services.errors import Invalid
from questionnaires.message import Message, message

MOST_MONTHS = 36
MOST_DAYS = 1_000
MOST_MONEY = 20_000_000
MOST_ACTIONS = 60
FARTHEST_START = 12
"""So many months from now a plan may begin at the latest."""


def default_limits(today: date) -> Limits:
    """From next month on, with the planner's own defaults."""
    return Limits(start=Month(today.year, today.month).plus(1))


def start_months(today: date) -> list[Month]:
    """The months in which a plan may begin: this one, and those of the next year."""
    first = Month(today.year, today.month)
    return [first.plus(number) for number in range(FARTHEST_START + 1)]


def read_limits(
    *, start: str, months: int | None, capacity_days: str, budget: str, max_actions: int | None, today: date
) -> Limits:
    """Limits from what was typed; an empty budget is no limit. Invalid names every field that is wrong."""
    problems: dict[str, Message] = {}
    first = _start(start, today, problems)
    if months is None or not 1 <= months <= MOST_MONTHS:
        problems["months"] = message("Please give a whole number of months from 1 to {most}.", most=MOST_MONTHS)
    if max_actions is None or not 1 <= max_actions <= MOST_ACTIONS:
        problems["max_actions"] = message("Please give a whole number from 1 to {most}.", most=MOST_ACTIONS)
    days = amount(capacity_days, MOST_DAYS)
    if not days:
        problems["capacity_days"] = message("Please give a number of days above 0, {most} at most.", most=MOST_DAYS)
    money = None
    if budget.strip():
        money = amount(budget, MOST_MONEY)
        if money is None:
            problems["budget"] = message(
                "Please give an amount from 0 to {most}, or leave it empty for no limit.", most=MOST_MONEY
            )
    if problems or first is None or months is None or max_actions is None or days is None:
        raise Invalid(problems)
    return Limits(start=first, months=months, capacity_days=days, budget=money, max_actions=max_actions)


def amount(typed: str, most: int) -> Fraction | None:
    """A number from 0 to `most` with two decimals at most, a comma also as decimal sign; None for anything else."""
    try:
        value = Decimal(typed.strip().replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None
    if not value.is_finite() or not 0 <= value <= most or value != value.quantize(Decimal("0.01")):
        return None
    return Fraction(value)


def limits_json(limits: Limits) -> dict[str, Any]:
    """As `plan.limits` keeps them: days and money as exact text."""
    return {
        "start": str(limits.start),
        "months": limits.months,
        "capacity_days": str(limits.capacity_days),
        "budget": None if limits.budget is None else str(limits.budget),
        "max_actions": limits.max_actions,
    }


def limits_of(stored: Mapping[str, Any]) -> Limits:
    """The limits that were stored."""
    return Limits(
        start=Month.parse(stored["start"]),
        months=stored["months"],
        capacity_days=Fraction(stored["capacity_days"]),
        budget=None if stored["budget"] is None else Fraction(stored["budget"]),
        max_actions=stored["max_actions"],
    )


def _start(typed: str, today: date, problems: dict[str, Message]) -> Month | None:
    try:
        first = Month.parse(typed)
    except ValueError:
        first = None
    if first not in start_months(today):
        problems["start"] = message("Please choose one of the months.")
        return None
    return first
