"""The rules once more, as plainly as they can be written: sets of names, and every subset tried.

Shares nothing with the code under test. Only for small worlds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product

U = 7


@dataclass
class Past:
    """What releases leave behind: every version with its organization, and every published set."""

    organization: dict[str, str] = field(default_factory=dict)
    sets: list[frozenset[str]] = field(default_factory=list)


@dataclass
class Made:
    groups: list[str]
    metrics: dict[str, set[str]]
    waiting: set[str]


Sets = list[frozenset[str]]
Groups = Mapping[str, tuple[Fraction, frozenset[str]]]


def make(
    past: Past,
    organization: Mapping[str, str],
    values: Mapping[str, Mapping[str, int | None]],
    groups: Groups,
    parties: Mapping[str, Iterable[str]],
) -> Made:
    """One release; `values` by metric and version, a group's weight and members by its name. Extends `past`."""
    world = _World(past, organization, parties)
    taken = world.taken
    published = _heaviest(world, {name: (weight, those & taken) for name, (weight, those) in groups.items()})
    sets = list(published.values())
    metrics: dict[str, set[str]] = {name: set() for name in published}
    for metric, column in values.items():
        lacked = any(column[version] is None for version in taken)
        for name, members in published.items():
            those = frozenset(version for version in members if column[version] is not None)
            if not lacked or world.allows(sets, those):
                metrics[name].add(metric)
                sets.append(those)
    past.organization.update({version: organization[version] for version in taken})
    past.sets += sets
    return Made(list(published), metrics, organization.keys() - taken)


class _World:
    def __init__(self, past: Past, organization: Mapping[str, str], parties: Mapping[str, Iterable[str]]) -> None:
        self._everyone = {**past.organization, **organization}
        self._seen = [{name} for name in set(self._everyone.values())] + [set(each) for each in parties.values()]
        self._past = past
        fresh = {version for version in organization if version not in past.organization}
        atoms = [*_classes(past.organization, past.sets), fresh]
        self.taken = frozenset(
            version for atom in atoms for version in atom & organization.keys() if self._enters(atom, organization)
        )
        self._universe = past.organization.keys() | self.taken
        self._before = [*atoms[:-1], fresh & self.taken]

    def _enters(self, atom: set[str], organization: Mapping[str, str]) -> bool:
        part, rest = atom & organization.keys(), atom - organization.keys()
        return self._safe(part) and (not rest or self._safe(rest))

    def _safe(self, versions: Iterable[str]) -> bool:
        those = list(versions)
        unseen = [sum(self._everyone[version] not in k for version in those) for k in self._seen]
        return len(those) >= U and all(count == 0 or count >= U for count in unseen)

    def allows(self, sets: Sets, added: frozenset[str]) -> bool:
        """R1 of the set that is added, and R2 with it."""
        unseen = [sum(self._everyone[version] not in k for version in added) for k in self._seen]
        if len(added) < 10 or min(unseen, default=U) < U:
            return False
        inside = frozenset().union(added, *sets)
        for atom in _classes(self._universe, [*self._past.sets, *sets, added]):
            split_off = any(atom & each and each & inside for each in self._before)
            if (atom & inside or split_off) and not self._safe(atom):
                return False
        return True


def _classes(versions: Iterable[str], sets: Iterable[frozenset[str]]) -> list[set[str]]:
    found: dict[tuple[bool, ...], set[str]] = {}
    sets = list(sets)
    for version in versions:
        found.setdefault(tuple(version in each for each in sets), set()).add(version)
    return list(found.values())


def _heaviest(world: _World, groups: Groups) -> dict[str, frozenset[str]]:
    distinct: dict[frozenset[str], str] = {}
    for name, (_, those) in groups.items():
        distinct.setdefault(those, name)
    best: tuple[Fraction, list[str]] = (Fraction(0), [])
    for choice in product((True, False), repeat=len(distinct)):
        chosen = [name for name, wanted in zip(distinct.values(), choice, strict=True) if wanted]
        weight = sum((groups[name][0] for name in chosen), Fraction(0))
        sets = [groups[name][1] for name in chosen]
        if weight > best[0] and all(world.allows([*sets[:at], *sets[at + 1 :]], each) for at, each in enumerate(sets)):
            best = (weight, chosen)
    return {name: groups[name][1] for name in best[1]}
