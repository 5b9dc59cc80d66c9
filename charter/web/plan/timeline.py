"""Where the actions of a list lie along time; drawn by the template."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from charter.database.plans import Action
from charter.services.action_lists import Row, quarter_of


@dataclass(frozen=True)
class Bar:
    """Where an action lies on the axis, in percent of its length; `done` is the part that is done."""

    x: float
    width: float
    done: float


@dataclass(frozen=True)
class Axis:
    """Whole quarters, from the first that begins something to the last in which something is due."""

    first: tuple[int, int]
    quarters: tuple[tuple[int, int], ...]

    def place(self, day: date, *, end: bool = False) -> float:
        """In percent; months are equally long. `end`: of the end of that day."""
        months = (day.year - self.first[0]) * 12 + day.month - (3 * self.first[1] - 2)
        length = calendar.monthrange(day.year, day.month)[1]
        return round((months + (day.day - (not end)) / length) / (3 * len(self.quarters)) * 100, 2)

    def bar(self, action: Action) -> Bar:
        start = self.place(action.starts_on)
        width = round(self.place(action.due_on, end=True) - start, 2)
        done = action.progress
        return Bar(start, width, round(width * done / 100, 2))

    def marks(self, day: date) -> bool:
        """Whether that day lies on it."""
        return self.quarters[0] <= quarter_of(day) <= self.quarters[-1]


def axis_of(rows: Sequence[Row]) -> Axis | None:
    """The axis of these actions; None where there is none."""
    if not rows:
        return None
    current = first = quarter_of(min(row.action.starts_on for row in rows))
    last = quarter_of(max(row.action.due_on for row in rows))
    quarters = [first]
    while current < last:
        current = (current[0] + current[1] // 4, current[1] % 4 + 1)
        quarters.append(current)
    return Axis(first, tuple(quarters))
