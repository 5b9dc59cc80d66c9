"""`applies_when` as the `relevant` expression of a form, exactly.

A form knows only true and false, a condition also unknown; and what is unknown applies. So each condition is written
as four expressions: that it is true, that it is not true, that it is false, that it is not false. The parts of a whole
need no more than those four of their own, so that an expression is as long as its condition. A criterion is asked
where its condition is *not false*.

What the comparisons rest on: an unanswered question, and one that the form does not ask, is empty text; every
comparison of empty text, or of a choice that is no number, with a number by <, >, <=, >= or = is false.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from questionnaires.conditions import AllOf, Compare, Condition, Not, Operator, Plain
from questionnaires.model import Fact, FactType
from questionnaires.xlsform.words import NO, YES


class Wanted(enum.Enum):
    """Which of the four an expression says."""

    TRUE = "true"
    NOT_TRUE = "not true"
    FALSE = "false"
    NOT_FALSE = "not false"


_OF_OPPOSITE = {
    Wanted.TRUE: Wanted.FALSE,
    Wanted.FALSE: Wanted.TRUE,
    Wanted.NOT_TRUE: Wanted.NOT_FALSE,
    Wanted.NOT_FALSE: Wanted.NOT_TRUE,
}


def relevant_when(condition: Condition, names: Mapping[str, str], facts: Mapping[str, Fact]) -> str:
    """The expression that holds exactly where the condition is not false. `names`: the form's name of each subject."""
    return _Writer(names, facts).write(condition, Wanted.NOT_FALSE)[0]


class _Writer:
    """Writes expressions as (text, the operator that joins its parts or nothing)."""

    def __init__(self, names: Mapping[str, str], facts: Mapping[str, Fact]) -> None:
        self._names = names
        self._facts = facts

    def write(self, condition: Condition, wanted: Wanted) -> tuple[str, str]:
        if isinstance(condition, Not):
            return self.write(condition.part, _OF_OPPOSITE[wanted])
        if isinstance(condition, Compare):
            return self._compare(condition, wanted)
        # All parts are true; no part is false. Some part is not true; some part is false. `any` is the mirror image.
        both = isinstance(condition, AllOf) == (wanted in (Wanted.TRUE, Wanted.NOT_FALSE))
        return _join("and" if both else "or", [self.write(part, wanted) for part in condition.parts])

    def _compare(self, compare: Compare, wanted: Wanted) -> tuple[str, str]:
        name = f"${{{self._names[compare.subject]}}}"
        kind = FactType.INTEGER if compare.is_rating else self._facts[compare.subject].type
        if compare.operator is Operator.IS_NOT:
            wanted = _OF_OPPOSITE[wanted]
        match kind:
            case FactType.INTEGER:
                return _number(name, compare, wanted)
            case FactType.BOOLEAN:
                return _boolean(name, compare.values, wanted)
            case FactType.CHOICE:
                return _option(name, [f"{name} = '{value}'" for value in compare.values], compare.values, wanted)
            case FactType.CHOICES:
                return _includes(name, [f"selected({name}, '{value}')" for value in compare.values], wanted)


def _number(name: str, compare: Compare, wanted: Wanted) -> tuple[str, str]:
    if compare.operator is Operator.AT_LEAST:
        true, false = f"{name} >= {compare.values[0]}", f"{name} < {compare.values[0]}"
    elif compare.operator is Operator.AT_MOST:
        true, false = f"{name} <= {compare.values[0]}", f"{name} > {compare.values[0]}"
    else:
        return _one_of_numbers(name, compare.values, wanted)
    return {
        Wanted.TRUE: (true, ""),
        Wanted.NOT_TRUE: (f"not({true})", ""),
        Wanted.FALSE: (false, ""),
        Wanted.NOT_FALSE: (f"not({false})", ""),
    }[wanted]


def _one_of_numbers(name: str, values: tuple[Plain, ...], wanted: Wanted) -> tuple[str, str]:
    if wanted in (Wanted.TRUE, Wanted.NOT_TRUE):
        same = [f"{name} = {value}" for value in values]
        if wanted is Wanted.TRUE:
            return _join("or", [(text, "") for text in same])
        return _join("and", [(f"not({text})", "") for text in same])
    # Not `!=`, which holds for what is no number at all.
    other = [f"{name} < {value} or {name} > {value}" for value in values]
    if wanted is Wanted.FALSE:
        return _join("and", [(text, "or") for text in other])
    return _join("or", [(f"not({text})", "") for text in other])


def _boolean(name: str, values: tuple[Plain, ...], wanted: Wanted) -> tuple[str, str]:
    answers = [YES if value else NO for value in (True, False) if value in values]
    others = [answer for answer in (YES, NO) if answer not in answers]
    found = answers if wanted in (Wanted.TRUE, Wanted.NOT_TRUE) else others
    if wanted in (Wanted.TRUE, Wanted.FALSE):
        return _join("or", [(f"{name} = '{answer}'", "") for answer in found]) if found else ("false()", "")
    return _join("and", [(f"{name} != '{answer}'", "") for answer in found]) if found else ("true()", "")


def _option(name: str, same: list[str], values: tuple[Plain, ...], wanted: Wanted) -> tuple[str, str]:
    differs = [(f"{name} != '{value}'", "") for value in values]
    return {
        Wanted.TRUE: _join("or", [(text, "") for text in same]),
        Wanted.NOT_TRUE: _join("and", differs),
        Wanted.FALSE: _join("and", [(f"{name} != ''", ""), *differs]),
        Wanted.NOT_FALSE: _join("or", [(f"{name} = ''", ""), *((text, "") for text in same)]),
    }[wanted]


def _includes(name: str, chosen: list[str], wanted: Wanted) -> tuple[str, str]:
    left = [(f"not({text})", "") for text in chosen]
    return {
        Wanted.TRUE: _join("or", [(text, "") for text in chosen]),
        Wanted.NOT_TRUE: _join("and", left),
        Wanted.FALSE: _join("and", [(f"{name} != ''", ""), *left]),
        Wanted.NOT_FALSE: _join("or", [(f"{name} = ''", ""), *((text, "") for text in chosen)]),
    }[wanted]


def _join(operator: str, parts: list[tuple[str, str]]) -> tuple[str, str]:
    if len(parts) == 1:
        return parts[0]
    texts = [f"({text})" if inner not in ("", operator) else text for text, inner in parts]
    return f" {operator} ".join(texts), operator
