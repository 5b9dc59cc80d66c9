"""From a result to a proposed plan, with its reasons in words."""

from __future__ import annotations

import time
from collections.abc import Mapping

from action_plans.candidates import Candidate, Gap, Problem, action_title, state_problem
from action_plans.model import (
    Improvement,
    Limit,
    Limits,
    Objective,
    OpenGap,
    Plan,
    PlannedAction,
    PlanStatus,
)
from action_plans.reasons import why_open, why_planned
from action_plans.schedule import Schedule
from questionnaires.model import ClauseRef, Pack, Scale
from scoring.model import Result

TIME_LIMIT = 10.0
"""Seconds for all stages together."""


def propose(pack: Pack, result: Result, limits: Limits, *, time_limit: float = TIME_LIMIT) -> Plan:
    """The best plan within the limits, by docs/planning.md; texts in the language of `pack`."""
    # The solver takes 60 MB; whoever only reads plans must not pay for it.
    from action_plans.binding import binding_limits
    from action_plans.solve import solve

    deadline = time.monotonic() + time_limit
    problem = state_problem(pack, result)
    scales = _scales(pack, problem)
    solution = solve(problem, scales, limits, time_limit)
    # What binds is looked for even when the stages have used up the time: without it an open must-do has no reason.
    seconds = max(deadline - time.monotonic(), time_limit / 10)
    binding = binding_limits(problem, limits, solution.schedule, seconds)
    return _describe(pack, result, problem, solution.schedule, limits, solution.status, solution.bound, binding)


def reworded(plan: Plan, pack: Pack, result: Result) -> Plan:
    """The same plan with its texts in the language of `pack`, which is a translation of the pack it was made for."""
    problem = state_problem(pack, result)
    first = plan.limits.start
    starts = {action.id: action.start.since(first) + 1 for action in plan.actions}
    schedule = Schedule(problem, _scales(pack, problem), plan.limits.months, starts)
    binding = {gap.criterion: gap.limits for gap in plan.open if gap.must_do}
    return _describe(pack, result, problem, schedule, plan.limits, plan.status, plan.bound, binding)


def _scales(pack: Pack, problem: Problem) -> Mapping[str, Scale]:
    return {name: pack.criterion(name).scale for name in problem.gaps}


def _describe(
    pack: Pack,
    result: Result,
    problem: Problem,
    schedule: Schedule,
    limits: Limits,
    status: PlanStatus,
    bound: Objective,
    binding: Mapping[str, tuple[Limit, ...]],
) -> Plan:
    order = {each.id: position for position, each in enumerate(problem.candidates)}
    chosen = sorted(schedule.chosen, key=lambda each: (schedule.starts[each.id], order[each.id]))
    bound_by = {limit for found in binding.values() for limit in found}
    forecast = schedule.forecast
    return Plan(
        status=status,
        limits=limits,
        objective=schedule.objective,
        bound=bound,
        binding=tuple(limit for limit in Limit if limit in bound_by),
        forecast=None
        if forecast is None
        else tuple((limits.start.plus(position), score) for position, score in enumerate(forecast)),
        actions=tuple(_action(pack, result, problem, schedule, limits, status, each) for each in chosen),
        open=tuple(
            OpenGap(
                criterion=gap.criterion,
                must_do=gap.is_must_do and schedule.repaired_in(gap) is None,
                reason=why_open(problem, schedule, limits, status, gap, binding.get(gap.criterion, ())),
                limits=binding.get(gap.criterion, ()),
            )
            for gap in problem.gaps.values()
            if schedule.rating(gap, limits.months) < gap.target
        ),
    )


def _action(
    pack: Pack,
    result: Result,
    problem: Problem,
    schedule: Schedule,
    limits: Limits,
    status: PlanStatus,
    chosen: Candidate,
) -> PlannedAction:
    start = schedule.starts[chosen.id]
    source = None if chosen.closes else pack.action(chosen.id)
    gaps = [problem.gaps[name] for name in chosen.raises]
    finish = schedule.finish[chosen.id]
    repairs = [gap for gap in gaps if chosen in problem.repairers(gap) and schedule.repaired_in(gap) == finish]
    return PlannedAction(
        id=chosen.id,
        title=str(action_title(pack, chosen.id)),
        start=limits.start.plus(start - 1),
        end=limits.start.plus(start + chosen.duration - 2),
        effort_days=chosen.effort_days,
        cost=chosen.cost,
        owner=source.owner if source else None,
        indicator=source.indicator if source else None,
        improves={gap.criterion: Improvement(gap.rating, chosen.raises[gap.criterion]) for gap in gaps},
        must_do=bool(repairs),
        clauses=_clauses(pack, result, chosen, gaps),
        why=why_planned(pack, problem, schedule, limits, status, chosen, repairs),
        trainings=source.trainings if source else (),
        resources=source.resources if source else (),
    )


def _clauses(pack: Pack, result: Result, chosen: Candidate, gaps: list[Gap]) -> tuple[ClauseRef, ...]:
    """The clauses that apply and that a criterion falls short of today and no longer will, in order of the criteria."""
    found: dict[ClauseRef, None] = {}
    for gap in gaps:
        scale = pack.criterion(gap.criterion).scale
        for ref in result.criteria[gap.criterion].clauses:
            threshold = pack.met_from(ref)
            if scale.score(gap.rating) < threshold <= scale.score(chosen.raises[gap.criterion]):
                found[ref] = None
    return tuple(found)
