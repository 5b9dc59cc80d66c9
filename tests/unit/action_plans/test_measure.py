"""What a later assessment says of the criteria of a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from action_plans import Moved, Movement, expected_of_all, measure
from questionnaires import Pack
from scoring import Result, parse_answers, score
from tests.unit.action_plans.made_up import load, small_case

NAMES = ("A", "B", "C")
LEVELS = st.none() | st.integers(0, 4)


def scored(folder: Path, criteria: list[dict[str, Any]], **ratings: object) -> tuple[Pack, Result]:
    loaded = load(small_case(criteria=criteria, actions=[], ratings=ratings), folder)
    return loaded.pack, loaded.result


def again(pack: Pack, ratings: dict[str, int | None]) -> tuple[Pack, Result]:
    given_ones = {name: rating for name, rating in ratings.items() if rating is not None}
    answers = {"pack": pack.id, "version": pack.version, "ratings": given_ones}
    return pack, score(pack, parse_answers(answers, pack))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return scored(tmp_path_factory.mktemp("pack"), [{"id": name} for name in NAMES])[0]


@pytest.mark.parametrize(
    ("then", "expected", "now", "movement"),
    [
        (1, 3, 3, Movement.REACHED),
        (1, 3, 4, Movement.REACHED),
        (1, 3, 2, Movement.ROSE),
        (1, 3, 1, Movement.SAME),
        (3, 3, 3, Movement.SAME),  # what was there already is no change, whatever was expected
        (1, 3, 0, Movement.FELL),
        (1, 3, None, Movement.UNKNOWN),
        (None, 3, 3, Movement.UNKNOWN),
    ],
)
def test_a_criterion_moved_as_its_ratings_say(
    pack: Pack, then: int | None, expected: int, now: int | None, movement: Movement
) -> None:
    (moved,) = measure(again(pack, {"A": then}), again(pack, {"A": now}), {"A": expected})
    assert moved == Moved("A", "A", then, expected, now, movement)


def test_a_renamed_criterion_is_followed_and_one_that_is_asked_no_more_cannot_be_compared(tmp_path: Path) -> None:
    before = scored(tmp_path / "1", [{"id": "A"}, {"id": "B"}], A=1, B=1)
    after = scored(tmp_path / "2", [{"id": "NEW", "renamed_from": ["A"]}], NEW=3)
    moved = measure(before, after, {"A": 3, "B": 3})
    assert moved == (
        Moved("A", "NEW", 1, 3, 3, Movement.REACHED),
        Moved("B", None, 1, 3, None, Movement.UNKNOWN),
    )


def test_a_name_that_is_in_use_goes_before_one_of_the_past(tmp_path: Path) -> None:
    before = scored(tmp_path / "1", [{"id": "A"}, {"id": "B"}], A=1, B=1)
    after = scored(tmp_path / "2", [{"id": "B", "renamed_from": ["A"]}, {"id": "C"}], B=2, C=4)
    assert [(each.criterion, each.later, each.now) for each in measure(before, after, {"A": 2, "B": 2})] == [
        ("A", "B", 2),
        ("B", "B", 2),
    ]


def test_levels_of_different_scales_are_compared_by_their_share_of_the_scale(tmp_path: Path) -> None:
    before = scored(tmp_path / "1", [{"id": "A"}], A=2)  # 0 to 4: one half
    short = {"title": "How far?", "levels": [{"value": value, "title": f"Level {value}"} for value in range(3)]}
    case = small_case(criteria=[{"id": "A", "scale": "short"}], actions=[], ratings={"A": 1})
    case.pack["scales"]["short"] = short
    loaded = load(case, tmp_path / "2")
    half = loaded.pack, loaded.result
    assert measure(before, half, {"A": 4})[0].movement is Movement.SAME
    full = again(loaded.pack, {"A": 2})
    assert measure(before, full, {"A": 4})[0].movement is Movement.REACHED


def test_a_criterion_that_no_longer_concerns_the_organization_cannot_be_compared(tmp_path: Path) -> None:
    conditional: list[dict[str, Any]] = [{"id": "A", "applies_when": {"staff": {"at_least": 5}}}, {"id": "B"}]
    before = scored(tmp_path, conditional, A=1, B=1)
    pack = before[0]
    answers = {"pack": pack.id, "version": pack.version, "organization": {"staff": 2}, "ratings": {"A": 4, "B": 1}}
    after = pack, score(pack, parse_answers(answers, pack))
    assert measure(before, after, {"A": 3})[0].movement is Movement.UNKNOWN


def test_what_the_questionnaire_never_had_is_left_out(pack: Pack) -> None:
    assert measure(again(pack, {"A": 1}), again(pack, {"A": 2}), {"gone": 3}) == ()


def test_of_several_actions_on_one_criterion_the_highest_expectation_counts() -> None:
    assert expected_of_all([{"A": 2, "B": 1}, {"A": 3}, {"A": 1}]) == {"A": 3, "B": 1}


@given(
    then=st.fixed_dictionaries(dict.fromkeys(NAMES, LEVELS)), now=st.fixed_dictionaries(dict.fromkeys(NAMES, LEVELS))
)
def test_there_and_back_again_turns_every_movement_round(
    pack: Pack, then: dict[str, int | None], now: dict[str, int | None]
) -> None:
    expected = dict.fromkeys(NAMES, 4)
    before, after = again(pack, then), again(pack, now)
    rose = {Movement.REACHED, Movement.ROSE}
    for there, back in zip(measure(before, after, expected), measure(after, before, expected), strict=True):
        assert (there.movement in rose) == (back.movement is Movement.FELL)
        assert (there.movement is Movement.SAME) == (back.movement is Movement.SAME)
        assert (there.movement is Movement.UNKNOWN) == (None in (there.then, there.now))


@given(then=st.integers(0, 4), now=st.integers(0, 4), expected=st.integers(0, 4))
def test_reached_means_risen_and_at_least_as_expected(pack: Pack, then: int, now: int, expected: int) -> None:
    (moved,) = measure(again(pack, {"A": then}), again(pack, {"A": now}), {"A": expected})
    assert (moved.movement is Movement.REACHED) == (now > then and now >= expected)
    assert (moved.movement is Movement.ROSE) == (then < now < expected)
