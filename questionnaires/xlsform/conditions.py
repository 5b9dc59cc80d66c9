"""A form's `relevant` as a condition, where a condition can say it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from questionnaires.problems import near_miss
from questionnaires.xlsform.expressions import (
    Comparison,
    Expression,
    Literal,
    Negation,
    NotCarried,
    Ref,
    Selected,
    Several,
    UnknownName,
    as_text,
    parse,
)

Raw = dict[str, Any]
Near = Callable[[str, Collection[str]], str]

_OPPOSITE = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_TURNED = {"=": "=", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True)
class Subject:
    """What a condition may ask of one question. `choices`: the form's choice → the pack's value.

    `kind` is choice, choices, integer, boolean, or rating; a rating compares by < and > only where the choices are the
    numbers themselves (`counts`).
    """

    id: str
    kind: str
    choices: Mapping[str, Any] = field(default_factory=dict)
    counts: bool = True


@dataclass(frozen=True)
class Carried:
    """A condition, and whether it means the same as the expression also while questions are unanswered."""

    condition: Raw
    exact: bool


@dataclass(frozen=True, slots=True)
class _Empty:
    """That a question is unanswered, or (`filled`) that it is answered."""

    name: str
    filled: bool


def condition_of(
    text: str, subjects: Mapping[str, Subject], others: Collection[str] = (), near: Near = near_miss
) -> Carried:
    """The condition that `text` says; NotCarried if there is none.

    `subjects`: questions before this one that became facts and criteria, by name; `others`: all other names of the
    form, which exist and cannot be compared; `near` finds the name that was meant.
    """
    expression = parse(text)
    for name in _names(expression):
        if name not in subjects and name not in others:
            raise UnknownName(f"there is no question {name}{near(name, [*subjects, *others])}")
        if name not in subjects:
            raise NotCarried(f"{name} is no fact, nor a criterion that stands before")
    reader = _Reader(subjects, near)
    return Carried(reader.whole(expression), reader.exact)


class _Reader:
    def __init__(self, subjects: Mapping[str, Subject], near: Near) -> None:
        self._subjects = subjects
        self._near = near
        self.exact = False

    def whole(self, expression: Expression) -> Raw:
        """A condition that is unknown applies, so `or unanswered` at the top says nothing more than conditions do."""
        parts = expression.parts if isinstance(expression, Several) and not expression.both else (expression,)
        empty = {found.name for part in parts if (found := _emptiness(part)) and not found.filled}
        said = [part for part in parts if not ((found := _emptiness(part)) and not found.filled)]
        alone = {next(iter(names)) for part in said if len(names := set(_names(part))) == 1}
        if missing := empty - alone:
            raise NotCarried(f"that {min(missing)} is unanswered cannot be a condition")
        asked = {name for part in said for name in _names(part)}
        self.exact = asked <= empty or all(_holds_unanswered(part) for part in said)
        return self._several(False, said)

    def _several(self, both: bool, parts: Iterable[Expression]) -> Raw:
        conditions = [self._condition(part) for part in parts]
        if len(conditions) == 1:
            return conditions[0]
        return {"all" if both else "any": conditions}

    def _condition(self, expression: Expression) -> Raw:
        if isinstance(expression, Several):
            parts = list(expression.parts)
            if expression.both:
                # `answered and …` about the same question: the comparison alone says it.
                others = {name for part in parts if _emptiness(part) is None for name in _names(part)}
                parts = [
                    part
                    for part in parts
                    if not ((found := _emptiness(part)) and found.filled and found.name in others)
                ]
            return self._several(expression.both, parts)
        if isinstance(expression, Negation):
            return self._negated(expression.part)
        if isinstance(expression, Selected):
            return self._compare(expression.name, "=", Literal(expression.choice), selected=True)
        if isinstance(expression, Comparison):
            name, operator, literal = _sides(expression)
            return self._compare(name, operator, literal)
        raise NotCarried("it compares nothing")

    def _negated(self, part: Expression) -> Raw:
        if isinstance(part, Negation):
            return self._condition(part.part)
        if isinstance(part, Comparison):
            name, operator, literal = _sides(part)
            return self._compare(name, _OPPOSITE[operator], literal)
        return {"not": self._condition(part)}

    def _compare(self, name: str, operator: str, literal: Literal, *, selected: bool = False) -> Raw:
        subject = self._subjects[name]
        if literal.value == "":
            raise NotCarried(f"that {name} is unanswered, or answered, cannot be a condition by itself")
        if subject.kind == "integer":
            return _ordered(subject.id, operator, _number(name, literal))
        if subject.kind == "rating" and operator not in ("=", "!="):
            return _rated(subject, operator, _number(name, literal))
        if operator not in ("=", "!="):
            raise NotCarried(f"{name} is no number, so {operator} says nothing of it")
        choice = as_text(literal)
        if choice not in subject.choices:
            hint = self._near(choice, subject.choices)
            raise NotCarried(f"“{choice[:60]}” of {name} is no level and no option{hint}")
        value = subject.choices[choice]
        if subject.kind == "choices":
            if not selected:
                raise NotCarried(f"{name} takes several choices; only selected() can look at them")
            return {subject.id: {"includes": value}}
        if subject.kind == "rating" and operator == "!=":
            return {"not": {subject.id: {"is": value}}}
        return {subject.id: {"is" if operator == "=" else "is_not": value}}


def _names(expression: Expression) -> Iterator[str]:
    """Names of the questions that an expression looks at, in order, some perhaps several times."""
    if isinstance(expression, Ref | Selected):
        yield expression.name
    elif isinstance(expression, Comparison):
        yield from _names(expression.left)
        yield from _names(expression.right)
    elif isinstance(expression, Negation):
        yield from _names(expression.part)
    elif isinstance(expression, Several):
        for part in expression.parts:
            yield from _names(part)


def _emptiness(expression: Expression) -> _Empty | None:
    if isinstance(expression, Comparison) and expression.operator in ("=", "!="):
        left, right = expression.left, expression.right
        if isinstance(left, Literal):
            left, right = right, left
        if isinstance(left, Ref) and right == Literal(""):
            return _Empty(left.name, expression.operator == "!=")
    if isinstance(expression, Negation) and (inner := _emptiness(expression.part)) is not None:
        return _Empty(inner.name, not inner.filled)
    return None


def _holds_unanswered(expression: Expression) -> bool:
    """Whether a single comparison holds of an unanswered question, as an unknown condition does."""
    if isinstance(expression, Negation):
        part = expression.part
        return isinstance(part, Selected) or (isinstance(part, Comparison) and part.operator != "!=")
    return isinstance(expression, Comparison) and expression.operator == "!="


def _sides(comparison: Comparison) -> tuple[str, str, Literal]:
    if isinstance(comparison.left, Ref) and isinstance(comparison.right, Literal):
        return comparison.left.name, comparison.operator, comparison.right
    if isinstance(comparison.left, Literal) and isinstance(comparison.right, Ref):
        return comparison.right.name, _TURNED[comparison.operator], comparison.left
    raise NotCarried("only a question and a fixed value can be compared")


def _number(name: str, literal: Literal) -> Fraction:
    if isinstance(literal.value, Fraction):
        return literal.value
    if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", literal.value):
        return Fraction(literal.value)
    raise NotCarried(f"{name} is a number and is compared with “{literal.value[:60]}”")


def _ordered(name: str, operator: str, number: Fraction) -> Raw:
    """Integers have neighbours, so `< 3` is `at most 2`."""
    if operator in ("=", "!="):
        if number.denominator != 1:
            raise NotCarried(f"{name} can never be {float(number):g}")
        return {name: {"is" if operator == "=" else "is_not": int(number)}}
    if operator in (">", ">="):
        least = math.floor(number) + 1 if operator == ">" else math.ceil(number)
        return {name: {"at_least": least}}
    most = math.ceil(number) - 1 if operator == "<" else math.floor(number)
    return {name: {"at_most": most}}


def _rated(subject: Subject, operator: str, number: Fraction) -> Raw:
    """A condition may only name levels, so the bound moves to the next one."""
    if not subject.counts:
        raise NotCarried(f"the choices of {subject.id} are no numbers in rising order, so {operator} says nothing")
    levels = sorted(subject.choices.values())
    if operator in (">", ">="):
        fitting = [level for level in levels if level > number or (operator == ">=" and level == number)]
        key, bound = "at_least", min(fitting, default=None)
    else:
        fitting = [level for level in levels if level < number or (operator == "<=" and level == number)]
        key, bound = "at_most", max(fitting, default=None)
    if bound is None:
        raise NotCarried(f"no level of {subject.id} is {operator} {float(number):g}")
    return {subject.id: {key: bound}}
