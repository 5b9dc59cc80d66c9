"""What a pack is once it has been read: frozen values, references resolved, thresholds exact.

Nothing here knows YAML, files or languages other than the one its texts are in: `Pack.translated` gives the same
pack with its texts in another language, so whoever prints a pack needs no second way to ask for a text.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType

from questionnaires.conditions import Condition

OVERALL = "overall"
"""The name of the root of the group tree wherever a node is named."""


class Status(enum.StrEnum):
    """Whether the wording comes from the body that owns it, or stands in until that body supplies it."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class Kind(enum.StrEnum):
    """Whether a criterion asks for something written down or for something done."""

    POLICY = "policy"
    PRACTICE = "practice"


class FactType(enum.StrEnum):
    """Types that a profile fact can have."""

    CHOICE = "choice"
    CHOICES = "choices"
    INTEGER = "integer"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class Level:
    """One step of a scale."""

    value: int
    title: str
    description: str | None = None


@dataclass(frozen=True)
class Scale:
    """Levels, lowest first."""

    id: str
    title: str
    levels: tuple[Level, ...]

    @property
    def lowest(self) -> int:
        return self.levels[0].value

    @property
    def highest(self) -> int:
        return self.levels[-1].value

    @cached_property
    def values(self) -> tuple[int, ...]:
        return tuple(level.value for level in self.levels)

    def level(self, value: int) -> Level:
        """The level with this value; KeyError if the scale has none."""
        return self._by_value[value]

    def __contains__(self, value: object) -> bool:
        return value in self._by_value

    def score(self, rating: int) -> Fraction:
        """(rating − lowest) / (highest − lowest), from 0 to 1; KeyError if the scale has no such level."""
        return self._scores[rating]

    def lowest_reaching(self, threshold: Fraction) -> int:
        """The lowest level whose score is at least `threshold` (0–1)."""
        above = threshold.numerator * (self.highest - self.lowest)
        lowest, denominator = self.lowest, threshold.denominator
        return next(value for value in self.values if (value - lowest) * denominator >= above)

    @cached_property
    def _by_value(self) -> Mapping[int, Level]:
        return {level.value: level for level in self.levels}

    @cached_property
    def _scores(self) -> Mapping[int, Fraction]:
        span = self.highest - self.lowest
        return {value: Fraction(value - self.lowest, span) for value in self.values}


@dataclass(frozen=True, slots=True)
class Band:
    """A word for scores from `start` (0–1) up to the next band's."""

    id: str
    title: str
    start: Fraction


@dataclass(frozen=True, slots=True)
class Fact:
    """Something about an organization that conditions may read. `options` maps option id to title."""

    id: str
    title: str
    type: FactType
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    minimum: int | None = None


@dataclass(frozen=True, slots=True, order=True)
class ClauseRef:
    """`standard/clause`."""

    standard: str
    clause: str

    def __str__(self) -> str:
        return f"{self.standard}/{self.clause}"


@dataclass(frozen=True, slots=True)
class Criterion:
    """What is rated. Every default has been filled in."""

    id: str
    title: str
    scale: Scale
    weight: Fraction
    essential_from: Fraction
    guidance: str | None = None
    evidence: tuple[str, ...] = ()
    kind: Kind | None = None
    essential: bool = False
    applies_when: Condition | None = None
    clauses: tuple[ClauseRef, ...] = ()
    renamed_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """A node of the tree: holds groups or criteria, never both."""

    id: str
    title: str
    weight: Fraction
    applies_when: Condition | None = None
    groups: tuple[Group, ...] = ()
    criteria: tuple[Criterion, ...] = ()

    @property
    def children(self) -> tuple[Group, ...] | tuple[Criterion, ...]:
        return self.groups or self.criteria

    def walk(self) -> Iterator[Group]:
        """This group and all below it, parents first, in pack order."""
        yield self
        for group in self.groups:
            yield from group.walk()

    def all_criteria(self) -> Iterator[Criterion]:
        """Every criterion below, in pack order."""
        for group in self.walk():
            yield from group.criteria


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done about a gap. `improves` maps criterion id to the rating to expect once it is done."""

    id: str
    title: str
    improves: Mapping[str, int]
    effort_days: Fraction
    cost: Fraction
    duration_months: int
    after: tuple[str, ...] = ()
    owner: str | None = None
    indicator: str | None = None
    trainings: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One requirement of a standard. `met_from` is None where the pack's default holds."""

    id: str
    title: str
    number: str | None = None
    text: str | None = None
    met_from: Fraction | None = None
    applies_when: Condition | None = None


@dataclass(frozen=True)
class Standard:
    """An external standard. `remedy_days`: time to put a shortfall right. `language` is that of its texts."""

    id: str
    version: str
    status: Status
    language: str
    title: str
    clauses: tuple[Clause, ...]
    authority: str | None = None
    adopted: date | None = None
    source: str | None = None
    binding: bool = False
    remedy_days: int | None = None

    def clause(self, clause_id: str) -> Clause:
        """The clause with this id; KeyError if there is none."""
        return self._by_id[clause_id]

    @cached_property
    def _by_id(self) -> Mapping[str, Clause]:
        return {clause.id: clause for clause in self.clauses}


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds where a criterion, group, action or clause says nothing. Thresholds are scores, 0–1."""

    scale: str | None = None
    weight: Fraction = Fraction(1)
    essential_from: Fraction = Fraction(1, 2)
    met_from: Fraction = Fraction(3, 4)
    target_from: Fraction = Fraction(3, 4)
    effort_days: Fraction = Fraction(3)
    duration_months: int = 1
    minimum_sheets: int = 5


@dataclass(frozen=True)
class Pack:
    """A questionnaire, complete and consistent: nothing half-loaded ever becomes one."""

    id: str
    version: str
    status: Status
    language: str
    title: str
    defaults: Defaults
    profile: Mapping[str, Fact]
    scales: Mapping[str, Scale]
    bands: tuple[Band, ...]
    groups: tuple[Group, ...]
    actions: tuple[Action, ...]
    standards: tuple[Standard, ...]
    """Those the pack ships, then the project's that a criterion names, in order of first naming."""
    essential_cap: str | None = None
    description: str | None = None
    source: str | None = None
    translations: Mapping[str, Pack] = field(default_factory=dict, repr=False)
    """The same pack in its other languages, by language; empty in a translated pack."""
    reviewed: bool = True
    """Whether a native reader has checked these texts; always true in the source language."""
    fingerprint: str = ""
    """SHA-256 of the content: structure, texts, translations and the standards it is read with."""

    @cached_property
    def criteria(self) -> tuple[Criterion, ...]:
        """Every criterion, in pack order."""
        return tuple(criterion for group in self.groups for criterion in group.all_criteria())

    @cached_property
    def all_groups(self) -> tuple[Group, ...]:
        """Every group, parents first, in pack order."""
        return tuple(inner for group in self.groups for inner in group.walk())

    def criterion(self, criterion_id: str) -> Criterion:
        """The criterion with this id; KeyError if there is none."""
        return self._criteria_by_id[criterion_id]

    def has_criterion(self, criterion_id: str) -> bool:
        return criterion_id in self._criteria_by_id

    def group(self, group_id: str) -> Group:
        """The group with this id; KeyError if there is none."""
        return self._groups_by_id[group_id]

    def action(self, action_id: str) -> Action:
        """The action with this id; KeyError if there is none."""
        return self._actions_by_id[action_id]

    def band(self, band_id: str) -> Band:
        """The band with this id; KeyError if there is none."""
        return next(band for band in self.bands if band.id == band_id)

    def standard(self, standard_id: str) -> Standard:
        """The standard with this id; KeyError if there is none."""
        return self._standards_by_id[standard_id]

    def clause(self, ref: ClauseRef) -> Clause:
        """The clause that `ref` names; KeyError if there is none."""
        return self.standard(ref.standard).clause(ref.clause)

    def met_from(self, ref: ClauseRef) -> Fraction:
        """The score (0–1) from which a criterion meets that clause."""
        threshold = self.clause(ref).met_from
        return self.defaults.met_from if threshold is None else threshold

    @cached_property
    def criteria_of_clause(self) -> Mapping[ClauseRef, tuple[Criterion, ...]]:
        """For every clause that some criterion names, those criteria in pack order."""
        found: dict[ClauseRef, list[Criterion]] = {}
        for criterion in self.criteria:
            for ref in criterion.clauses:
                found.setdefault(ref, []).append(criterion)
        return {ref: tuple(criteria) for ref, criteria in found.items()}

    @cached_property
    def expected_by_actions(self) -> Mapping[str, int]:
        """For every criterion that some action improves, the highest rating that any of them expects."""
        highest: dict[str, int] = {}
        for action in self.actions:
            for criterion_id, rating in action.improves.items():
                highest[criterion_id] = max(rating, highest.get(criterion_id, rating))
        return highest

    @property
    def languages(self) -> tuple[str, ...]:
        """The source language, then the others."""
        return (self.language, *self.translations)

    def translated(self, language: str) -> Pack:
        """This pack with its texts in `language`; untranslated texts stay as they are; KeyError if it has none."""
        return self if language == self.language else self.translations[language]

    @cached_property
    def _criteria_by_id(self) -> Mapping[str, Criterion]:
        return {criterion.id: criterion for criterion in self.criteria}

    @cached_property
    def _groups_by_id(self) -> Mapping[str, Group]:
        return {group.id: group for group in self.all_groups}

    @cached_property
    def _actions_by_id(self) -> Mapping[str, Action]:
        return {action.id: action for action in self.actions}

    @cached_property
    def _standards_by_id(self) -> Mapping[str, Standard]:
        return {standard.id: standard for standard in self.standards}
