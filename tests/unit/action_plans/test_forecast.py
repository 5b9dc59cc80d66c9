"""The forecast of actions that people chose: the planner's own for the planner's plan, and true for any other."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from action_plans import Effect, Month, forecast
from scoring import parse_answers, score
from tests.unit.action_plans.made_up import START, Loaded, load, random_case, small_case

CRITERIA: list[dict[str, Any]] = [{"id": "A"}, {"id": "B", "weight": 3}]


def case(folder: Path, **ratings: object) -> Loaded:
    return load(small_case(criteria=CRITERIA, actions=[], ratings={"A": 0, "B": 0} | ratings), folder)


def scores(loaded: Loaded, *effects: Effect, months: int = 4, start: Month = START) -> list[Fraction]:
    found = forecast(loaded.pack, loaded.result, effects, start=start, months=months)
    assert found is not None
    assert [month for month, _ in found] == [start.plus(number) for number in range(months)]
    return [score for _, score in found]


@pytest.mark.parametrize("seed", range(20))
def test_it_says_of_a_proposal_what_the_planner_says(seed: int, tmp_path: Path) -> None:
    loaded = load(random_case(seed), tmp_path)
    plan = loaded.plan()
    effects = [
        Effect(action.end, {name: change.expected for name, change in action.improves.items()})
        for action in plan.actions
    ]
    found = forecast(loaded.pack, loaded.result, effects, start=plan.limits.start, months=plan.limits.months)
    assert found == plan.forecast


def test_an_action_counts_from_the_end_of_its_last_month(tmp_path: Path) -> None:
    loaded = case(tmp_path)
    assert scores(loaded, Effect(START.plus(1), {"A": 4})) == [0, Fraction(1, 4), Fraction(1, 4), Fraction(1, 4)]


def test_what_is_expected_is_what_scoring_makes_of_the_same_ratings(tmp_path: Path) -> None:
    loaded = case(tmp_path)
    (expected,) = scores(loaded, Effect(START, {"A": 3}), Effect(START, {"B": 2}), months=1)
    answers = {"pack": loaded.pack.id, "version": loaded.pack.version, "ratings": {"A": 3, "B": 2}}
    again = score(loaded.pack, parse_answers(answers, loaded.pack))
    assert expected == again.overall.score


def test_several_actions_on_one_criterion_give_the_highest_and_none_lowers_one(tmp_path: Path) -> None:
    loaded = case(tmp_path, A=2)
    found = scores(loaded, Effect(START, {"A": 1}), Effect(START.plus(1), {"A": 4}), Effect(START.plus(2), {"A": 3}))
    assert found == [Fraction(1, 8), Fraction(1, 4), Fraction(1, 4), Fraction(1, 4)]


def test_what_ended_before_the_first_month_counts_at_once(tmp_path: Path) -> None:
    assert scores(case(tmp_path), Effect(Month(2020, 5), {"B": 4}), months=1) == [Fraction(3, 4)]


def test_what_ends_after_the_last_month_does_not_count(tmp_path: Path) -> None:
    assert scores(case(tmp_path), Effect(START.plus(4), {"B": 4})) == [0, 0, 0, 0]


def test_unrated_and_unknown_criteria_change_nothing(tmp_path: Path) -> None:
    loaded = load(small_case(criteria=CRITERIA, actions=[], ratings={"A": 1}), tmp_path)
    assert scores(loaded, Effect(START, {"B": 4, "Z": 4}), months=1) == [Fraction(1, 4)]


def test_without_a_score_there_is_no_forecast(tmp_path: Path) -> None:
    loaded = load(small_case(criteria=CRITERIA, actions=[], ratings={}), tmp_path)
    assert forecast(loaded.pack, loaded.result, [], start=START, months=3) is None
