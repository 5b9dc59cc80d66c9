"""Which groups are published (rule R6): the heaviest subset that is allowed, found by depth-first branch and bound.

Groups are tried in declared order, first with and then without, and only a heavier subset replaces the best: among
equally heavy ones the first in that order wins. Whatever is added only refines the atoms, so a subset that is not
allowed stays so. Each time one is met it is shrunk to the groups that really conflict. A branch is left when its
remaining weight, less what these conflicts are bound to cost, is not above the best.

Sets of groups are whole numbers, bit by bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from scoring.benchmarks.atoms import Cells, split
from scoring.benchmarks.model import Flags, Whole


def choose(weights: Sequence[int], allowed: Callable[[int], bool]) -> int:
    """The heaviest allowed subset, as bits: bit i is group i. Weights are above 0; `allowed` must hold for 0."""
    return _Search(weights, allowed).run()


def group_test(cells: Cells) -> Callable[[int], bool]:
    """Whether R2 holds with these groups (columns of the cells) published."""

    def allowed(chosen: int) -> bool:
        labels, count, inside = publish(cells, list(_bits(chosen)))
        return cells.keeps_safe(labels, count, inside)

    return allowed


def publish(cells: Cells, chosen: Sequence[int]) -> tuple[Whole, int, Flags]:
    """The classes of cells once these columns are published, how many, and which cells lie in any of them."""
    labels, count = cells.base, int(cells.base.max()) + 1
    for column in chosen:
        labels, count = split(labels, count, cells.columns[column])
    inside: Flags = np.any(cells.columns[list(chosen)], axis=0)
    return labels, count, inside


class _Search:
    def __init__(self, weights: Sequence[int], allowed: Callable[[int], bool]) -> None:
        self._weights = weights
        self._allowed = allowed
        self._conflicts: list[int] = []
        self._best = 0
        self._best_weight = 0

    def run(self) -> int:
        self._branch(0, (1 << len(self._weights)) - 1)
        return self._best

    def _branch(self, chosen: int, undecided: int) -> None:
        if any(conflict & ~chosen == 0 for conflict in self._conflicts):
            return
        undecided = self._without_conflicting(chosen, undecided)
        if self._bound(chosen, undecided) <= self._best_weight:
            return
        everything = chosen | undecided
        if not any(conflict & ~everything == 0 for conflict in self._conflicts):
            if self._allowed(everything):
                self._best, self._best_weight = everything, self._weight(everything)
                return
            self._conflicts.append(self._shrunk(everything))
        first = undecided & -undecided
        if first:
            self._branch(chosen | first, undecided ^ first)
            self._branch(chosen, undecided ^ first)

    def _without_conflicting(self, chosen: int, undecided: int) -> int:
        """Those that would complete a conflict can be left out at once."""
        for conflict in self._conflicts:
            open_part = conflict & ~chosen
            if open_part & (open_part - 1) == 0:
                undecided &= ~open_part
        return undecided

    def _bound(self, chosen: int, undecided: int) -> int:
        """No allowed subset between the two can weigh more.

        Each conflict costs at least its lightest undecided group. What is charged for one conflict is no longer there
        to be charged for another.
        """
        total = self._weight(chosen | undecided)
        left = {group: self._weights[group] for group in _bits(undecided)}
        inside = [conflict & undecided for conflict in self._conflicts if conflict & ~(chosen | undecided) == 0]
        for conflict in sorted(inside, key=int.bit_count):
            groups = list(_bits(conflict))
            cost = min((left[group] for group in groups), default=0)
            if cost:
                total -= cost
                for group in groups:
                    left[group] -= cost
        return total

    def _shrunk(self, conflict: int) -> int:
        """Without any group that it does not need."""
        for group in reversed(list(_bits(conflict))):
            smaller = conflict & ~(1 << group)
            if not self._allowed(smaller):
                conflict = smaller
        return conflict

    def _weight(self, groups: int) -> int:
        return sum(self._weights[group] for group in _bits(groups))


def _bits(groups: int) -> Iterator[int]:
    while groups:
        lowest = groups & -groups
        yield lowest.bit_length() - 1
        groups ^= lowest
