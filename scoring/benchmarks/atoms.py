"""Atoms: who cannot be told from whom by all that is published, and whether they are enough (rules R1 and R2).

Whatever is published of a set does not change when two of its members exchange their results. So two versions that are
in the same published sets cannot be told apart by anything, and what protects a version is the size of its class.

Versions that are alike in everything a step looks at are first merged into *cells*, so that a step over a million
versions works on as many rows as there are different kinds of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from scoring.benchmarks.model import LEAST_MEMBERS, UNKNOWN, Flags, Whole


@dataclass(frozen=True)
class Known:
    """Who sees whom: parallel codes of a party and of an organization whose scores it sees by name."""

    party: Whole
    organization: Whole


@dataclass(frozen=True)
class Universe:
    """Every version that ever was in a release, and those of the release to be made; arrays are parallel.

    `old` is the atom of the history; all versions that are new share one of their own. `base` is the class that a
    version is in before this release says anything: for new ones it is that of earlier versions in no published set.
    """

    organization: Whole
    old: Whole
    base: Whole
    known: Known

    def cells(self, columns: Flags) -> Cells:
        """Versions merged that agree in `old`, `base` and all columns (one row per column)."""
        labels, count = refined(compressed(self.old)[0], self.base)
        for column in columns:
            labels, count = split(labels, count, column)
        first = np.zeros(count, np.int64)
        first[labels[::-1]] = np.arange(len(labels) - 1, -1, -1)
        return Cells(
            labels,
            np.bincount(labels, minlength=count),
            self.old[first],
            self.base[first],
            columns[:, first],
            _seen(labels, self.organization, self.known),
        )

    def only(self, keep: Flags) -> Universe:
        """Some of the versions."""
        return Universe(self.organization[keep], self.old[keep], self.base[keep], self.known)


@dataclass(frozen=True)
class Seen:
    """For each party and cell that holds somebody whom it sees: how many; `total` is how many in all cells."""

    cell: Whole
    party: Whole
    count: Whole
    total: Whole


@dataclass(frozen=True)
class Cells:
    """`of` maps each version to its cell; the other arrays have one entry per cell."""

    of: Whole
    size: Whole
    old: Whole
    base: Whole
    columns: Flags
    seen: Seen

    def may_be_published(self, inside: Flags) -> bool:
        """R1: the set of these cells has at least 10 members, and at least u that any one party does not see."""
        n = int(self.size[inside].sum())
        if n < LEAST_MEMBERS:
            return False
        seen = self.seen
        within = inside[seen.cell]
        if not within.any():
            return True
        most = np.bincount(seen.party[within], weights=seen.count[within]).max()
        return n - int(most) >= UNKNOWN

    def safe(self, labels: Whole, count: int) -> Flags:
        """For each class of cells: at least u versions, and for each party 0 or at least u that it does not see."""
        size = np.bincount(labels, weights=self.size, minlength=count).astype(np.int64)
        found: Flags = size >= UNKNOWN
        seen = self.seen
        classes = labels[seen.cell]
        # A party that sees few can only matter in a class that is hardly large enough.
        near = size[classes] < UNKNOWN + seen.total
        if near.any():
            pairs, which = np.unique(seen.party[near] * count + classes[near], return_inverse=True)
            unseen = size[pairs % count] - np.bincount(which, weights=seen.count[near]).astype(np.int64)
            found[pairs[(unseen > 0) & (unseen < UNKNOWN)] % count] = False
        return found

    def keeps_safe(self, labels: Whole, count: int, inside: Flags) -> bool:
        """R2: each class that lies in a published set (`inside`: in any) or was split off by one is safe."""
        touched = np.zeros(int(self.old.max()) + 1, bool)
        touched[self.old[inside]] = True
        needed = np.zeros(count, bool)
        needed[labels[touched[self.old]]] = True
        # Most of what is refused is refused for its size, which is quick to see.
        if (needed & (np.bincount(labels, weights=self.size, minlength=count) < UNKNOWN)).any():
            return False
        return not bool((needed & ~self.safe(labels, count)).any())


def split(labels: Whole, count: int, inside: Flags) -> tuple[Whole, int]:
    """Each class in two: who is inside a set, and who is not. The new classes, and how many there are."""
    key = labels * 2 + inside
    present = np.bincount(key, minlength=2 * count) > 0
    numbers = np.cumsum(present) - 1
    return numbers[key], int(numbers[-1]) + 1 if len(numbers) else 0


def refined(labels: Whole, other: Whole) -> tuple[Whole, int]:
    """The classes that agree in both."""
    if not len(labels):
        return labels, 0
    return compressed(labels * (int(other.max()) + 1) + other)


def compressed(labels: Whole) -> tuple[Whole, int]:
    """The same classes, numbered from 0 without gaps."""
    values, numbers = np.unique(labels, return_inverse=True)
    return numbers.astype(np.int64), len(values)


def known_by(parties: Iterable[Iterable[int]], organizations: int) -> Known:
    """From each party's organizations (codes); each organization is a party of its own besides."""
    own = np.arange(organizations, dtype=np.int64)
    lists = [np.unique(np.fromiter(seen, np.int64)) for seen in parties]
    numbers = [np.full(len(seen), organizations + position, np.int64) for position, seen in enumerate(lists)]
    return Known(np.concatenate([own, *numbers]), np.concatenate([own, *lists]))


def _seen(cells: Whole, organization: Whole, known: Known) -> Seen:
    order = np.argsort(organization, kind="stable")
    codes = int(max(organization.max(initial=-1), known.organization.max(initial=-1))) + 1
    versions = np.bincount(organization, minlength=codes)
    starts = np.cumsum(versions) - versions
    times = versions[known.organization]
    party = np.repeat(known.party, times)
    nth = np.arange(len(party)) - np.repeat(np.cumsum(times) - times, times)
    cell = cells[order[np.repeat(starts[known.organization], times) + nth]]
    width = int(cells.max(initial=0)) + 1
    pairs, count = np.unique(party * width + cell, return_counts=True)
    party, cell = pairs // width, pairs % width
    total = np.bincount(party, weights=count).astype(np.int64)[party] if len(party) else count
    return _representatives(Seen(cell, party, count, total))


def _representatives(seen: Seen) -> Seen:
    """Of parties that see somebody in one cell only, and there the same number, one is enough.

    Most parties are single organizations with a single version, so this leaves about one per cell.
    """
    alone = seen.count == seen.total
    width = int(seen.count.max(initial=0)) + 1
    _, first = np.unique(seen.cell[alone] * width + seen.count[alone], return_index=True)
    keep = np.concatenate([np.flatnonzero(~alone), np.flatnonzero(alone)[first]])
    numbers, _ = compressed(seen.party[keep])
    return Seen(seen.cell[keep], numbers, seen.count[keep], seen.total[keep])
