"""The figures of a set: when there are any, how they are rounded, and that they say no more."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.benchmarks.figures import figures_of, meets_text, rounded_to_5, size_band, threshold
from scoring.benchmarks.model import MISSING, Figures
from scoring.writing import in_hundredths

VALUES = st.lists(st.integers(0, 100), min_size=1, max_size=250)


def figures(values: list[int], meets_from: int = 75) -> Figures:
    return figures_of(np.array(values, np.uint8), meets_from=meets_from)


@pytest.mark.parametrize(
    ("n", "median", "quartiles", "meets"),
    [
        (9, None, None, None),
        (10, 40, None, None),
        (19, 40, None, None),
        (20, 40, 40, "20 or less"),
        (39, 40, 40, "20 or less"),
        (40, 40, 40, "10 or less"),
        (99, 40, 40, "10 or less"),
        (100, 40, 40, "5 or less"),
    ],
)
def test_each_figure_needs_its_number_of_members(
    n: int, median: int | None, quartiles: int | None, meets: str | None
) -> None:
    assert figures([41] * n) == Figures(median, quartiles, quartiles, meets)


@pytest.mark.parametrize(
    ("n", "band"),
    [
        (10, "10-19"),
        (19, "10-19"),
        (20, "20-29"),
        (29, "20-29"),
        (30, "30-49"),
        (49, "30-49"),
        (50, "50-99"),
        (99, "50-99"),
        (100, "100+"),
        (1_000_000, "100+"),
    ],
)
def test_size_bands(n: int, band: str) -> None:
    assert size_band(n) == band


def test_fewer_than_ten_have_no_size() -> None:
    with pytest.raises(ValueError, match="no size band"):
        size_band(9)


@pytest.mark.parametrize(
    ("reached", "n", "text"),
    [
        (0, 20, "20 or less"),
        (5, 20, "20 or less"),  # 25 % is nearer to 20 than to 40
        (6, 20, "40"),  # 30 % lies in the middle: up
        (9, 20, "40"),
        (10, 20, "60"),  # 50 %
        (13, 20, "60"),
        (14, 20, "80 or more"),  # 70 %
        (20, 20, "80 or more"),
        (11, 39, "20 or less"),  # 28.2 %
        (12, 39, "40"),  # 30.8 %
        (5, 40, "10 or less"),  # 12.5 %
        (6, 40, "20"),  # 15 %
        (33, 40, "80"),  # 82.5 %
        (34, 40, "90 or more"),  # 85 %
        (14, 99, "10 or less"),
        (15, 99, "20"),
        (7, 100, "5 or less"),
        (8, 100, "10"),
        (92, 100, "90"),
        (93, 100, "95 or more"),
        (925, 1000, "95 or more"),
    ],
)
def test_the_share_that_meets_is_said_in_steps_with_worded_ends(reached: int, n: int, text: str) -> None:
    assert meets_text(reached, n) == text


@pytest.mark.parametrize(("value", "rounded"), [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (97, 95), (98, 100)])
def test_rounding_to_5(value: int, rounded: int) -> None:
    assert rounded_to_5(value) == rounded


@given(VALUES)
def test_quantiles_are_those_of_the_sorted_values(values: list[int]) -> None:
    n, ordered = len(values), sorted(values)
    found = figures(values)
    if n >= 10:
        assert found.median == rounded_to_5(ordered[-(-n // 2) - 1])
    if n >= 20:
        assert found.q1 == rounded_to_5(ordered[-(-n // 4) - 1])
        assert found.q3 == rounded_to_5(ordered[-(-3 * n // 4) - 1])


@given(VALUES, st.randoms(use_true_random=False))
def test_the_order_of_members_and_missing_values_change_nothing(values: list[int], chance) -> None:
    mixed = [*values, *[MISSING] * chance.randint(0, 5)]
    chance.shuffle(mixed)
    assert figures(mixed) == figures(values)


@given(st.integers(20, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_is_never_further_off_than_half_a_step(share: tuple[int, int]) -> None:
    reached, n = share
    step = 20 if n < 40 else 10 if n < 100 else 5
    text = meets_text(reached, n)
    percent = Fraction(100 * reached, n)
    if text.endswith("or less"):
        assert text == f"{step} or less"
        assert percent < step + Fraction(step, 2)
    elif text.endswith("or more"):
        assert text == f"{100 - step} or more"
        assert percent >= 100 - step - Fraction(step, 2)
    else:
        assert step < int(text) < 100 - step
        assert -Fraction(step, 2) <= percent - int(text) < Fraction(step, 2)


def test_a_standard_is_met_only_if_all_of_it_is() -> None:
    assert threshold("overall", 75) == threshold("group:standard", 75) == 75
    assert threshold("standard:x", 75) == 100
    assert figures([99] * 100, threshold("standard:x", 75)).meets == "5 or less"
    assert figures([75] * 100, 75).meets == figures([75] * 100, 0).meets == "95 or more"


@pytest.mark.parametrize(
    ("score", "value"),
    [(0, 0), (1, 100), (0.585, 59), (0.575, 58), (0.145, 15), (0.005, 1), (0.0049, 0), (0.5749999, 57), (1e-9, 0)],
)
def test_scores_become_hundredths_half_up_as_they_are_written(score: float, value: int) -> None:
    assert in_hundredths(score) == value


@given(st.integers(0, 10_000))
def test_every_score_of_four_places_is_rounded_exactly(ten_thousandths: int) -> None:
    assert in_hundredths(ten_thousandths / 10_000) == (ten_thousandths + 50) // 100
