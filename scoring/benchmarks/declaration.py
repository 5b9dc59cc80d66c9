"""Reads the peer groups (YAML) and the parties (JSON) of a release: every problem at once, with its place."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from questionnaires.conditions import AllOf, AnyOf, Compare, Condition, Not, Operator, Plain
from questionnaires.grammar import CONDITION, ID, TEXT, WEIGHT
from questionnaires.problems import Hint, PackError, Problems
from questionnaires.shapes import ListOf, Number, Place, Record, Report
from questionnaires.source import Word, YamlList, YamlMap, describe, parse_yaml
from scoring.benchmarks.model import MOST, Declaration, PeerGroup

_GROUP = Record("group", ("id", "title"), {"id": ID, "title": TEXT, "weight": WEIGHT, "when": CONDITION})
_FILE = Record(
    "file",
    ("meets_from", "groups"),
    {"meets_from": Number(least=0, most=MOST, whole=True), "groups": ListOf(_GROUP, least=1)},
)
_SEVERAL = (Operator.IN, Operator.INCLUDES_ANY)
_TEXTS = (Operator.INCLUDES, Operator.INCLUDES_ANY)
_NUMBERS = (Operator.AT_LEAST, Operator.AT_MOST)
_SURROGATE = re.compile("[\\ud800-\\udfff]")


def read_declaration(data: bytes, file: str) -> Declaration:
    """The declared groups. PackError, with all problems and their places in `file`, if they cannot be used."""
    problems = Problems()
    report = Report(file, problems)
    raw = parse_yaml(data, file, problems)
    read = None if raw is None else _FILE.read(raw, raw.at, "the file", report)
    groups = [] if read is None else _groups(read.get("groups", ()), report)
    if problems.errors or read is None:
        raise PackError(problems.sorted())
    weights = [Fraction(group.get("weight", 1)) for group, _ in groups]
    unit = math.lcm(*(weight.denominator for weight in weights))
    return Declaration(
        read["meets_from"],
        tuple(
            PeerGroup(group["id"], group["title"], int(weight * unit), condition)
            for (group, condition), weight in zip(groups, weights, strict=True)
        ),
    )


class PartiesError(Exception):
    """Parties that cannot be used; one line for each problem."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def read_parties(data: bytes) -> dict[str, tuple[str, ...]]:
    """Whom each party sees by name. PartiesError, with all problems, if that cannot be known."""
    raw = _json(data)
    if not isinstance(raw, dict):
        raise PartiesError(["the file must hold an object: names of parties, each with a list of organizations"])
    problems = []
    for name, seen in raw.items():
        if not isinstance(seen, list):
            problems.append(f"{name}: must be a list of organizations")
            continue
        problems += [
            f"{name}[{position}]: must be the id of an organization, as text"
            for position, each in enumerate(seen)
            if not isinstance(each, str) or not each.strip() or _SURROGATE.search(each)
        ]
    problems += [f"{name!a}: holds half of a character" for name in raw if _SURROGATE.search(name)]
    if problems:
        raise PartiesError(problems)
    return {name: tuple(seen) for name, seen in raw.items()}


def _json(data: bytes) -> Any:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PartiesError([f"is not UTF-8 text: byte 0x{data[error.start]:02X} on line {line}"]) from error
    if not text.strip():
        raise PartiesError(["the file is empty; without parties, write {}"])
    try:
        return json.loads(text, object_pairs_hook=_object)
    except json.JSONDecodeError as error:
        raise PartiesError([f"is not valid JSON: line {error.lineno} column {error.colno}: {error.msg}"]) from error
    except RecursionError as error:
        raise PartiesError(["is nested too deeply"]) from error
    except ValueError as error:
        raise PartiesError([f"is not valid JSON: {error}"]) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if twice:
        raise PartiesError([f"{name}: stands twice" for name in twice])
    return dict(pairs)


def _groups(raw: Any, report: Report) -> list[tuple[YamlMap, Condition | None]]:
    found = []
    lines: dict[str, int] = {}
    for group in raw:
        condition = None
        if "when" in group.key_at:
            condition = _condition(group["when"], group.value_at["when"], report.add)
        name = group.get("id")
        if name in lines:
            report.add(group.value_at["id"], "duplicate-id", id=name, what="group", line=lines[name])
        elif name is not None:
            lines[name] = group.value_at["id"][0]
        found.append((group, condition))
    return found


def _condition(raw: Any, place: Place, add: Callable[..., None]) -> Condition | None:
    """The condition, or None once what is wrong with it has been reported.

    The form is that of a questionnaire's conditions. But here nothing says which facts there are and of what type, so
    any name may stand, and the operator and its value say what is compared.
    """
    if not isinstance(raw, YamlMap) or len(raw) != 1:
        found = f"this has {len(raw)} keys" if isinstance(raw, YamlMap) else f"this is {describe(raw)}"
        add(place, "condition-form", found=found)
        return None
    ((key, value),) = raw.items()
    value_at = raw.value_at[key]
    if key == "not":
        part = _condition(value, value_at, add)
        return None if part is None else Not(part)
    if key in ("all", "any"):
        return _parts(key, value, value_at, add)
    if not isinstance(key, str):
        add(raw.key_at[key], "condition-form", found=f"its key is {describe(key)}")
        return None
    return _comparison(str(key), value, value_at, add)


def _parts(key: str, raw: Any, place: Place, add: Callable[..., None]) -> Condition | None:
    if not isinstance(raw, YamlList) or not raw:
        found = "an empty one" if isinstance(raw, YamlList) else describe(raw)
        add(place, "condition-form", found=f"{key} needs a list of conditions, not {found}")
        return None
    parts = [_condition(part, at, add) for part, at in zip(raw, raw.item_at, strict=True)]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return AllOf(whole) if key == "all" else AnyOf(whole)


def _comparison(name: str, raw: Any, place: Place, add: Callable[..., None]) -> Condition | None:
    if not isinstance(raw, YamlMap) or len(raw) != 1:
        found = f"{len(raw)} operators" if isinstance(raw, YamlMap) else f"{describe(raw)} instead of an operator"
        add(place, "condition-form", found=f"{name} is followed by {found}")
        return None
    ((word, value),) = raw.items()
    try:
        operator = Operator(str(word))
    except ValueError:
        shown = word if isinstance(word, str) else describe(word)
        add(raw.key_at[word], "unknown-operator", name=shown, hint=Hint(shown, tuple(Operator)))
        return None
    value_at = raw.value_at[word]
    if operator not in _SEVERAL:
        values, places = [value], [value_at]
    elif isinstance(value, YamlList) and value:
        values, places = list(value), value.item_at
    else:
        got = "an empty list" if isinstance(value, YamlList) else describe(value)
        add(
            value_at, "wrong-type", what=f"the value of {operator.value} for {name}", wanted="a list of values", got=got
        )
        return None
    read = [_value(name, operator, each, at, add) for each, at in zip(values, places, strict=True)]
    whole = tuple(each for each in read if each is not None)
    if len(whole) < len(read):
        return None
    return _by_type(name, operator, whole)


def _by_type(name: str, operator: Operator, values: tuple[Plain, ...]) -> Condition:
    """A comparison is made among values of one type; a list that mixes types holds if any of them does."""
    kinds = dict.fromkeys(type(value) for value in values)
    parts = tuple(Compare(name, False, operator, tuple(v for v in values if type(v) is kind)) for kind in kinds)
    return parts[0] if len(parts) == 1 else AnyOf(parts)


def _value(name: str, operator: Operator, raw: Any, place: Place, add: Callable[..., None]) -> Plain | None:
    if operator in _NUMBERS:
        wanted = "a whole number"
        fits = isinstance(raw, int) and not isinstance(raw, bool)
    elif operator in _TEXTS:
        wanted = "the id of an option"
        fits = isinstance(raw, str)
    else:
        wanted = "text, a whole number, true or false"
        fits = isinstance(raw, str | int) and not isinstance(raw, Word)
        if isinstance(raw, Word):
            wanted = f'true or false, or the text in quotes, "{raw}"'
    if not fits:
        add(place, "unfit-value", name=name, wanted=wanted, got=describe(raw))
        return None
    return str(raw) if isinstance(raw, str) else raw
