"""The planner against a second one that tries every plan (`brute_force`), on hundreds of small random cases."""

from pathlib import Path

import pytest

from action_plans import Plan
from action_plans.candidates import state_problem
from action_plans.model import PlanStatus
from tests.unit.action_plans.brute_force import Case
from tests.unit.action_plans.made_up import START, Loaded, load, random_case, starts_of

CASES = 300
BATCH = 20


@pytest.mark.parametrize("first", range(0, CASES, BATCH))
def test_the_plan_is_the_best_there_is(first: int, tmp_path: Path) -> None:
    for seed in range(first, first + BATCH):
        case = random_case(seed)
        loaded = load(case, tmp_path / str(seed))
        plan = loaded.plan()
        the_candidates_are_those_of_the_specification(case, loaded)
        the_plan_obeys_every_limit(case, plan)
        it_says_of_itself_what_is_so(case, plan)
        assert plan.status is PlanStatus.OPTIMAL, seed
        assert plan.objective == plan.bound, seed
        found = (plan.objective.late, plan.objective.wait, plan.objective.area, plan.objective.effort)
        assert found == tuple(case.best()), seed


def the_candidates_are_those_of_the_specification(case: Case, loaded: Loaded) -> None:
    problem = state_problem(loaded.pack, loaded.result)
    assert {name: gap.target for name, gap in problem.gaps.items()} == case.gaps
    must_dos = {gap.criterion: (gap.repair_level, gap.deadline) for gap in problem.must_dos}
    assert must_dos == {name: tuple(must_do) for name, must_do in case.must_dos.items()}
    assert [each.id for each in problem.candidates] == list(case.candidates)
    for each in problem.candidates:
        expected = case.candidates[each.id]
        described = (each.effort_days, each.cost, each.duration, each.after)
        assert described == (expected.effort_days, expected.cost, expected.duration, expected.after)


def the_plan_obeys_every_limit(case: Case, plan: Plan) -> None:
    starts = starts_of(plan)
    assert case.violations(starts) == []
    for action in plan.actions:
        assert action.end == START.plus(case.end(starts, action.id) - 1)


def it_says_of_itself_what_is_so(case: Case, plan: Plan) -> None:
    starts = starts_of(plan)
    own = case.objective(starts)
    assert (plan.objective.late, plan.objective.wait, plan.objective.area, plan.objective.effort) == tuple(own)
    assert {gap.criterion for gap in plan.open} == case.still_open(starts)
    assert [gap.criterion for gap in plan.open] == [name for name in case.gaps if name in case.still_open(starts)]
    if plan.forecast is None:
        assert own.area is None
    else:
        assert [score for _, score in plan.forecast] == case.forecast(starts)
        assert [month for month, _ in plan.forecast] == [START.plus(m) for m in range(case.limits["months"])]
    for action in plan.actions:
        today = {name: improvement.today for name, improvement in action.improves.items()}
        assert today == {name: case.today[name] for name in today}
