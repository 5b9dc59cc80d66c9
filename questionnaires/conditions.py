"""`applies_when`, compiled: a small tree evaluated in three-valued (Kleene) logic.

True, False, or None for unknown. A missing fact and a criterion without a rating make their comparison unknown; what
unknown means at the top (the criterion applies) is for the reader of the condition to say.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


class Operator(enum.StrEnum):
    """How a comparison compares."""

    IS = "is"
    IS_NOT = "is_not"
    IN = "in"
    INCLUDES = "includes"
    INCLUDES_ANY = "includes_any"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


Plain = str | int | bool
Facts = Mapping[str, Plain | tuple[str, ...]]
"""What is known of an organization, by fact id; facts that nobody has stated are absent."""
Ratings = Mapping[str, int]
"""Numeric ratings of criteria that apply, by criterion id; the others are absent."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """False if any part is false, else unknown if any is unknown."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, ratings: Ratings) -> bool | None:
        values = [part.holds(facts, ratings) for part in self.parts]
        if False in values:
            return False
        return None if None in values else True

    def comparisons(self) -> Iterator[Compare]:
        for part in self.parts:
            yield from part.comparisons()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True if any part is true, else unknown if any is unknown."""

    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, ratings: Ratings) -> bool | None:
        values = [part.holds(facts, ratings) for part in self.parts]
        if True in values:
            return True
        return None if None in values else False

    def comparisons(self) -> Iterator[Compare]:
        for part in self.parts:
            yield from part.comparisons()


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite; the opposite of unknown is unknown."""

    part: Condition

    def holds(self, facts: Facts, ratings: Ratings) -> bool | None:
        value = self.part.holds(facts, ratings)
        return None if value is None else not value

    def comparisons(self) -> Iterator[Compare]:
        yield from self.part.comparisons()


@dataclass(frozen=True, slots=True)
class Compare:
    """A fact, or the rating of a criterion, against one or several values.

    A subject of another type than the operator needs is unknown, not false: a standard may have been written for
    packs whose facts differ.
    """

    subject: str
    is_rating: bool
    operator: Operator
    values: tuple[Plain, ...]

    def holds(self, facts: Facts, ratings: Ratings) -> bool | None:
        actual = ratings.get(self.subject) if self.is_rating else facts.get(self.subject)
        if actual is None:
            return None
        if self.operator in (Operator.INCLUDES, Operator.INCLUDES_ANY):
            return any(value in actual for value in self.values) if isinstance(actual, tuple) else None
        if isinstance(actual, tuple) or type(actual) is not type(self.values[0]):
            return None
        return _compare(actual, self.operator, self.values)

    def comparisons(self) -> Iterator[Compare]:
        yield self


Condition = AllOf | AnyOf | Not | Compare


def _compare(actual: Plain, operator: Operator, values: tuple[Plain, ...]) -> bool | None:
    if operator is Operator.IS_NOT:
        return actual != values[0]
    if operator in (Operator.IS, Operator.IN):
        return actual in values
    bound = values[0]
    if isinstance(actual, bool) or not isinstance(actual, int) or not isinstance(bound, int):
        return None
    return actual >= bound if operator is Operator.AT_LEAST else actual <= bound
