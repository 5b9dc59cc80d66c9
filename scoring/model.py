"""Answers and what follows from them, as values. Scores are exact fractions from 0 to 1; rounding is for writing."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from questionnaires.model import ClauseRef

FactValue = str | int | bool | tuple[str, ...]
"""What an organization says about a profile fact: an option, a number, yes or no, several options."""


class Choice(enum.StrEnum):
    """What can be said of a criterion instead of a level."""

    NOT_APPLICABLE = "not-applicable"
    DONT_KNOW = "dont-know"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was agreed on for one criterion: a level, `Choice.NOT_APPLICABLE` (then with a reason), or nothing yet."""

    rating: int | Choice | None
    note: str | None = None
    reason: str | None = None


Sheet = Mapping[str, "int | Choice"]
"""One unnamed staff member's ratings by criterion id."""


@dataclass(frozen=True)
class Answers:
    """One organization's answers to one version of a pack. `organization` is its name, `facts` what it is like."""

    pack: str
    version: str
    organization: str | None = None
    facts: Mapping[str, FactValue] = field(default_factory=dict)
    ratings: Mapping[str, Answer] = field(default_factory=dict)
    sheets: tuple[Sheet, ...] = ()


class State(enum.StrEnum):
    """Where a criterion stands: does not apply by its condition, was said not to apply, has no rating, has one."""

    EXCLUDED = "excluded"
    NOT_APPLICABLE = "not-applicable"
    UNRATED = "unrated"
    RATED = "rated"

    @property
    def applicable(self) -> bool:
        return self in (State.UNRATED, State.RATED)


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """One criterion. `rating` is kept even where the criterion is excluded; `score` exists only where it is rated.

    `target` is the level that a plan aims for; `repair_level` the one from which no essential and no clause of a
    binding standard fails, None where neither concerns this criterion; `clauses` are those of its clauses that apply.
    """

    id: str
    state: State
    rating: int | None
    score: Fraction | None
    essential_failed: bool
    target: int
    repair_level: int | None
    clauses: tuple[ClauseRef, ...] = ()

    @property
    def is_gap(self) -> bool:
        """Rated, applicable and below its target."""
        return self.state is State.RATED and self.rating is not None and self.rating < self.target


@dataclass(frozen=True, slots=True)
class NodeResult:
    """A group, or `overall`. `band` and `capped_by` are ids; `capped_by` is empty unless the band really fell."""

    id: str
    score: Fraction | None
    band: str | None
    capped_by: tuple[str, ...]
    rated: int
    applicable: int
    policy: Fraction | None
    practice: Fraction | None

    @property
    def provisional(self) -> bool:
        """Whether something applicable is still unrated."""
        return self.rated < self.applicable


class ClauseStatus(enum.StrEnum):
    """How far a clause is met."""

    MET = "met"
    PARTLY_MET = "partly-met"
    NOT_MET = "not-met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not-applicable"
    NOT_COVERED = "not-covered"


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """One clause; `applies` is whether its own condition holds or is unknown; `criteria` are all that name it."""

    status: ClauseStatus
    criteria: tuple[str, ...]
    applies: bool


@dataclass(frozen=True)
class StandardResult:
    """One standard, clause by clause."""

    id: str
    clauses: Mapping[str, ClauseResult]

    def count(self, status: ClauseStatus) -> int:
        return sum(1 for clause in self.clauses.values() if clause.status is status)

    @property
    def share_met(self) -> Fraction | None:
        """met / (met + partly-met + not-met); None where that is 0."""
        decided = self.count(ClauseStatus.MET) + self.count(ClauseStatus.PARTLY_MET) + self.count(ClauseStatus.NOT_MET)
        return Fraction(self.count(ClauseStatus.MET), decided) if decided else None


class Reaching(enum.StrEnum):
    """The share of staff ratings at or above the target, in words."""

    FEW = "few"
    SOME = "some"
    MOST = "most"
    NEARLY_ALL = "nearly-all"


class Agreement(enum.StrEnum):
    """Whether the middle half of the staff spans at most one step of the scale."""

    AGREE = "agree"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class StaffView:
    """What may be shown of the staff's ratings of one criterion; None is "may not be shown", never zero.

    `n` is a number, or the text `<k` below the pack's minimum. `counts` maps level value to number of ratings.
    """

    n: int | str
    median: int | None = None
    reaching: Reaching | None = None
    agreement: Agreement | None = None
    counts: Mapping[int, int] | None = None
    dont_know: int | None = None
    not_applicable: int | None = None
    consensus: Fraction | None = None


@dataclass(frozen=True)
class SheetsResult:
    """What may be shown of all sheets. `sheets` is their number, or `<k`."""

    sheets: int | str
    criteria: Mapping[str, StaffView]


@dataclass(frozen=True)
class Result:
    """Everything that follows from one set of answers. Maps are in pack order."""

    pack: str
    version: str
    status: str
    overall: NodeResult
    groups: Mapping[str, NodeResult]
    criteria: Mapping[str, CriterionResult]
    standards: Mapping[str, StandardResult]
    sheets: SheetsResult

    def node(self, node_id: str) -> NodeResult:
        """A group's result or `overall`'s; KeyError if there is no such group."""
        return self.overall if node_id == self.overall.id else self.groups[node_id]
