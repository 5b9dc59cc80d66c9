"""Which limits keep a must-do open.

A set of limits *releases* an open must-do if, without them, a plan could repair it as well as every must-do that the
plan at hand repairs, each no later than now. The limits that bind are those in the smallest releasing sets: usually
single limits, each of which would be enough to loosen.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from ortools.sat.python import cp_model

from action_plans.candidates import Candidate, Gap, Problem
from action_plans.model import Limit, Limits
from action_plans.schedule import Schedule
from action_plans.solve import PlanModel, configure

MOST_MONTHS = 120
"""As far as the horizon is stretched to see whether time is what is missing."""


def binding_limits(
    problem: Problem, limits: Limits, schedule: Schedule, seconds: float
) -> Mapping[str, tuple[Limit, ...]]:
    """For every must-do that the schedule leaves open, by criterion id, the limits that keep it open.

    Empty for one of which that could not be found out in time.
    """
    deadline = time.monotonic() + seconds
    repaired = {gap.criterion: month for gap in problem.must_dos if (month := schedule.repaired_in(gap)) is not None}
    return {
        gap.criterion: _binding(problem, limits, repaired, gap, deadline)
        for gap in problem.must_dos
        if gap.criterion not in repaired
    }


def _binding(
    problem: Problem, limits: Limits, repaired: Mapping[str, int], gap: Gap, deadline: float
) -> tuple[Limit, ...]:
    present = [limit for limit in Limit if limit is not Limit.BUDGET or limits.budget is not None]
    for size in range(1, len(present) + 1):
        releasing = [
            without
            for without in combinations(present, size)
            if _releases(problem, limits, repaired, gap, without, deadline)
        ]
        if releasing:
            return tuple(limit for limit in present if any(limit in without for without in releasing))
    return ()


def _releases(
    problem: Problem,
    limits: Limits,
    repaired: Mapping[str, int],
    gap: Gap,
    without: Iterable[Limit],
    deadline: float,
) -> bool:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        return False
    concerned = [*(problem.gaps[name] for name in repaired), gap]
    candidates = _closure(problem, concerned)
    months = limits.months
    if Limit.MONTHS in without:
        months = max(months, min(months + sum(each.duration for each in candidates), MOST_MONTHS))
    model = PlanModel(problem, replace(limits, months=months), candidates)
    if Limit.CAPACITY_DAYS not in without:
        model.limit_capacity(limits.capacity_days)
    if Limit.BUDGET not in without and limits.budget is not None:
        model.limit_budget(limits.budget)
    if Limit.MAX_ACTIONS not in without:
        model.limit_count(limits.max_actions)
    for name, month in repaired.items():
        _require(model, problem.gaps[name], month)
    _require(model, gap, months)
    solver = cp_model.CpSolver()
    configure(solver, remaining)
    return solver.solve(model.model) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def _require(model: PlanModel, gap: Gap, month: int) -> None:
    if gap.repair_level is not None:
        model.model.add(model.reached(gap, gap.repair_level)[month - 1] >= 1)


def _closure(problem: Problem, gaps: Iterable[Gap]) -> tuple[Candidate, ...]:
    """The candidates that repair one of the gaps, and all that must come before them."""
    by_id = {each.id: each for each in problem.candidates}
    wanted = {each.id for gap in gaps for each in problem.repairers(gap)}
    waiting = list(wanted)
    while waiting:
        for name in by_id[waiting.pop()].after:
            if name not in wanted:
                wanted.add(name)
                waiting.append(name)
    return tuple(each for each in problem.candidates if each.id in wanted)
