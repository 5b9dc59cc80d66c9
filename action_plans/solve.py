"""The planning model for OR-Tools CP-SAT, and its solution stage by stage.

Time-indexed: one Boolean for each candidate and start month. What is reached by the end of a month is the sum of the
starts that have finished by then, so that must-dos, forecast and precedence are all linear in the same variables.
Weights and money are scaled by the least common multiple of their denominators, so the solver sees whole numbers and
its proof holds for the exact problem (see `_Scaled` for the one exception).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, inf, isfinite, lcm, nextafter
from typing import Any

from ortools.sat.python import cp_model

from action_plans.candidates import Candidate, Gap, Problem
from action_plans.model import Limits, Objective, PlanStatus
from action_plans.schedule import Schedule, Starts, due_month
from questionnaires.model import Scale

MAX_COEFFICIENT_SUM = 2**60
"""Above this the solver's 64-bit sums could overflow."""


@dataclass(frozen=True)
class Solution:
    """The best schedule found, whether it is proven best, and for each stage the bound that was proven."""

    schedule: Schedule
    status: PlanStatus
    bound: Objective


def solve(problem: Problem, scales: Mapping[str, Scale], limits: Limits, seconds: float) -> Solution:
    """Least late, then least wait, then largest area, then least effort; `seconds` are for all stages together."""
    return _Stages(problem, scales, limits, time.monotonic() + seconds).run()


class PlanModel:
    """The constraints. `limits.budget` None means no limit; the others can be switched off by name."""

    def __init__(self, problem: Problem, limits: Limits, candidates: Iterable[Candidate] | None = None) -> None:
        self.model = cp_model.CpModel()
        self.months = limits.months
        self.problem = problem
        self.candidates = tuple(problem.candidates if candidates is None else candidates)
        self.start: dict[str, dict[int, Any]] = {}
        self._reached: dict[tuple[str, int], list[Any]] = {}
        for each in self.candidates:
            months = range(1, self.months - each.duration + 2)
            self.start[each.id] = {month: self.model.new_bool_var(f"{each.id}@{month}") for month in months}
            self.model.add_at_most_one(self.start[each.id].values())
        self._precedence()

    def chosen(self, candidate: Candidate) -> Any:
        return sum(self.start[candidate.id].values())

    def finished(self, candidate: Candidate, month: int) -> Any:
        """Whether it has finished by the end of that month."""
        return sum(var for start, var in self.start[candidate.id].items() if start + candidate.duration - 1 <= month)

    def reached(self, gap: Gap, level: int) -> list[Any]:
        """For months 1…H, whether some chosen action has raised the gap to that level or above by its end."""
        key = (gap.criterion, level)
        if key not in self._reached:
            raisers = [each for each in self.candidates if each.raises.get(gap.criterion, gap.rating) >= level]
            self._reached[key] = [self._any_finished(raisers, month, key) for month in range(1, self.months + 1)]
        return self._reached[key]

    def _any_finished(self, raisers: list[Candidate], month: int, key: tuple[str, int]) -> Any:
        if len(raisers) == 1:
            return self.finished(raisers[0], month)
        finished = sum(self.finished(each, month) for each in raisers)
        if isinstance(finished, int):
            return 0
        reached = self.model.new_bool_var(f"{key[0]}>={key[1]}@{month}")
        self.model.add(reached <= finished)
        return reached

    def limit_capacity(self, days: Fraction) -> None:
        rates = {each.id: each.rate for each in self.candidates}
        days = min(days, sum(rates.values(), Fraction(0)))
        scaled = _Scaled([*rates.values(), days])
        for month in range(1, self.months + 1):
            used = [
                scaled.at_least(rates[each.id]) * var
                for each in self.candidates
                for start, var in self.start[each.id].items()
                if start <= month < start + each.duration
            ]
            self.model.add(sum(used) <= scaled.at_most(days))

    def limit_budget(self, money: Fraction) -> None:
        money = min(money, sum((each.cost for each in self.candidates), Fraction(0)))
        scaled = _Scaled([*(each.cost for each in self.candidates), money])
        spent = sum(scaled.at_least(each.cost) * self.chosen(each) for each in self.candidates)
        self.model.add(spent <= scaled.at_most(money))

    def limit_count(self, actions: int) -> None:
        self.model.add(sum(self.chosen(each) for each in self.candidates) <= actions)

    def _precedence(self) -> None:
        """What has begun by a month waited for what had finished by the month before. ("Begins in that month" would
        say the same of whole plans, but less to the solver's linear relaxation.)"""
        by_id = {each.id: each for each in self.candidates}
        for each in self.candidates:
            for before in each.after:
                begun = []
                for start, var in self.start[each.id].items():
                    begun.append(var)
                    self.model.add(sum(begun) <= self.finished(by_id[before], start - 1))


class _Scaled:
    """Rational numbers as whole ones, exact unless their common denominator is beyond what the solver can add up."""

    def __init__(self, numbers: Iterable[Fraction], terms: int = 1) -> None:
        numbers = list(numbers)
        self.factor = lcm(*(number.denominator for number in numbers)) if numbers else 1
        largest = max((abs(number) for number in numbers), default=Fraction(0))
        self.exact = largest * self.factor * max(terms, len(numbers)) <= MAX_COEFFICIENT_SUM
        if not self.exact:
            self.factor = int(MAX_COEFFICIENT_SUM / (largest * max(terms, len(numbers))))

    def of(self, number: Fraction) -> int:
        """Rounded to the nearest where it is not exact; by construction then by less than 2⁻⁴⁰ of the whole."""
        return round(number * self.factor)

    def at_least(self, number: Fraction) -> int:
        """Rounded up where it is not exact: with what is used rounded up and limits down, no plan breaks a limit."""
        return ceil(number * self.factor)

    def at_most(self, number: Fraction) -> int:
        """Rounded down where it is not exact."""
        return floor(number * self.factor)

    def error(self, terms: int) -> Fraction:
        """By how much the sum of that many rounded numbers may be off."""
        return Fraction(0) if self.exact else Fraction(terms, 2 * self.factor)


class _Stages:
    def __init__(self, problem: Problem, scales: Mapping[str, Scale], limits: Limits, deadline: float) -> None:
        self._problem = problem
        self._scales = scales
        self._limits = limits
        self._deadline = deadline
        self._built = PlanModel(problem, limits)
        self._built.limit_capacity(limits.capacity_days)
        if limits.budget is not None:
            self._built.limit_budget(limits.budget)
        self._built.limit_count(limits.max_actions)
        self._best = self._schedule({})
        self._proven = True

    def run(self) -> Solution:
        late, wait = self._late(), self._wait()
        bound = Objective(
            late=self._minimize(late, 0), wait=self._minimize(wait, 0), area=self._area(), effort=self._effort()
        )
        if self._proven:
            bound = self._best.objective
        return Solution(self._best, PlanStatus.OPTIMAL if self._proven else PlanStatus.FEASIBLE, bound)

    def _schedule(self, starts: Starts) -> Schedule:
        return Schedule(self._problem, self._scales, self._limits.months, starts)

    def _late(self) -> Any:
        return sum(
            1 - self._built.reached(gap, level)[due_month(gap, self._limits.months) - 1]
            for gap in self._problem.must_dos
            if (level := gap.repair_level) is not None
        )

    def _wait(self) -> Any:
        """A must-do repaired in month r has not been repaired at the end of r − 1 months; never: at the end of H."""
        months = self._limits.months
        return sum(
            months + 1 - sum(self._built.reached(gap, level))
            for gap in self._problem.must_dos
            if (level := gap.repair_level) is not None
        )

    def _area(self) -> Fraction | None:
        """Maximize the forecast's sum, as the least loss against every gap at its best from the first month on."""
        score, months = self._problem.score, self._limits.months
        if score is None:
            return None
        steps = list(self._steps())
        terms = months * len(steps)
        scaled = _Scaled([gain for gain, _ in steps], terms=terms)
        gained = sum(scaled.of(gain) * sum(reached) for gain, reached in steps)
        lost = self._minimize(-gained, -sum(scaled.of(gain) for gain, _ in steps) * months)
        return score * months + Fraction(-lost, scaled.factor) + scaled.error(terms)

    def _effort(self) -> Fraction:
        candidates = self._problem.candidates
        scaled = _Scaled([each.effort_days for each in candidates])
        spent = sum(scaled.of(each.effort_days) * self._built.chosen(each) for each in candidates)
        return max(Fraction(0), Fraction(self._minimize(spent, 0), scaled.factor) - scaled.error(len(candidates)))

    def _gains(self, gap: Gap) -> Iterable[tuple[Fraction, int]]:
        """What reaching each level that some candidate gives adds to the overall score, lowest first."""
        scale = self._scales[gap.criterion]
        levels = sorted(
            {each.raises[gap.criterion] for each in self._problem.candidates if gap.criterion in each.raises}
        )
        below = gap.rating
        for level in levels:
            yield gap.weight * (scale.score(level) - scale.score(below)), level
            below = level

    def _steps(self) -> Iterable[tuple[Fraction, list[Any]]]:
        for gap in self._problem.gaps.values():
            for gain, level in self._gains(gap):
                yield gain, self._built.reached(gap, level)

    def _minimize(self, expression: Any, lowest: int) -> int:
        """Minimize, keep the best schedule, and fix the value for the stages to come. The bound that was proven;
        `lowest` is one that needs no proof."""
        if isinstance(expression, int):
            return expression
        remaining = self._deadline - time.monotonic()
        if not self._proven or remaining <= 0:
            self._proven = False
            return lowest
        model = self._built.model
        model.clear_hints()  # type: ignore[no-untyped-call]
        for candidate in self._problem.candidates:
            for start, var in self._built.start[candidate.id].items():
                model.add_hint(var, self._best.starts.get(candidate.id) == start)
        model.minimize(expression)
        solver = cp_model.CpSolver()
        configure(solver, remaining)
        status = solver.solve(model)
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            self._proven = False
            return lowest
        found = self._schedule(
            {
                candidate.id: start
                for candidate in self._problem.candidates
                for start, var in self._built.start[candidate.id].items()
                if solver.boolean_value(var)
            }
        )
        if status == cp_model.OPTIMAL:
            # Not `solver.objective_value`, a binary float, which has no room for the large numbers.
            lowest = int(solver.value(expression))
            model.add(expression == lowest)
            self._best = found
            return lowest
        self._proven = False
        if _rank(found.objective) < _rank(self._best.objective):
            self._best = found
        proven = solver.best_objective_bound
        return max(lowest, _below(proven)) if isfinite(proven) else lowest


def _rank(objective: Objective) -> tuple[Any, ...]:
    """The smaller, the better."""
    return objective.late, objective.wait, -(objective.area or 0), objective.effort


def _below(bound: float) -> int:
    """A whole number that is no more than a bound that the solver has rounded to a binary float."""
    return floor(nextafter(bound, -inf)) if abs(bound) >= 2**52 else round(bound)


def configure(solver: cp_model.CpSolver, seconds: float) -> None:
    """The same search for the same model, whatever else the machine is doing, as long as the time suffices."""
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.linearization_level = 2
