"""What a plan holds and how it is written: the same for the same input, in the shape of the specification."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

import pytest

from action_plans import Limits, Month, Plan, plan_json, propose, reworded
from action_plans.candidates import state_problem
from action_plans.model import PlanStatus
from action_plans.solve import MAX_COEFFICIENT_SUM
from questionnaires import Pack, load_pack
from scoring import Result, parse_answers, score
from tests.unit.action_plans.brute_force import Case
from tests.unit.action_plans.made_up import load, random_case, small_case, standard_of, starts_of, titled

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "new-roots.json"
BUSY = ROOT / "examples" / "hope-house.json"
BUSY_LIMITS = Limits(start=Month(2027, 1), capacity_days=Fraction(8))


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack("chab-dai-charter")


def result_of(pack: Pack, answers: Any) -> Result:
    return score(pack, parse_answers(answers, pack))


def example(path: Path = EXAMPLE) -> Any:
    return json.loads(path.read_text("utf-8"))


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same JSON with the keys of every object in another order."""
    if not isinstance(value, dict):
        return value
    keys = list(value)
    rng.shuffle(keys)
    return {key: shuffled(value[key], rng) for key in keys}


def planned(pack: Pack, answers: Any) -> dict[str, Any]:
    return plan_json(propose(pack, result_of(pack, answers), Limits(start=Month(2027, 1), months=6), time_limit=60))


# Sameness


def test_the_same_input_gives_the_same_plan_whatever_the_order_of_its_keys(pack: Pack) -> None:
    plan = planned(pack, example())
    assert planned(pack, example()) == plan
    for seed in range(2):
        assert planned(pack, shuffled(example(), random.Random(seed))) == plan


def test_another_process_with_another_hash_seed_makes_the_same_plan(pack: Pack) -> None:
    program = (
        "import json, sys; from tests.unit.action_plans.test_plan_values import *; "
        "print(json.dumps(planned(load_pack('chab-dai-charter'), example())))"
    )
    plans = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert [json.loads(plan) for plan in plans] == [planned(pack, example())] * 2


def test_many_plans_with_ties_are_made_the_same_twice(tmp_path: Path) -> None:
    for seed in range(9000, 9020):
        loaded = load(random_case(seed), tmp_path / str(seed))
        assert loaded.plan() == loaded.plan()


# Shape

KEYS = ["status", "objective", "bound", "binding", "forecast", "actions", "open"]
STAGES = ["late", "wait", "area", "effort"]
ACTION_KEYS = [
    *("id", "title", "start", "end", "effort_days", "cost", "owner", "indicator"),
    *("improves", "must_do", "clauses", "why"),
]


def written(plan: Plan) -> dict[str, Any]:
    """As it comes out of the file that it is written to."""
    read: dict[str, Any] = json.loads(json.dumps(plan_json(plan)))
    return read


def test_a_plan_is_written_exactly_as_specified(tmp_path: Path) -> None:
    first = {"id": "A", "improves": {"G.1": 3}, "effort_days": Fraction("2.5"), "cost": Fraction("99.95")}
    second = {"id": "B", "improves": {"G.2": 2}, "effort_days": 3, "duration_months": 2}
    second |= {"owner": "Director", "indicator": "Share"}
    case = small_case(
        criteria=[{"id": "G.1", "clauses": ["law/c"]}, {"id": "G.2", "weight": 2}],
        actions=[first, second],
        ratings={"G.1": 1, "G.2": 0},
        standards=[standard_of("law", [{"id": "c"}])],
        defaults={"effort_days": 40},  # too much for what the planner would do about G.2 by itself
        months=2,
    )
    plan = load(case, tmp_path).plan()
    assert written(plan) == {
        "status": "optimal",
        "objective": {"late": 0, "wait": 1, "area": 0.8333, "effort": 5.5},
        "bound": {"late": 0, "wait": 1, "area": 0.8333, "effort": 5.5},
        "binding": [],
        "forecast": [{"month": "2027-01", "score": 0.25}, {"month": "2027-02", "score": 0.5833}],
        "actions": [
            {
                "id": "A",
                "title": "About A",
                "start": "2027-01",
                "end": "2027-01",
                "effort_days": 2.5,
                "cost": 99.95,
                "owner": None,
                "indicator": None,
                "improves": {"G.1": {"from": 1, "to": 3}},
                "must_do": True,
                "clauses": ["law/c"],
                "why": "G.1 keeps “About c” of “Standard law”, which is binding, from being met. "
                "It starts in the first month, because it counts the more the sooner it is done.",
            },
            {
                "id": "B",
                "title": "About B",
                "start": "2027-01",
                "end": "2027-02",
                "effort_days": 3,
                "cost": 0,
                "owner": "Director",
                "indicator": "Share",
                "improves": {"G.2": {"from": 0, "to": 2}},
                "must_do": False,
                "clauses": [],
                "why": "By itself it adds 33.3 of 100 points to the overall score. "
                "It starts in the first month, because it counts the more the sooner it is done.",
            },
        ],
        "open": [{"criterion": "G.2", "reason": "Rises to 2; reaching 3 takes a further action."}],
    }


def test_every_plan_has_these_keys_and_types(tmp_path: Path) -> None:
    for seed in range(9100, 9140):
        plan = written(load(random_case(seed), tmp_path / str(seed)).plan())
        assert list(plan) == KEYS
        for stages in (plan["objective"], plan["bound"]):
            assert list(stages) == STAGES
            assert type(stages["late"]) is type(stages["wait"]) is int
        for action in plan["actions"]:
            assert list(action) == ACTION_KEYS
            assert type(action["must_do"]) is bool
            assert all(list(levels) == ["from", "to"] for levels in action["improves"].values())
            assert Month.parse(action["start"]) <= Month.parse(action["end"])
        starts = [action["start"] for action in plan["actions"]]
        assert starts == sorted(starts)
        assert all(list(gap) == ["criterion", "reason"] for gap in plan["open"])
        numbers = [plan["objective"]["area"], *(each["score"] for each in plan["forecast"] or [])]
        assert all(number is None or number == round(number, 4) for number in numbers)


def test_a_plan_over_the_turn_of_the_year_counts_months_on(tmp_path: Path) -> None:
    case = small_case(criteria=[{"id": "G.1"}], actions=[], ratings={"G.1": 0}, months=14)
    loaded = load(case, tmp_path)
    plan = propose(loaded.pack, loaded.result, replace(loaded.limits, start=Month(2026, 12)))
    assert plan.forecast is not None
    assert [str(month) for month, _ in plan.forecast][:2] == ["2026-12", "2027-01"]
    assert str(plan.forecast[-1][0]) == "2028-01"


# Small and empty


def test_without_a_score_there_is_no_area_and_no_forecast(tmp_path: Path) -> None:
    plan = written(load(small_case(criteria=[{"id": "G.1"}], actions=[], ratings={}), tmp_path).plan())
    nothing = {"late": 0, "wait": 0, "area": None, "effort": 0}
    assert plan == {
        "status": "optimal",
        "objective": nothing,
        "bound": nothing,
        "binding": [],
        "forecast": None,
        "actions": [],
        "open": [],
    }


@pytest.mark.parametrize(
    "limits", [{"max_actions": 0}, {"capacity_days": 0}, {"capacity_days": Fraction("0.1")}], ids=str
)
def test_limits_that_allow_nothing_give_a_plan_without_actions(limits: dict[str, Any], tmp_path: Path) -> None:
    case = small_case(criteria=[{"id": "G.1"}], actions=[], ratings={"G.1": 1}, months=3, **limits)
    plan = load(case, tmp_path).plan()
    assert plan.status is PlanStatus.OPTIMAL
    assert plan.actions == ()
    assert plan.objective.area == Fraction(3, 4)
    assert [gap.criterion for gap in plan.open] == ["G.1"]


def test_where_nothing_can_be_improved_there_is_nothing_to_do(tmp_path: Path) -> None:
    case = small_case(
        criteria=[{"id": "G.1"}], actions=[{"id": "A", "improves": {"G.1": 3}}], ratings={"G.1": 4}, months=2
    )
    plan = load(case, tmp_path).plan()
    assert (plan.status, plan.actions, plan.open) == (PlanStatus.OPTIMAL, (), ())
    assert plan.objective.area == 2


def test_work_without_effort_fits_where_there_is_no_capacity(tmp_path: Path) -> None:
    actions = [{"id": "A", "improves": {"G.1": 3}, "effort_days": 0}]
    case = small_case(criteria=[{"id": "G.1"}], actions=actions, ratings={"G.1": 0}, capacity_days=0)
    assert starts_of(load(case, tmp_path).plan()) == {"A": 1}


# Awkward numbers


def awkward_case(**limits: Any) -> Case:
    """Weights without a common divisor in four groups: their common denominator has 28 digits."""
    group_weights = [Fraction(text) for text in ("0.123457", "1.000003", "0.777787", "0.333337")]
    inner_weights = [Fraction(text) for text in ("0.999983", "0.500009", "0.100003", "0.700001", "0.123457")]
    groups = [
        {
            "id": f"G{number}",
            "title": f"Group {number}",
            "weight": weight,
            "criteria": [
                titled({"id": f"G{number}.{index}", "weight": inner})
                for index, inner in enumerate(inner_weights[number : number + 2])
            ],
        }
        for number, weight in enumerate(group_weights)
    ]
    names = [criterion["id"] for group in groups for criterion in group["criteria"]]  # type: ignore[attr-defined]
    actions = [
        {"id": f"A{index}", "improves": {name: 4}, "effort_days": Fraction(days)}
        for index, (name, days) in enumerate(zip(names[::2], ("2.000001", "1.999999", "3.14159", "0.5"), strict=True))
    ]
    ratings = {name: 1 if name in names[::2] else 4 for name in names}
    return small_case(criteria=[], groups=groups, actions=actions, ratings=ratings, **limits)


@pytest.mark.parametrize("capacity", ["3", "4", "5.5", "7.64159"])
def test_awkward_weights_still_give_the_best_plan(capacity: str, tmp_path: Path) -> None:
    case = awkward_case(months=4, capacity_days=Fraction(capacity))
    loaded = load(case, tmp_path)
    weights = [gap.weight for gap in state_problem(loaded.pack, loaded.result).gaps.values()]
    assert lcm(*(weight.denominator for weight in weights)) > MAX_COEFFICIENT_SUM, "too tame to test anything"
    plan = loaded.plan()
    assert plan.status is PlanStatus.OPTIMAL
    assert case.violations(starts_of(plan)) == []
    assert (plan.objective.late, plan.objective.wait, plan.objective.area, plan.objective.effort) == tuple(case.best())
    assert plan.bound == plan.objective


@pytest.mark.parametrize("capacity", ["100000", "66666.6666666666667", "66666.6666666666665", "33333.3333333333333"])
def test_days_beyond_the_solvers_whole_numbers_never_break_a_limit(capacity: str, tmp_path: Path) -> None:
    """Rounded to what the solver can add up, two of these actions might seem to fit into a month, or all."""
    efforts = ["33333.3333333333333", "33333.3333333333334", "33333.3333333333335"]
    actions = [{"id": f"A{number}", "improves": {f"G.{number}": 4}, "effort_days": 1} for number in range(len(efforts))]
    case = small_case(
        criteria=[{"id": f"G.{number}"} for number in range(3)],
        actions=actions,
        ratings={f"G.{number}": 0 for number in range(3)},
        months=3,
        capacity_days=Fraction(capacity),
    )
    loaded = load(case, tmp_path)
    exact = tuple(
        replace(action, effort_days=Fraction(days)) for action, days in zip(loaded.pack.actions, efforts, strict=True)
    )
    plan = propose(replace(loaded.pack, actions=exact), loaded.result, loaded.limits)
    for month in (loaded.limits.start.plus(number) for number in range(3)):
        assert sum(each.effort_days for each in plan.actions if each.start == month) <= loaded.limits.capacity_days


# Too little time


@pytest.mark.parametrize("seconds", [1e-9, 0.001, 0.05, 0.2])
def test_a_plan_made_in_too_little_time_has_bounds_that_bound(seconds: float, pack: Pack) -> None:
    plan = propose(pack, result_of(pack, example(BUSY)), BUSY_LIMITS, time_limit=seconds)
    if seconds <= 0.001:
        assert plan.status is PlanStatus.FEASIBLE
    it_bounds(plan, plan)
    it_bounds(plan, best_busy_plan(pack))
    assert plan_json(plan)["status"] == plan.status.value


def it_bounds(plan: Plan, other: Plan) -> None:
    """No plan can do better than the bounds of one that was made for the same input."""
    assert plan.bound.late <= other.objective.late
    assert plan.bound.wait <= other.objective.wait
    assert plan.bound.area is not None and other.objective.area is not None
    assert plan.bound.area >= other.objective.area
    assert plan.bound.effort <= plan.objective.effort


_best: list[Plan] = []


def best_busy_plan(pack: Pack) -> Plan:
    if not _best:
        _best.append(propose(pack, result_of(pack, example(BUSY)), BUSY_LIMITS, time_limit=60))
    assert _best[0].status is PlanStatus.OPTIMAL
    return _best[0]


def test_too_little_time_for_awkward_numbers_still_gives_bounds_that_bound(tmp_path: Path) -> None:
    loaded = load(awkward_case(months=4), tmp_path)
    it_bounds(loaded.plan(time_limit=1e-9), loaded.plan())


# In another language


@pytest.mark.parametrize("language", ["km", "vi"])
def test_a_reworded_plan_is_the_same_plan_in_other_words(language: str, pack: Pack) -> None:
    result = result_of(pack, example(BUSY))
    plan = best_busy_plan(pack)
    other = reworded(plan, pack.translated(language), result)
    there, here = plan_json(other), plan_json(plan)
    assert [action["title"] for action in there["actions"]] != [action["title"] for action in here["actions"]]
    for written_plan in (there, here):
        for action in written_plan["actions"]:
            for text in ("title", "owner", "indicator", "why"):
                action.pop(text)
        for gap in written_plan["open"]:
            gap.pop("reason")
    assert there == here
    assert other.limits == plan.limits
    assert [gap.limits for gap in other.open] == [gap.limits for gap in plan.open]
    assert reworded(other, pack, result) == plan


def test_every_text_of_a_plan_is_filled_in_in_every_language(pack: Pack) -> None:
    result = result_of(pack, example(BUSY))
    for language in pack.languages:
        plan = reworded(best_busy_plan(pack), pack.translated(language), result)
        texts = [str(action.why) for action in plan.actions] + [str(gap.reason) for gap in plan.open]
        assert len(texts) > 40
        assert not [text for text in texts if "{" in text or "}" in text or not text.endswith(".")]
