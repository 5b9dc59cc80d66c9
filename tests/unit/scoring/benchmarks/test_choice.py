"""The search for the heaviest subset, by itself: any rule that only grows stricter."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.benchmarks.choice import choose


def plainly(weights: list[int], conflicts: list[int]) -> int:
    """Every subset, in the order of the search: with a group before without it, the first group first."""
    n = len(weights)
    best, heaviest = 0, 0
    for code in range(2**n - 1, -1, -1):
        chosen = sum(1 << group for group in range(n) if code >> (n - 1 - group) & 1)
        weight = sum(weights[group] for group in range(n) if chosen >> group & 1)
        if weight > heaviest and not any(conflict & ~chosen == 0 for conflict in conflicts):
            best, heaviest = chosen, weight
    return best


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=9).flatmap(
        lambda weights: st.tuples(st.just(weights), st.lists(st.integers(1, 2 ** len(weights) - 1), max_size=12))
    )
)
def test_it_finds_what_trying_every_subset_finds(world: tuple[list[int], list[int]]) -> None:
    weights, conflicts = world
    found = choose(weights, lambda chosen: not any(conflict & ~chosen == 0 for conflict in conflicts))
    assert found == plainly(weights, conflicts)


def test_if_all_is_allowed_one_question_is_enough() -> None:
    asked: list[int] = []

    def allowed(chosen: int) -> bool:
        asked.append(chosen)
        return True

    assert choose([1] * 40, allowed) == 2**40 - 1
    assert len(asked) == 1


@pytest.mark.parametrize("seed", range(5))
def test_thirty_groups_with_many_conflicts_take_seconds_at_most(seed: int) -> None:
    chance = random.Random(seed)
    conflicts = [sum(1 << group for group in chance.sample(range(30), chance.choice((2, 2, 3, 4)))) for _ in range(60)]
    began = time.process_time()
    found = choose([1] * 30, lambda chosen: not any(conflict & ~chosen == 0 for conflict in conflicts))
    assert not any(conflict & ~found == 0 for conflict in conflicts)
    assert time.process_time() - began < 20
