"""What a plan is made within, and what it says. Money and days are exact; months are whole calendar months."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from questionnaires.message import Message
from questionnaires.model import ClauseRef

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; `str()` gives `YYYY-MM`."""

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Month:
        """Read `YYYY-MM`; ValueError for anything else."""
        match = _MONTH.fullmatch(text)
        if match is None or match[1] == "0000":
            raise ValueError(f"{text!r} is not a month: write it as YYYY-MM, for example 2027-01")
        return cls(int(match[1]), int(match[2]))

    def plus(self, months: int) -> Month:
        """The month that many months later."""
        years, number = divmod(self.number - 1 + months, 12)
        return Month(self.year + years, number + 1)

    def since(self, earlier: Month) -> int:
        """How many months later than `earlier` this one is."""
        return (self.year - earlier.year) * 12 + self.number - earlier.number

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the organization can carry. `capacity_days` is days of work a month for all actions together."""

    start: Month
    months: int = 12
    capacity_days: Fraction = Fraction(10)
    budget: Fraction | None = None
    max_actions: int = 12


class PlanStatus(enum.StrEnum):
    """Whether the plan is proven best, or the best that was found in time."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"


class Limit(enum.StrEnum):
    """The limits that can keep a must-do open."""

    MONTHS = "months"
    CAPACITY_DAYS = "capacity_days"
    BUDGET = "budget"
    MAX_ACTIONS = "max_actions"


@dataclass(frozen=True, slots=True)
class Objective:
    """The four stages in their order; `area` is None where there is no score."""

    late: int
    wait: int
    area: Fraction | None
    effort: Fraction


@dataclass(frozen=True, slots=True)
class Improvement:
    """Today's rating of a criterion and the one to expect once the action is done."""

    today: int
    expected: int


@dataclass(frozen=True)
class PlannedAction:
    """One action with its months (both included), and why it is there."""

    id: str
    title: str
    start: Month
    end: Month
    effort_days: Fraction
    cost: Fraction
    owner: str | None
    indicator: str | None
    improves: Mapping[str, Improvement]
    must_do: bool
    clauses: tuple[ClauseRef, ...]
    why: Message
    trainings: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenGap:
    """A gap criterion that the plan leaves below its target. `must_do`: and as a must-do not repaired, which then is
    what `limits` keep from happening."""

    criterion: str
    must_do: bool
    reason: Message
    limits: tuple[Limit, ...] = ()


@dataclass(frozen=True)
class Plan:
    """A proposed Improvement Action Plan. `actions` are in order of start, then of the pack.

    `forecast` is the overall score at the end of each month; None where there is no score.
    """

    status: PlanStatus
    limits: Limits
    objective: Objective
    bound: Objective
    binding: tuple[Limit, ...]
    forecast: tuple[tuple[Month, Fraction], ...] | None
    actions: tuple[PlannedAction, ...]
    open: tuple[OpenGap, ...] = field(default=())
