"""What a release of benchmarks is, as values. docs/benchmarks.md says what each rule is for."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from questionnaires.conditions import Condition
from scoring.benchmarks.canonical import canonical_sha256

Whole = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.uint8]

UNKNOWN = 7
"""`u`: from so many on, those whom a reader cannot tell apart protect one another."""
LEAST_MEMBERS = 10
MISSING = 255
"""Stands in a column of values for "has none"; values themselves are 0 to 100."""
MOST = 100
STANDARD = "standard:"
"""Metrics that begin so are shares of clauses met, and count as met only at 100."""


class SizeBand(enum.StrEnum):
    """How many members a set has, as far as that is said."""

    FROM_10 = "10-19"
    FROM_20 = "20-29"
    FROM_30 = "30-49"
    FROM_50 = "50-99"
    FROM_100 = "100+"


@dataclass(frozen=True, slots=True)
class PeerGroup:
    """A declared set of members: those for whom the condition surely holds; without one, everybody."""

    id: str
    title: str
    weight: int = 1
    """Relative to the other groups', as a whole number."""
    when: Condition | None = None


@dataclass(frozen=True, slots=True)
class Declaration:
    """The peer groups in declared order, and the value (0 to 100) from which a metric counts as met."""

    meets_from: int
    groups: tuple[PeerGroup, ...]


@dataclass(frozen=True)
class Columns:
    """The results of one round, one column per version; all arrays are parallel to `versions`.

    `members[g]` says who is in declared group g; `values[m]` holds metric m, 0 to 100 or `MISSING`.
    """

    pack: str
    pack_version: str
    versions: Sequence[str]
    organizations: Sequence[str]
    members: Flags
    metrics: tuple[str, ...]
    values: Values


@dataclass(frozen=True, slots=True)
class Figures:
    """What is published of one metric in one group; None is "not published", whatever the reason."""

    median: int | None = None
    q1: int | None = None
    q3: int | None = None
    meets: str | None = None

    def as_json(self) -> dict[str, Any]:
        return {"median": self.median, "q1": self.q1, "q3": self.q3, "meets": self.meets}


@dataclass(frozen=True)
class PublishedGroup:
    """One peer group of a release; `metrics` holds every metric, also those that are not published."""

    id: str
    title: str
    size: SizeBand
    metrics: Mapping[str, Figures]

    def as_json(self) -> dict[str, Any]:
        metrics = {name: figures.as_json() for name, figures in self.metrics.items()}
        return {"id": self.id, "title": self.title, "size": self.size.value, "metrics": metrics}


@dataclass(frozen=True)
class Release:
    """All that becomes public. `previous` is the hash of the release before, None for the first."""

    name: str
    meets_from: int
    groups: tuple[PublishedGroup, ...]
    withheld: tuple[str, ...]
    waiting: bool
    previous: str | None
    unknown: int = UNKNOWN

    def as_json(self) -> dict[str, Any]:
        """As in `release.json`, its own hash included."""
        content = {
            "release": self.name,
            "rules": {"u": self.unknown, "meets_from": self.meets_from},
            "groups": [group.as_json() for group in self.groups],
            "withheld": list(self.withheld),
            "waiting": self.waiting,
            "previous": self.previous,
        }
        return {**content, "sha256": canonical_sha256(content)}


@dataclass(frozen=True, slots=True)
class PublishedSet:
    """Of whom figures were published: a group, or those of its members that have a value for `metric`."""

    group: str
    metric: str | None
    atoms: tuple[int, ...]
    """It is the union of these."""


@dataclass(frozen=True)
class Record:
    """What must be kept for later releases, and never shown.

    `versions`, `organizations` and `atoms` are parallel, ordered by version, and hold every version that ever was in a
    release; `taken` holds those that are in this one, `waiting` those that were left out of it.
    """

    versions: Sequence[str]
    organizations: Sequence[str]
    atoms: Sequence[int]
    sets: tuple[PublishedSet, ...]
    taken: frozenset[str]
    waiting: tuple[str, ...]
    parties: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Draft:
    """A release that has been made: what is public of it, and what is not."""

    release: Release
    record: Record
