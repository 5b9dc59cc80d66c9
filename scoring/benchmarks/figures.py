"""The figures of a set (rule R4), in whole numbers from first to last.

All figures are read off a histogram of the values 0 to 100, so that a set of a million costs little more than counting
it, and nothing can depend on the order of members.
"""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np
import numpy.typing as npt

from scoring.benchmarks.model import LEAST_MEMBERS, MISSING, MOST, STANDARD, Figures, SizeBand, Values, Whole

QUARTILES_FROM = 20
ROUNDED_TO = 5
_BANDS = ((100, SizeBand.FROM_100), (50, SizeBand.FROM_50), (30, SizeBand.FROM_30), (20, SizeBand.FROM_20))


def size_band(n: int) -> SizeBand:
    """The band of a set that may be published. ValueError for fewer than 10 members."""
    if n < LEAST_MEMBERS:
        raise ValueError(f"a set of {n} has no size band")
    return next((band for least, band in _BANDS if n >= least), SizeBand.FROM_10)


def figures_of(values: Values | npt.NDArray[Any], *, meets_from: int) -> Figures:
    """The figures of a set's values, those missing left out; none at all for fewer than 10."""
    return figures_from(histogram(values), meets_from=meets_from)


def histogram(values: Values | npt.NDArray[Any]) -> Whole:
    """How often each value from 0 to 100 occurs; `MISSING` is not counted."""
    return np.bincount(values, minlength=MISSING + 1)[: MOST + 1]


def figures_from(counts: Whole | list[int], *, meets_from: int) -> Figures:
    """The same from a histogram."""
    up_to = list(accumulate(int(count) for count in counts))
    n = up_to[-1]
    if n < LEAST_MEMBERS:
        return Figures()
    median = rounded_to_5(_ranked(up_to, median_rank(n)))
    if n < QUARTILES_FROM:
        return Figures(median)
    first, third = quartile_ranks(n)
    reached = n - (up_to[meets_from - 1] if meets_from else 0)
    return Figures(
        median, rounded_to_5(_ranked(up_to, first)), rounded_to_5(_ranked(up_to, third)), meets_text(reached, n)
    )


def median_rank(n: int) -> int:
    """Type 1: the inverse of the distribution function, ⌈n/2⌉, counted from 1."""
    return -(-n // 2)


def quartile_ranks(n: int) -> tuple[int, int]:
    """⌈n/4⌉ and ⌈3n/4⌉."""
    return -(-n // 4), -(-3 * n // 4)


def rounded_to_5(value: int) -> int:
    """To the nearest multiple of 5, halves up."""
    return (2 * value + ROUNDED_TO) // (2 * ROUNDED_TO) * ROUNDED_TO


def meets_step(n: int) -> int:
    """In steps of how many points a share among n is given."""
    return 20 if n < 40 else 10 if n < 100 else 5


def meets_text(reached: int, n: int) -> str:
    """The share of n that reached, in words at both ends, so that "none" and "all" are never said."""
    step = meets_step(n)
    nearest = (2 * MOST * reached + step * n) // (2 * step * n) * step
    if nearest <= step:
        return f"{step} or less"
    if nearest >= MOST - step:
        return f"{MOST - step} or more"
    return str(nearest)


def threshold(metric: str, meets_from: int) -> int:
    """From which value a metric counts as met: a standard only if all of its clauses are."""
    return MOST if metric.startswith(STANDARD) else meets_from


def _ranked(up_to: list[int], rank: int) -> int:
    return next(value for value, count in enumerate(up_to) if count >= rank)
