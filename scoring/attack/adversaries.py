"""Who attacks, what they know, whom they attack, and what came of it."""

from __future__ import annotations

import enum
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scoring.attack.solver import SECONDS, ContradictionError, Interval, alike, interval
from scoring.attack.target import Target
from scoring.benchmarks.model import UNKNOWN

NARROW = 20
"""An interval of at most so many points gives the value away."""
COALITION = 9


class Adversary(enum.StrEnum):
    """What somebody knows before looking at what is published; the memberships are always known."""

    MEMBER = "A1"
    PARTY = "A2"
    PARTY_AND_MEMBER = "A3"
    COALITION = "A4"
    ALL_BUT_SEVEN = "A5"


ALLOWED = {
    Adversary.MEMBER: 0.0,
    Adversary.PARTY: 0.0,
    Adversary.PARTY_AND_MEMBER: 0.0,
    Adversary.COALITION: 0.0,
    Adversary.ALL_BUT_SEVEN: 0.01,
}
"""The share of attacks that may succeed, for values and for classes alike."""


@dataclass
class Tally:
    """How many attacks there were, and how many of them found a value or a class.

    `late` did not end in time and count as both; in `outside` the truth was not in the interval, so that the attack
    itself is wrong.
    """

    attacks: int = 0
    value: int = 0
    in_class: int = 0
    late: int = 0
    outside: int = 0

    def add(self, found: Interval, truths: Iterable[int], meets_from: int) -> Tally:
        self.attacks += 1
        self.value += found.breaches_value(NARROW)
        self.in_class += found.breaches_class(meets_from)
        self.late += not found.is_known
        self.outside += not all(found.holds(truth) for truth in truths)
        return self

    def add_all(self, other: Tally) -> None:
        self.attacks += other.attacks
        self.value += other.value
        self.in_class += other.in_class
        self.late += other.late
        self.outside += other.outside

    def is_within(self, share: float) -> bool:
        """Whether no more succeeded than may, and the attack itself is right."""
        return not self.outside and max(self.value, self.in_class) <= share * self.attacks


@dataclass(frozen=True)
class Effort:
    """How many of each to try in one world, for each of so many metrics."""

    metrics: int
    members: int
    parties: int
    pairs: int
    coalitions: int
    victims: int
    seconds: float = SECONDS


@dataclass
class Report:
    """What came of all attacks, by adversary."""

    tallies: dict[Adversary, Tally] = field(default_factory=lambda: {each: Tally() for each in Adversary})

    def add_all(self, other: Report) -> None:
        for adversary, tally in other.tallies.items():
            self.tallies[adversary].add_all(tally)

    @property
    def holds(self) -> bool:
        """Whether no adversary finds more than is allowed."""
        return all(tally.is_within(ALLOWED[adversary]) for adversary, tally in self.tallies.items())

    @property
    def outside(self) -> int:
        return sum(tally.outside for tally in self.tallies.values())


def attack(target: Target, effort: Effort, seed: int) -> Report:
    """All five adversaries against one history of releases."""
    report = Report()
    for adversary, tally in attacks(target, effort, seed):
        report.tallies[adversary].add_all(tally)
    return report


def caught(target: Target, effort: Effort, seed: int) -> Adversary | None:
    """The first adversary who finds more than is allowed; None if nobody does. What was not solved does not count."""
    report = Report()
    for adversary, tally in attacks(target, effort, seed):
        if not tally.late:
            report.tallies[adversary].add_all(tally)
        if not ALLOWED[adversary] and not report.tallies[adversary].is_within(0):
            return adversary
    return next((each for each, tally in report.tallies.items() if not tally.is_within(ALLOWED[each])), None)


def attacks(target: Target, effort: Effort, seed: int) -> Iterator[tuple[Adversary, Tally]]:
    """One attack after the other."""
    chance = random.Random(seed)  # noqa: S311 - a sample to repeat, not a secret
    members = sorted(set(target.organization.values()))
    metrics = [metric for metric, claims in target.claims.items() if claims]
    for metric in chance.sample(metrics, min(effort.metrics, len(metrics))):
        for adversary, known in _outsiders(target, effort, members, chance):
            # One victim stands for all whom the adversary cannot tell from it.
            for victims in alike(target.claims[metric], _victims(target, metric, known)):
                yield adversary, _attack_one(target, metric, known, victims, effort.seconds)
    for metric in metrics:
        possible = _victims(target, metric, frozenset())
        share = min(-(-effort.victims // len(metrics)), len(possible))
        for victim in chance.sample(possible, share):
            known = _all_but_seven(target, victim, possible, chance)
            yield Adversary.ALL_BUT_SEVEN, _attack_one(target, metric, known, [victim], effort.seconds)


def _outsiders(
    target: Target, effort: Effort, members: list[str], chance: random.Random
) -> Iterator[tuple[Adversary, frozenset[str]]]:
    parties = list(target.parties.values())
    for member in chance.sample(members, min(effort.members, len(members))):
        yield Adversary.MEMBER, frozenset([member])
    for party in chance.sample(parties, min(effort.parties, len(parties))):
        yield Adversary.PARTY, party
    for _ in range(effort.pairs if parties else 0):
        yield Adversary.PARTY_AND_MEMBER, chance.choice(parties) | {chance.choice(members)}
    for _ in range(effort.coalitions):
        yield Adversary.COALITION, frozenset(chance.sample(members, min(COALITION, len(members))))


def _all_but_seven(target: Target, victim: str, possible: list[str], chance: random.Random) -> frozenset[str]:
    """Everybody conspires against the victim, but for six more of its atom: fewer than that never remain silent."""
    own = target.organization[victim]
    atom = target.atoms[victim]
    others = {target.organization[each] for each in possible if target.atoms[each] == atom} - {own}
    silent = {own, *chance.sample(sorted(others), min(UNKNOWN - 1, len(others)))}
    return frozenset(target.organization.values()) - silent


def _attack_one(target: Target, metric: str, known: frozenset[str], victims: list[str], seconds: float) -> Tally:
    truth = target.truth[metric]
    seen = {version: value for version, value in truth.items() if target.organization[version] in known}
    # Somebody may be in a published set whose value is no longer kept: unknown to everybody, as far as can be tested.
    everybody = truth.keys() | {each for members in {c.members for c in target.claims[metric]} for each in members}
    try:
        found = interval(target.claims[metric], everybody, seen, victims[0], seconds=seconds)
    except ContradictionError:
        # The truth itself fits the claims, so that this can only be a mistake in them.
        found = Interval(1, 0)
    return Tally().add(found, [truth[victim] for victim in victims], target.threshold(metric))


def _victims(target: Target, metric: str, known: frozenset[str]) -> list[str]:
    published = frozenset[str]().union(*(claim.members for claim in target.claims[metric]))
    return sorted(
        version
        for version in target.truth[metric]
        if version in published and target.organization[version] not in known
    )
