"""Made-up coalitions to attack: about 55 members, three yearly releases, caseloads, donors; the same for each seed.

Groups overlap. Members join and leave, most are assessed anew each year, caseloads change hands. Two standards concern
only some of the members; one of them has a group of its own.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from scoring.attack.claims import Members
from scoring.attack.target import Target, published
from scoring.benchmarks import Columns, Declaration, Draft, History, PeerGroup, make_release
from scoring.benchmarks.history import read_history
from scoring.benchmarks.model import MISSING
from scoring.benchmarks.writing import Seal, record_json

YEARS = 3
MEETS_FROM = 75
GROUPS = (
    ("all", 3),
    ("national", 1),
    ("international", 1),
    ("small", 1),
    ("large", 1),
    ("residential", 1),
    ("outreach", 1),
    ("capital", 1),
    ("legal", 1),
)
MIDDLES = (50, 60, 70, 80)
"""Coalitions differ in how far their members are."""
_QUESTIONS = ("overall", "policy", "practice", "group:P1", "group:P2")
_METRICS = (*_QUESTIONS, "standard:shelters", "standard:courts")
_SHARES = (0, 25, 33, 50, 67, 75, 80, 100, 100, 100)


@dataclass(frozen=True)
class Year:
    """What was given to one release: members of groups, and values, by version."""

    organization: Mapping[str, str]
    groups: Mapping[str, Members]
    values: Mapping[str, Mapping[str, int | None]]

    @property
    def declaration(self) -> Declaration:
        return Declaration(MEETS_FROM, tuple(PeerGroup(name, name.title(), weight) for name, weight in GROUPS))

    def columns(self) -> Columns:
        versions = list(self.organization)
        inside = [[version in self.groups[name] for version in versions] for name, _ in GROUPS]
        values = [
            [MISSING if (value := column[version]) is None else value for version in versions]
            for column in self.values.values()
        ]
        return Columns(
            "made-up",
            "1",
            versions,
            list(self.organization.values()),
            np.array(inside, bool),
            tuple(self.values),
            np.array(values, np.uint8),
        )


@dataclass(frozen=True)
class World:
    """A coalition over three years, and who sees whom by name. `middle` is the mean of its members in the first."""

    middle: int
    years: tuple[Year, ...]
    parties: Mapping[str, tuple[str, ...]]

    @cached_property
    def truth(self) -> dict[str, dict[str, int]]:
        """By metric and version, over all years."""
        found: dict[str, dict[str, int]] = {metric: {} for metric in _METRICS}
        for year in self.years:
            for metric, column in year.values.items():
                found[metric] |= {version: value for version, value in column.items() if value is not None}
        return found

    @cached_property
    def organization(self) -> dict[str, str]:
        return {version: name for year in self.years for version, name in year.organization.items()}


def made_up_world(seed: int, *, members: int = 55, middle: int | None = None) -> World:
    """The coalition of this seed; its level comes from the seed too, unless it is given."""
    chance = random.Random(seed)  # noqa: S311 - made-up data needs no secure randomness
    names = [f"member-{number:02}" for number in range(members + 12)]
    facts = {name: _facts(chance) for name in names}
    middle = middle or MIDDLES[seed % len(MIDDLES)]
    level = {name: chance.gauss(middle, 20) for name in names}
    present = names[:members]
    waiting = names[members:]
    years: list[Year] = []
    current: dict[str, str] = {}
    for year in range(YEARS):
        if year:
            present = [name for name in present if chance.random() > 0.04]
            joining = chance.choice((0, 2, 4))
            present, waiting = present + waiting[:joining], waiting[joining:]
        # In some years nearly everybody is assessed anew, in others a good part keeps what it had.
        stays = chance.choice((0.0, 0.3))
        current = {
            name: current[name] if name in current and chance.random() < stays else f"{name}/{year}" for name in present
        }
        level = {name: value + chance.gauss(3, 4) for name, value in level.items()}
        years.append(_year(chance, current, facts, level, years))
    return World(middle, tuple(years), _parties(chance, names))


def target_of(world: World) -> Target:
    """What the project's own rules publish of a world."""
    return published(releases_of(world), world.truth, world.organization, world.parties)


def releases_of(world: World) -> list[Draft]:
    """Its releases by the project's rules, each with those before as its history."""
    files = []
    drafts = []
    history = History()
    for number, year in enumerate(world.years):
        draft = make_release(str(number), year.declaration, year.columns(), parties=world.parties, history=history)
        drafts.append(draft)
        seal = Seal("", {})
        record = record_json(draft, seal=seal, code="", pack=("made-up", "1"), previous=history.record_sha256)
        files.append((draft.release.as_json(), record))
        history = read_history(files)
    return drafts


def _facts(chance: random.Random) -> dict[str, bool]:
    national = chance.random() < 0.65
    large = chance.random() < (0.35 if national else 0.65)
    return {
        "all": True,
        "national": national,
        "international": not national,
        "small": not large,
        "large": large,
        "residential": chance.random() < 0.45,
        "outreach": chance.random() < 0.6,
        "capital": chance.random() < 0.5,
        "legal": chance.random() < 0.25,
    }


def _year(
    chance: random.Random,
    current: Mapping[str, str],
    facts: Mapping[str, Mapping[str, bool]],
    level: Mapping[str, float],
    before: list[Year],
) -> Year:
    values: dict[str, dict[str, int | None]] = {metric: {} for metric in _METRICS}
    for name, version in current.items():
        for metric in _METRICS:
            earlier = next((year for year in before if version in year.organization), None)
            if earlier is not None:
                values[metric][version] = earlier.values[metric][version]
                continue
            if metric in _QUESTIONS:
                value: int | None = max(0, min(100, round(chance.gauss(level[name], 10))))
            else:
                value = chance.choice(_SHARES)
            concerns = facts[name]["residential"] if metric == "standard:shelters" else chance.random() < 0.8
            values[metric][version] = value if metric in _QUESTIONS or concerns else None
    groups = {
        group: frozenset(version for name, version in current.items() if facts[name][group]) for group, _ in GROUPS
    }
    return Year({version: name for name, version in current.items()}, groups, values)


def _parties(chance: random.Random, names: list[str]) -> dict[str, tuple[str, ...]]:
    """Seven mentors with caseloads, some of which changed hands, and three donors; lists hold whoever was ever seen."""
    mixed = chance.sample(names, len(names))
    parties = {f"mentor-{number}": tuple(mixed[number::7]) for number in range(7)}
    parties["mentor-0"] += tuple(chance.sample(parties["mentor-1"], 2))
    parties["mentor-3"] += tuple(chance.sample(parties["mentor-2"], 3))
    return parties | {f"donor-{number}": tuple(chance.sample(names, chance.randint(4, 9))) for number in range(3)}
