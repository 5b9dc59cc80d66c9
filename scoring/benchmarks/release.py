"""Makes a release: who is in (R3), which groups and metrics are published (R6), and their figures (R4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scoring.benchmarks.atoms import Cells, Universe, known_by, refined, split
from scoring.benchmarks.choice import choose, group_test, publish
from scoring.benchmarks.figures import figures_of, size_band, threshold
from scoring.benchmarks.history import History
from scoring.benchmarks.model import (
    MISSING,
    Columns,
    Declaration,
    Draft,
    Figures,
    Flags,
    PublishedGroup,
    PublishedSet,
    Record,
    Release,
    Whole,
)

Parties = Mapping[str, Iterable[str]]
"""Whom each party sees by name: organizations by the party's name."""


def make_release(name: str, declaration: Declaration, columns: Columns, *, parties: Parties, history: History) -> Draft:
    """The release of these results. What is published depends on memberships alone; scores enter only the figures."""
    seen = all_parties(parties, history.parties)
    joined = _join(columns, history, seen)
    taken = who_is_in(joined.universe, joined.in_rows)
    row = np.flatnonzero(taken[joined.at])
    joined = joined.narrowed(taken)
    universe, rows = joined.universe, _Rows(row, joined.at[row])
    members = np.zeros((len(declaration.groups), len(joined.versions)), bool)
    members[:, rows.at] = columns.members[:, rows.row]
    published = chosen_groups(universe, members, [group.weight for group in declaration.groups])
    chosen = _chosen_metrics(universe, members, published, columns, rows, declaration)
    groups = tuple(
        PublishedGroup(
            declaration.groups[group].id,
            declaration.groups[group].title,
            size_band(int(members[group].sum())),
            _figures(columns, rows.row[columns.members[group, rows.row]], chosen.metrics[position], declaration),
        )
        for position, group in enumerate(published)
    )
    names = {group.id for group in groups}
    release = Release(
        name,
        declaration.meets_from,
        groups,
        tuple(group.id for group in declaration.groups if group.id not in names),
        len(rows.row) < len(columns.versions),
        history.sha256,
    )
    return Draft(release, _record(joined, rows, columns, chosen, seen))


def all_parties(given: Parties, before: Parties) -> dict[str, tuple[str, ...]]:
    """What each party has ever seen: whoever saw a score keeps it."""
    names = dict.fromkeys([*before, *given])
    return {name: tuple(sorted({*before.get(name, ()), *given.get(name, ())})) for name in names}


def who_is_in(universe: Universe, in_rows: Flags) -> Flags:
    """R3: of each atom of the history, the part that is given, if it and the rest are safe or empty; else none of it.

    All new versions together are one such atom.
    """
    cells = universe.cells(in_rows[np.newaxis, :])
    given = cells.columns[0]
    labels, count = refined(cells.old, given.astype(np.int64))
    safe = cells.safe(labels, count)[labels]
    blocked = np.zeros(int(cells.old.max(initial=-1)) + 1, bool)
    blocked[cells.old[~safe]] = True
    return in_rows & ~blocked[universe.old]


def chosen_groups(universe: Universe, members: Flags, weights: Sequence[int]) -> list[int]:
    """R6, first half: which declared groups are published."""
    first: dict[bytes, int] = {}
    for group, inside in enumerate(members):
        first.setdefault(np.packbits(inside).tobytes(), group)
    candidates = [group for group in first.values() if members[group].any()]
    if not candidates:
        return []
    cells = universe.cells(members[candidates])
    allowed = [place for place in range(len(candidates)) if cells.may_be_published(cells.columns[place])]
    if not allowed:
        return []
    candidates = [candidates[place] for place in allowed]
    cells = universe.cells(members[candidates])
    best = choose([weights[group] for group in candidates], group_test(cells))
    return [group for place, group in enumerate(candidates) if best >> place & 1]


@dataclass(frozen=True)
class _Joined:
    """History and new results in one universe: versions of the history first, then the new ones.

    `at` says where the version of each row of the columns is.
    """

    universe: Universe
    at: Whole
    versions: list[str]
    organizations: list[str]
    before: int

    @property
    def in_rows(self) -> Flags:
        found = np.zeros(len(self.versions), bool)
        found[self.at] = True
        return found

    def narrowed(self, taken: Flags) -> _Joined:
        """Without the new versions that have to wait, which have never been in a release."""
        keep = taken.copy()
        keep[: self.before] = True
        places = np.flatnonzero(keep).tolist()
        numbers = np.cumsum(keep) - 1
        return _Joined(
            self.universe.only(keep),
            np.where(keep[self.at], numbers[self.at], -1),
            [self.versions[place] for place in places],
            [self.organizations[place] for place in places],
            self.before,
        )


@dataclass(frozen=True)
class _Rows:
    """Rows of the columns that are in the release, and where their versions are in the universe."""

    row: Whole
    at: Whole


@dataclass(frozen=True)
class _Chosen:
    """`metrics`: for each published group, those published in it. `sets`: group, metric and cells of each set."""

    metrics: list[frozenset[str]]
    sets: list[tuple[str, str | None, Flags]]
    labels: Whole
    cells: Cells


def _join(columns: Columns, history: History, parties: Mapping[str, Sequence[str]]) -> _Joined:
    place = {version: at for at, version in enumerate(history.versions)}
    versions, organizations = list(history.versions), list(history.organizations)
    at = np.empty(len(columns.versions), np.int64)
    for row, version in enumerate(columns.versions):
        found = place.get(version)
        if found is None:
            found = len(versions)
            versions.append(version)
            organizations.append(columns.organizations[row])
        elif organizations[found] != columns.organizations[row]:
            raise ValueError(f"version {version} belonged to {organizations[found]} before")
        at[row] = found
    codes: dict[str, int] = {}
    organization = np.fromiter((codes.setdefault(name, len(codes)) for name in organizations), np.int64)
    before = len(history.versions)
    own = int(history.atoms.max(initial=-1)) + 1
    old = np.full(len(versions), own, np.int64)
    old[:before] = history.atoms
    base = old.copy()
    base[before:] = history.nowhere if history.nowhere >= 0 else own
    sees = (
        [codes[each] for each in (*organizations_seen, party) if each in codes]
        for party, organizations_seen in parties.items()
    )
    return _Joined(Universe(organization, old, base, known_by(sees, len(codes))), at, versions, organizations, before)


def _chosen_metrics(
    universe: Universe, members: Flags, published: list[int], columns: Columns, rows: _Rows, declaration: Declaration
) -> _Chosen:
    """R6, second half: in which published groups each metric is published that some of the versions lack."""
    lacking = []
    present = []
    for position, metric in enumerate(columns.metrics):
        has = columns.values[position, rows.row] != MISSING
        if not has.all():
            lacking.append(metric)
            present.append(np.zeros(members.shape[1], bool))
            present[-1][rows.at] = has
    everything = [*members[published], *present]
    cells = universe.cells(np.array(everything, bool).reshape(len(everything), members.shape[1]))
    ids = [declaration.groups[group].id for group in published]
    if not published:
        return _Chosen([], [], cells.base, cells)
    labels, count, inside = publish(cells, range(len(published)))
    without: list[set[str]] = [set() for _ in published]
    sets: list[tuple[str, str | None, Flags]] = [(name, None, cells.columns[place]) for place, name in enumerate(ids)]
    for number, metric in enumerate(lacking):
        for place, name in enumerate(ids):
            those = cells.columns[place] & cells.columns[len(published) + number]
            if (those == cells.columns[place]).all():
                continue
            finer, more = split(labels, count, those)
            if cells.may_be_published(those) and cells.keeps_safe(finer, more, inside):
                labels, count = finer, more
                sets.append((name, metric, those))
            else:
                without[place].add(metric)
    return _Chosen([frozenset(columns.metrics) - lost for lost in without], sets, labels, cells)


def _figures(columns: Columns, rows: Whole, published: frozenset[str], declaration: Declaration) -> dict[str, Figures]:
    return {
        metric: figures_of(columns.values[position, rows], meets_from=threshold(metric, declaration.meets_from))
        if metric in published
        else Figures()
        for position, metric in enumerate(columns.metrics)
    }


def _record(
    joined: _Joined, rows: _Rows, columns: Columns, chosen: _Chosen, parties: Mapping[str, tuple[str, ...]]
) -> Record:
    """Versions in order, atoms numbered as they first occur there."""
    in_rows = [columns.versions[row] for row in rows.row.tolist()]
    taken = frozenset(in_rows)
    waiting = tuple(sorted(version for version in columns.versions if version not in taken))
    order = sorted(range(len(joined.versions)), key=joined.versions.__getitem__)
    labels = chosen.labels[chosen.cells.of]
    numbers: dict[int, int] = {}
    atoms = [numbers.setdefault(int(label), len(numbers)) for label in labels[order].tolist()]
    sets = tuple(
        PublishedSet(
            group, metric, tuple(sorted(numbers[label] for label in np.unique(chosen.labels[inside]).tolist()))
        )
        for group, metric, inside in chosen.sets
    )
    return Record(
        [joined.versions[place] for place in order],
        [joined.organizations[place] for place in order],
        atoms,
        sets,
        taken,
        waiting,
        parties,
    )
