"""Which limits keep a must-do open, and whether an action fits into them at all.

A set of limits *releases* an open must-do if, without them, a plan could repair it as well as every must-do that the
plan at hand repairs, each no later than now. The limits that bind are those in the smallest releasing sets: usually
single limits, each of which would be enough to loosen.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from ortools.sat.python import cp_model

from action_plans.candidates import Candidate, Gap, Problem
from action_plans.model import Limit, Limits
from action_plans.schedule import Schedule
from action_plans.solve import PlanModel, configure

MOST_MONTHS = 120
"""As far as the horizon is stretched to see whether time is what is missing."""

SECONDS_TO_FIT = 0.5
"""For finding out whether one action fits; usually it takes a hundredth of that."""


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


def fits(problem: Problem, limits: Limits, candidate: Candidate) -> bool:
    """Whether any plan within the limits holds this action, with all that must come before it. True as well where that
    is too hard to find out."""
    model = _model(problem, limits, _with_all_before(problem, [candidate]), without=())
    model.model.add(model.chosen(candidate) == 1)
    return bool(_solved(model, SECONDS_TO_FIT) != cp_model.INFEASIBLE)


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
    without: Collection[Limit],
    deadline: float,
) -> bool:
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        return False
    concerned = [*(problem.gaps[name] for name in repaired), gap]
    candidates = _with_all_before(problem, [each for one in concerned for each in problem.repairers(one)])
    if Limit.MONTHS in without:
        stretched = min(limits.months + sum(each.duration for each in candidates), MOST_MONTHS)
        limits = replace(limits, months=max(limits.months, stretched))
    model = _model(problem, limits, candidates, without)
    for name, month in repaired.items():
        _require(model, problem.gaps[name], month)
    _require(model, gap, limits.months)
    return _solved(model, remaining) in (cp_model.OPTIMAL, cp_model.FEASIBLE)


def _model(problem: Problem, limits: Limits, candidates: Iterable[Candidate], without: Collection[Limit]) -> PlanModel:
    model = PlanModel(problem, limits, candidates)
    if Limit.CAPACITY_DAYS not in without:
        model.limit_capacity(limits.capacity_days)
    if Limit.BUDGET not in without and limits.budget is not None:
        model.limit_budget(limits.budget)
    if Limit.MAX_ACTIONS not in without:
        model.limit_count(limits.max_actions)
    return model


def _solved(model: PlanModel, seconds: float) -> Any:
    solver = cp_model.CpSolver()
    configure(solver, seconds)
    return solver.solve(model.model)


def _require(model: PlanModel, gap: Gap, month: int) -> None:
    if gap.repair_level is not None:
        model.model.add(model.reached(gap, gap.repair_level)[month - 1] >= 1)


def _with_all_before(problem: Problem, wanted: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """These candidates and all that must come before them."""
    by_id = {each.id: each for each in problem.candidates}
    found = {each.id for each in wanted}
    waiting = list(found)
    while waiting:
        for name in by_id[waiting.pop()].after:
            if name not in found:
                found.add(name)
                waiting.append(name)
    return tuple(each for each in problem.candidates if each.id in found)
