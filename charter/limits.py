"""The limits of a plan as people type them."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from action_plans.model import Limits, Month
from charter.console import InputProblem

MOST = 1_000_000_000


def read_limits(
    *,
    start: str | None,
    months: int,
    capacity_days: str,
    budget: str | None,
    max_actions: int,
) -> Limits:
    """Limits for the planner; without a start, from next month on. InputProblem names all that is wrong."""
    problems: list[str] = []
    today = date.today()  # nosemgrep: time-without-a-zone - of the machine at which the command is given
    first = Month(today.year, today.month).plus(1)
    if start is not None:
        try:
            first = Month.parse(start)
        except ValueError as error:
            problems.append(f"--start: {error}")
    days = _number("--capacity-days", capacity_days, problems)
    money = None if budget is None else _number("--budget", budget, problems)
    if problems:
        raise InputProblem(problems, exit_code=2)
    return Limits(start=first, months=months, capacity_days=days, budget=money, max_actions=max_actions)


def _number(option: str, text: str, problems: list[str]) -> Fraction:
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,6})?", text) or Fraction(text) > MOST:
        problems.append(f"{option}: {text!r} is not a number from 0 to {MOST:,}, such as 8 or 7.5")
        return Fraction(0)
    return Fraction(text)
