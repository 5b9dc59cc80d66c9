"""What a figure says is exactly what it was made from: no more, or attacks would be imagined; no less, or missed."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.attack.claims import (
    Claim,
    Count,
    claims_of,
    highest_is,
    lowest_is,
    mean_is,
    reached_range,
    size_range,
    unrounded,
)
from scoring.benchmarks.figures import figures_of, meets_text, rounded_to_5, size_band
from scoring.benchmarks.model import Figures, SizeBand

NAMES = [f"v{number}" for number in range(120)]


def holds(claim: Claim, values: Sequence[int]) -> bool:
    inside = [value for name, value in zip(NAMES, values, strict=False) if name in claim.members]
    found = sum(value >= claim.at for value in inside) if isinstance(claim, Count) else sum(inside)
    return claim.least <= found <= claim.most


def figures(values: Sequence[int]) -> Figures:
    return figures_of(np.array(values, np.uint8), meets_from=75)


@settings(max_examples=300)
@given(
    st.integers(10, 60).flatmap(
        lambda n: st.tuples(*[st.lists(st.integers(40, 90), min_size=n, max_size=n) for _ in range(2)])
    ),
    st.integers(0, 60),
)
def test_claims_hold_for_exactly_those_values_that_give_the_same_figures(
    both: tuple[list[int], list[int]], differing: int
) -> None:
    one = both[0]
    other = [*both[1][:differing], *one[differing:]]
    claims = list(claims_of(figures(one), frozenset(NAMES[: len(one)]), meets_from=75))
    assert all(holds(claim, one) for claim in claims)
    assert all(holds(claim, other) for claim in claims) == (figures(one) == figures(other))


@pytest.mark.parametrize("value", range(101))
def test_a_rounded_value_leaves_open_exactly_those_that_round_to_it(value: int) -> None:
    low, high = unrounded(rounded_to_5(value))
    assert low <= value <= high
    assert high - low <= 4


@given(st.integers(20, 150).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_worded_share_leaves_open_exactly_the_numbers_that_read_so(share: tuple[int, int]) -> None:
    reached, n = share
    least, most = reached_range(meets_text(reached, n), n)
    assert [each for each in range(n + 1) if meets_text(each, n) == meets_text(reached, n)] == list(
        range(least, most + 1)
    )


@pytest.mark.parametrize("n", [10, 19, 20, 29, 30, 49, 50, 99, 100, 5000])
def test_a_size_band_leaves_open_exactly_its_sizes(n: int) -> None:
    least, most = size_range(size_band(n))
    assert least <= n
    assert most is None or n <= most
    assert size_band(least) == size_band(n)
    assert most is None or size_band(most) == size_band(n) != size_band(most + 1)
    assert (size_range(SizeBand.FROM_100)[1]) is None


@given(st.lists(st.integers(0, 100), min_size=3, max_size=12))
def test_ends_and_means_of_the_careless_hold_for_the_truth_and_no_other_sum(values: list[int]) -> None:
    members = frozenset(NAMES[: len(values)])
    claims: list[Claim] = [*lowest_is(members, min(values)), *highest_is(members, max(values))]
    mean = mean_is(members, Fraction(sum(values), len(values)))
    assert all(holds(claim, values) for claim in [*claims, mean])
    assert not holds(mean, [values[0] ^ 1, *values[1:]])
    assert not all(holds(claim, [101, *values[1:]]) for claim in claims)


@pytest.mark.parametrize(
    ("figures", "n"), [(Figures(41), 10), (Figures(40, 40, 40, "33"), 20), (Figures(40, 40, 40, "5 or less"), 20)]
)
def test_figures_that_nobody_can_have_published_are_refused(figures: Figures, n: int) -> None:
    with pytest.raises(ValueError, match=r"rounded to|no share"):
        list(claims_of(figures, frozenset(NAMES[:n]), meets_from=75))


def test_nothing_is_published_of_nine() -> None:
    with pytest.raises(ValueError, match="no figures"):
        list(claims_of(Figures(40), frozenset(NAMES[:9]), meets_from=75))
