"""Planning for each example: seconds to the proven optimum, or what is proven when the time is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from action_plans import Limits, Month, Plan, propose
from action_plans.candidates import state_problem
from action_plans.model import PlanStatus
from bench.measure import Goal, Section, Timing, on_the_clock
from bench.subjects import EXAMPLES, PACK, START
from questionnaires import Pack, load_pack
from scoring import read_answers, score
from scoring.model import Result
from scoring.writing import rounded

RUNS = 5
MOST_SECONDS = 10.0
LIMITS = Limits(Month.parse(START))
WIDER = replace(LIMITS, months=24, max_actions=30)
_HEADER: tuple[str, ...] = (
    "example",
    "gaps",
    "must-dos",
    "candidates",
    "median, s",
    "spread, s",
    "status",
    "late",
    "wait",
    "area",
)
_HEADER += ("effort", "bound of the area", "gap")


def planned() -> Section:
    section = Section(
        "Planning with the default limits",
        "On the clock, all four stages, one worker, at most 10 s: the Charter pack, 12 months, 10 days a month, "
        "12 actions, no budget. The gap is between the area found and the greatest that is not excluded.",
        _HEADER,
    )
    plans = _measure(section, LIMITS, sorted(EXAMPLES.glob("*.json")))
    slowest = max(timing.median for _, timing in plans)
    proven = sum(plan.status is PlanStatus.OPTIMAL for plan, _ in plans)
    section.goals.append(
        Goal(
            f"the optimum is proven for every example within {MOST_SECONDS:g} s",
            f"{proven} of {len(plans)}, the slowest in {slowest:.2f} s",
            proven == len(plans) and slowest <= MOST_SECONDS,
        )
    )
    return section


def wider() -> Section:
    section = Section(
        "Planning with wider limits",
        "The same with 24 months and 30 actions, which is more than most organizations will carry.",
        _HEADER,
    )
    plans = _measure(section, WIDER, sorted(EXAMPLES.glob("*.json")))
    largest = max(_gap(plan) for plan, _ in plans)
    section.goals.append(
        Goal("where the optimum is not proven, the gap is under 1 %", f"at most {largest:.2%}", largest < 0.01)
    )
    return section


def _measure(section: Section, limits: Limits, examples: list[Path]) -> list[tuple[Plan, Timing]]:
    pack = load_pack(PACK)
    found = []
    for example in examples:
        result = score(pack, read_answers(example.read_bytes(), pack))
        plan, timing = _one(pack, result, limits)
        found.append((plan, timing))
        problem = state_problem(pack, result)
        objective = plan.objective
        section.rows.append(
            (
                example.stem,
                str(len(problem.gaps)),
                str(len(problem.must_dos)),
                str(len(problem.candidates)),
                f"{timing.median:.2f}",
                f"{min(timing.runs):.2f} – {max(timing.runs):.2f}",
                plan.status.value,
                str(objective.late),
                str(objective.wait),
                f"{rounded(objective.area)}",
                f"{rounded(objective.effort):g}",
                f"{rounded(plan.bound.area)}",
                f"{_gap(plan):.2%}",
            )
        )
    return found


def _one(pack: Pack, result: Result, limits: Limits) -> tuple[Plan, Timing]:
    plans: list[Plan] = []
    timings = on_the_clock({"": lambda: plans.append(propose(pack, result, limits))}, runs=RUNS, warm=False)
    return plans[-1], timings[""]


def _gap(plan: Plan) -> float:
    area, bound = plan.objective.area, plan.bound.area
    return 0.0 if not area or bound is None else float((bound - area) / area)
