"""What a published figure says for certain about the values behind it: the exact inverse of how it was made.

Every figure becomes statements of one form: of the members of a set, at least so many and at most so many have a value
of at least t. Only a mean needs another: the sum of the values lies between two numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from scoring.benchmarks.figures import median_rank, meets_text, quartile_ranks, rounded_to_5
from scoring.benchmarks.model import LEAST_MEMBERS, MOST, Figures, SizeBand

Members = frozenset[str]


@dataclass(frozen=True, slots=True)
class Count:
    """Of `members`, between `least` and `most` have a value of at least `at`."""

    members: Members
    at: int
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Sum:
    """The values of `members` add up to something between `least` and `most`."""

    members: Members
    least: int
    most: int


Claim = Count | Sum


def size_range(band: SizeBand) -> tuple[int, int | None]:
    """The numbers of members that a size band leaves open; None where there is no greatest."""
    if band is SizeBand.FROM_100:
        return 100, None
    least, most = band.value.split("-")
    return int(least), int(most)


def claims_of(figures: Figures, members: Members, *, meets_from: int) -> Iterator[Claim]:
    """All that the figures say of the set. Its exact size is known to whoever knows its members."""
    n = len(members)
    if n < LEAST_MEMBERS:
        raise ValueError(f"no figures are published of a set of {n}")
    first, third = quartile_ranks(n)
    for value, rank in ((figures.median, median_rank(n)), (figures.q1, first), (figures.q3, third)):
        if value is not None:
            low, high = unrounded(value)
            yield from ranked_between(members, rank, low, high)
    if figures.meets is not None:
        least, most = reached_range(figures.meets, n)
        yield Count(members, meets_from, least, most)


def unrounded(value: int) -> tuple[int, int]:
    """The values from 0 to 100 that are rounded to this multiple of 5."""
    fitting = [each for each in range(MOST + 1) if rounded_to_5(each) == value]
    if not fitting:
        raise ValueError(f"nothing is rounded to {value}")
    return fitting[0], fitting[-1]


def reached_range(text: str, n: int) -> tuple[int, int]:
    """How many of n may have reached if the share reads so."""
    fitting = [reached for reached in range(n + 1) if meets_text(reached, n) == text]
    if not fitting:
        raise ValueError(f"no share of {n} reads {text!r}")
    return fitting[0], fitting[-1]


def ranked_between(members: Members, rank: int, low: int, high: int) -> Iterator[Count]:
    """The value at this rank, counted from the lowest, is from `low` to `high`."""
    n = len(members)
    yield Count(members, low, n - rank + 1, n)
    yield Count(members, high + 1, 0, n - rank)


def lowest_is(members: Members, value: int) -> Iterator[Count]:
    """An exact minimum."""
    return ranked_between(members, 1, value, value)


def highest_is(members: Members, value: int) -> Iterator[Count]:
    """An exact maximum."""
    return ranked_between(members, len(members), value, value)


def mean_is(members: Members, mean: Fraction) -> Sum:
    """An exact mean."""
    total = mean * len(members)
    if total.denominator != 1:
        raise ValueError("whole numbers cannot have this mean")
    return Sum(members, int(total), int(total))
