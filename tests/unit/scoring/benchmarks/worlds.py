"""Small made-up worlds: results as columns, groups by name, in any combination."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from scoring.benchmarks import Columns, Declaration, PeerGroup
from scoring.benchmarks.model import MISSING


@dataclass
class Round:
    """One round of results."""

    organization: dict[str, str]
    members: dict[str, frozenset[str]]
    values: dict[str, dict[str, int | None]]
    weights: dict[str, int] = field(default_factory=dict)
    meets_from: int = 75

    @property
    def declaration(self) -> Declaration:
        groups = tuple(PeerGroup(name, name.title(), self.weights.get(name, 1)) for name in self.members)
        return Declaration(self.meets_from, groups)

    def columns(self, order: Sequence[str] | None = None) -> Columns:
        versions = list(self.organization) if order is None else list(order)
        numbers = [
            [MISSING if (value := column[version]) is None else value for version in versions]
            for column in self.values.values()
        ]
        inside = [[version in those for version in versions] for those in self.members.values()]
        return Columns(
            "pack",
            "1",
            versions,
            [self.organization[version] for version in versions],
            np.array(inside, bool).reshape(len(self.members), len(versions)),
            tuple(self.values),
            np.array(numbers, np.uint8).reshape(len(self.values), len(versions)),
        )


def made_up_rounds(
    seed: int, *, rounds: int = 2, organizations: int = 40, groups: int = 5
) -> tuple[list[Round], Mapping[str, tuple[str, ...]]]:
    """Rounds one after the other, and parties. Some are assessed anew, some keep their version, some come or go."""
    chance = random.Random(seed)
    names = [f"o{number}" for number in range(organizations)]
    parties = {
        f"p{number}": tuple(chance.sample(names, chance.randint(1, max(1, organizations // 3))))
        for number in range(chance.randint(0, 3))
    }
    current: dict[str, str] = {}
    coarse = chance.random() < 0.5
    member_of = {
        f"g{number}": frozenset(name for name in names if chance.random() < chance.choice((0.3, 0.5, 0.8)))
        for number in range(groups)
    }
    if coarse:
        blocks = [names[start : start + chance.choice((8, 10, 12))] for start in range(0, organizations, 10)]
        member_of = {
            name: frozenset(each for block in blocks if chance.random() < 0.6 for each in block) for name in member_of
        }
    if chance.random() < 0.6:
        member_of["all"] = frozenset(names)
    weights = {name: chance.choice((1, 1, 2, 3)) for name in member_of}
    renewed = chance.choice((0.0, 0.2, 0.5, 1.0))
    found = []
    for number in range(rounds):
        present = [name for name in names if name in current or chance.random() < (0.85 if not number else 0.5)]
        if number and chance.random() < 0.4:
            present = [name for name in present if chance.random() < 0.9]
        current = {
            name: current[name] if name in current and chance.random() >= renewed else f"{name}-{number}"
            for name in present
        }
        lacking = {name for name in names if chance.random() < 0.3}
        values: dict[str, dict[str, int | None]] = {
            "overall": {version: chance.randint(0, 100) for version in current.values()},
            "group:A": {
                version: None if name in lacking else chance.randint(0, 100) for name, version in current.items()
            },
            "standard:B": {
                version: chance.choice((50, 100)) if name in member_of["g0"] else None
                for name, version in current.items()
            },
        }
        members = {
            group: frozenset(current[name] for name in those if name in current) for group, those in member_of.items()
        }
        found.append(Round({version: name for name, version in current.items()}, members, values, weights))
    return found, parties
