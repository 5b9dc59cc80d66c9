"""A second, independent reader of a form's expressions: evaluates them as ODK does, for the tests alone."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(\$\{[^}]+\}|'[^']*'|\d+|-|!=|<=|>=|[=<>(),]|[a-z][a-z-]*)")


def holds(expression: str, answers: Mapping[str, str]) -> bool:
    """Whether `expression` is true. `answers`: the text of every question; what is not asked or not answered is "" ."""
    if not expression:
        return True
    tokens = _TOKEN.findall(expression)
    assert "".join(tokens) == expression.replace(" ", ""), expression
    value, rest = _either(tokens, answers)
    assert not rest, rest
    return _truth(value)


def _either(tokens: list[str], answers: Mapping[str, str]) -> tuple[Any, list[str]]:
    value, tokens = _both(tokens, answers)
    while tokens[:1] == ["or"]:
        other, tokens = _both(tokens[1:], answers)
        value = _truth(value) or _truth(other)
    return value, tokens


def _both(tokens: list[str], answers: Mapping[str, str]) -> tuple[Any, list[str]]:
    value, tokens = _compared(tokens, answers)
    while tokens[:1] == ["and"]:
        other, tokens = _compared(tokens[1:], answers)
        value = _truth(value) and _truth(other)
    return value, tokens


def _compared(tokens: list[str], answers: Mapping[str, str]) -> tuple[Any, list[str]]:
    left, tokens = _one(tokens, answers)
    if not tokens or tokens[0] not in ("=", "!=", "<", "<=", ">", ">="):
        return left, tokens
    operator = tokens[0]
    right, tokens = _one(tokens[1:], answers)
    if operator in ("=", "!="):
        same = left == right if isinstance(left, str) and isinstance(right, str) else _number(left) == _number(right)
        return same == (operator == "="), tokens
    a, b = _number(left), _number(right)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator], tokens


def _one(tokens: list[str], answers: Mapping[str, str]) -> tuple[Any, list[str]]:
    first, rest = tokens[0], tokens[1:]
    if first == "(":
        value, rest = _either(rest, answers)
        assert rest[0] == ")"
        return value, rest[1:]
    if first.startswith("${"):
        return answers[first[2:-1]], rest
    if first.startswith("'"):
        return first[1:-1], rest
    if first == "-":
        return -float(rest[0]), rest[1:]
    if first[0].isdigit():
        return float(first), rest
    return _call(first, rest[1:], answers)


def _call(name: str, tokens: list[str], answers: Mapping[str, str]) -> tuple[Any, list[str]]:
    arguments: list[Any] = []
    while tokens[0] != ")":
        value, tokens = _either(tokens[1:] if tokens[0] == "," else tokens, answers)
        arguments.append(value)
    functions: dict[str, Callable[..., Any]] = {
        "not": lambda value: not _truth(value),
        "selected": lambda chosen, choice: choice in chosen.split(),
        "true": lambda: True,
        "false": lambda: False,
    }
    return functions[name](*arguments), tokens[1:]


def _number(value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        return math.nan


def _truth(value: Any) -> bool:
    return bool(value) and value == value
