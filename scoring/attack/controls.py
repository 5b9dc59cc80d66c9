"""Four careless ways to publish the same worlds. An attack test that does not catch them would prove nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np

from scoring.attack.claims import Claim, Count, Members, claims_of, highest_is, lowest_is, mean_is, ranked_between
from scoring.attack.target import Target
from scoring.attack.worlds import World, Year, target_of
from scoring.benchmarks.figures import figures_of, median_rank, quartile_ranks
from scoring.benchmarks.model import LEAST_MEMBERS

FEWEST = 3
_MOST_MEMBERS = 12
"""An attacker may leave claims aside. Those of small sets are enough, and the solver is quick with them."""


def exact_tables(world: World) -> Target:
    """Every group, and every two or three groups crossed, from 3 members on: exact quartiles, means and numbers."""
    return _careless(world, _exact, least=FEWEST, most=_MOST_MEMBERS)


def rounded_only(world: World) -> Target:
    """The same tables from 10 members on with the project's own figures, but nobody looks at the atoms."""

    def figures(members: Members, values: Mapping[str, int], meets_from: int) -> Iterator[Claim]:
        column = np.array([values[each] for each in sorted(members)], np.uint8)
        return claims_of(figures_of(column, meets_from=meets_from), members, meets_from=meets_from)

    return _careless(world, figures, least=LEAST_MEMBERS)


def one_newcomer(world: World) -> Target:
    """Exact means of everybody, and again once a single member has joined."""
    last = world.years[-1]
    target = _careless(world, lambda members, values, meets_from: iter(()), least=1)
    claims: dict[str, tuple[Claim, ...]] = {}
    for metric, values in target.truth.items():
        there = sorted(version for version in last.organization if version in values)
        both = (frozenset(there[1:]), frozenset(there))
        claims[metric] = tuple(mean_is(each, _mean(each, values)) for each in both if each)
    return replace(target, claims=claims, atoms=_classes(claims, target))


def with_ends(world: World) -> Target:
    """Minimum and maximum of every group, and of every two or three crossed, from 10 members on; nothing else."""

    def ends(members: Members, values: Mapping[str, int], meets_from: int) -> Iterator[Claim]:
        inside = [values[each] for each in members]
        yield from lowest_is(members, min(inside))
        yield from highest_is(members, max(inside))

    return _careless(world, ends, least=LEAST_MEMBERS)


CONTROLS: Mapping[str, Callable[[World], Target]] = {
    "exact tables from 3 members on": exact_tables,
    "rounded to 5 from 10 members on, atoms ignored": rounded_only,
    "one newcomer between two exact means": one_newcomer,
    "minima and maxima from 10 members on": with_ends,
}

Figure = Callable[[Members, Mapping[str, int], int], Iterator[Claim]]


def _careless(world: World, figures: Figure, *, least: int, most: int = sys.maxsize) -> Target:
    """Every set of the last year that is large enough, whatever else is published."""
    base = replace(target_of(world), claims={}, atoms={})
    claims: dict[str, tuple[Claim, ...]] = {}
    for metric, values in world.truth.items():
        found: list[Claim] = []
        for members in _crossed(world.years[-1]):
            those = frozenset(each for each in members if each in values)
            if least <= len(those) <= most:
                found += figures(those, values, base.threshold(metric))
        claims[metric] = tuple(found)
    return replace(base, claims=claims, atoms=_classes(claims, base))


def _crossed(year: Year) -> list[Members]:
    groups = list(year.groups.values())
    crossed = (frozenset[str].intersection(*some) for times in (2, 3) for some in combinations(groups, times))
    return list(dict.fromkeys([*groups, *crossed]))


def _exact(members: Members, values: Mapping[str, int], meets_from: int) -> Iterator[Claim]:
    inside = sorted(values[each] for each in members)
    n = len(inside)
    first, third = quartile_ranks(n)
    for rank in (first, median_rank(n), third):
        yield from ranked_between(members, rank, inside[rank - 1], inside[rank - 1])
    reached = sum(value >= meets_from for value in inside)
    yield Count(members, meets_from, reached, reached)
    yield mean_is(members, _mean(members, values))


def _mean(members: Members, values: Mapping[str, int]) -> Fraction:
    return Fraction(sum(values[each] for each in members), len(members))


def _classes(claims: Mapping[str, tuple[Claim, ...]], target: Target) -> dict[str, int]:
    """Atoms of what was carelessly published: by membership in every set."""
    sets = list(dict.fromkeys(claim.members for those in claims.values() for claim in those))
    numbers: dict[tuple[bool, ...], int] = {}
    return {
        version: numbers.setdefault(tuple(version in members for members in sets), len(numbers))
        for version in target.organization
    }
