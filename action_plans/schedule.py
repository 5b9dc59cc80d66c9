"""A choice of start months, and what follows from it: exact, and independent of the solver that found it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cached_property

from action_plans.candidates import Candidate, Gap, Problem
from action_plans.model import Objective
from questionnaires.model import Scale

Starts = Mapping[str, int]
"""Candidate id → the month in which it starts, counted from 1; candidates that are not chosen are absent."""


class Schedule:
    """`scales` gives the scale of every gap criterion; `months` is the horizon."""

    def __init__(self, problem: Problem, scales: Mapping[str, Scale], months: int, starts: Starts) -> None:
        self._problem = problem
        self._scales = scales
        self._months = months
        self.starts = starts
        self.chosen = tuple(each for each in problem.candidates if each.id in starts)
        self.finish = {each.id: starts[each.id] + each.duration - 1 for each in self.chosen}

    def with_start(self, chosen: Candidate, month: int) -> Schedule:
        """The same schedule but for one action, which starts in that month."""
        return Schedule(self._problem, self._scales, self._months, {**self.starts, chosen.id: month})

    def rating(self, gap: Gap, month: int) -> int:
        """The rating to expect at the end of that month; month 0 is today."""
        raised = (
            each.raises[gap.criterion]
            for each in self.chosen
            if gap.criterion in each.raises and self.finish[each.id] <= month
        )
        return max(gap.rating, max(raised, default=gap.rating))

    def repaired_in(self, gap: Gap) -> int | None:
        """The month in which a must-do is repaired; None if the plan leaves it open."""
        finishes = [self.finish[each.id] for each in self._problem.repairers(gap) if each.id in self.finish]
        return min(finishes, default=None)

    @cached_property
    def forecast(self) -> tuple[Fraction, ...] | None:
        """The overall score at the end of months 1…H; None where there is no score."""
        if self._problem.score is None:
            return None
        return tuple(self._score(self._problem.score, month) for month in range(1, self._months + 1))

    def _score(self, today: Fraction, month: int) -> Fraction:
        return today + sum(
            (
                gap.weight * (scale.score(self.rating(gap, month)) - scale.score(gap.rating))
                for name, gap in self._problem.gaps.items()
                for scale in (self._scales[name],)
            ),
            Fraction(0),
        )

    @cached_property
    def objective(self) -> Objective:
        """The four stages of this schedule."""
        repaired = [(gap, self.repaired_in(gap)) for gap in self._problem.must_dos]
        return Objective(
            late=sum(1 for gap, month in repaired if month is None or month > due_month(gap, self._months)),
            wait=sum(self._months + 1 if month is None else month for _, month in repaired),
            area=None if self.forecast is None else sum(self.forecast, Fraction(0)),
            effort=sum((each.effort_days for each in self.chosen), Fraction(0)),
        )


def due_month(gap: Gap, months: int) -> int:
    """The month by whose end a must-do is late: its deadline or the horizon, whichever comes first."""
    return months if gap.deadline is None else min(gap.deadline, months)
