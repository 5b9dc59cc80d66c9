"""From the YAML of `applies_when` to a `Condition`, with everything checked that can be known beforehand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from questionnaires.conditions import AllOf, AnyOf, Compare, Condition, Not, Operator, Plain
from questionnaires.problems import Hint
from questionnaires.shapes import Place
from questionnaires.source import Word, YamlList, YamlMap, describe

_RATING_OPERATORS = (Operator.IS, Operator.AT_LEAST, Operator.AT_MOST)
_FACT_OPERATORS = {
    "choice": (Operator.IS, Operator.IS_NOT, Operator.IN),
    "choices": (Operator.INCLUDES, Operator.INCLUDES_ANY),
    "integer": (Operator.IS, Operator.IS_NOT, Operator.IN, Operator.AT_LEAST, Operator.AT_MOST),
    "boolean": (Operator.IS, Operator.IS_NOT, Operator.IN),
}
_SEVERAL = (Operator.IN, Operator.INCLUDES_ANY)

Add = Callable[..., None]


@dataclass(frozen=True)
class Scope:
    """What a condition may name: facts (raw), the criteria that stand before it, and the levels of each.

    `later` are criteria that it may not name yet. `instead` takes the place of a comparison that cannot be made, for
    standards, which may have been written for packs with other facts. `may_exist`: parts of the pack cannot be read and
    may define any name.
    """

    facts: YamlMap
    levels: Callable[[str], tuple[int, ...] | None]
    criteria: Collection[str]
    is_group: Callable[[str], bool]
    later: Collection[str] = ()
    instead: Condition | None = None
    may_exist: bool = False


def compile_condition(raw: Any, place: Place, scope: Scope, add: Add) -> Condition | None:
    """The condition, or None once what is wrong with it has been handed to `add(place, rule, …)`."""
    if not isinstance(raw, YamlMap):
        add(place, "condition-form", found=f"this is {describe(raw)}")
        return None
    if len(raw) != 1:
        add(place, "condition-form", found=f"this has {len(raw)} keys" if raw else "this is empty")
        return None
    ((key, value),) = raw.items()
    key_at, value_at = raw.key_at[key], raw.value_at[key]
    if key in ("all", "any"):
        return _several(str(key), value, value_at, scope, add)
    if key == "not":
        part = compile_condition(value, value_at, scope, add)
        return None if part is None else Not(part)
    if not isinstance(key, str):
        add(key_at, "condition-form", found=f"its key is {describe(key)}")
        return None
    return _comparison(str(key), key_at, value, value_at, scope, add) or scope.instead


def _several(key: str, raw: Any, place: Place, scope: Scope, add: Add) -> Condition | None:
    if not isinstance(raw, YamlList) or not raw:
        add(
            place,
            "condition-form",
            found=f"{key} needs a list of conditions, not {describe(raw) if raw or raw is None else 'an empty one'}",
        )
        return None
    parts = [compile_condition(part, at, scope, add) for part, at in zip(raw, raw.item_at, strict=True)]
    whole = tuple(part for part in parts if part is not None)
    if len(whole) < len(parts):
        return None
    return AllOf(whole) if key == "all" else AnyOf(whole)


def _comparison(name: str, name_at: Place, raw: Any, place: Place, scope: Scope, add: Add) -> Condition | None:
    if not _known(name, name_at, scope, add) and scope.instead is None:
        return None
    if not isinstance(raw, YamlMap) or len(raw) != 1:
        found = f"{name} is followed by {len(raw)} operators" if isinstance(raw, YamlMap) else ""
        add(place, "condition-form", found=found or f"{name} is followed by {describe(raw)} instead of an operator")
        return None
    ((word, value),) = raw.items()
    operator = _operator(word, raw.key_at[word], add)
    if operator is None or not _fits(name, operator, raw.key_at[word], scope, add):
        return None
    read = _Values(name, scope, add).of(operator, value, raw.value_at[word])
    return None if read is None else Compare(name, name in scope.criteria, operator, read)


def _known(name: str, place: Place, scope: Scope, add: Add) -> bool:
    if name in scope.facts.key_at or name in scope.criteria:
        return name in scope.criteria or name in scope.facts
    if name in scope.later:
        add(place, "later-criterion", name=name)
    elif scope.is_group(name):
        add(place, "names-group", name=name)
    elif not scope.may_exist:
        hint = Hint(name, itertools.chain(scope.facts, scope.criteria, ("all", "any", "not")))
        add(place, "unknown-name", name=name, hint=hint)
    return False


def _operator(word: object, place: Place, add: Add) -> Operator | None:
    try:
        return Operator(str(word))
    except ValueError:
        name = word if isinstance(word, str) else describe(word)
        add(place, "unknown-operator", name=name, hint=Hint(name, tuple(Operator)))
        return None


def _fits(name: str, operator: Operator, place: Place, scope: Scope, add: Add) -> bool:
    fitting: tuple[Operator, ...]
    if name in scope.criteria:
        kind, fitting = "a criterion", _RATING_OPERATORS
    else:
        fact_type = scope.facts.get(name, {}).get("type")
        if fact_type is None:
            return False
        kind, fitting = f"a fact of type {fact_type}", _FACT_OPERATORS[fact_type]
    if operator not in fitting:
        add(place, "unfit-operator", subject=name, kind=kind, operator=operator.value, operators=", ".join(fitting))
        return False
    return True


class _Values:
    """Reads what stands behind an operator as values of the subject's type."""

    def __init__(self, name: str, scope: Scope, add: Add) -> None:
        self._name = name
        self._scope = scope
        self._add = add

    def of(self, operator: Operator, raw: Any, place: Place) -> tuple[Plain, ...] | None:
        if operator not in _SEVERAL:
            value = self._one(raw, place)
            return None if value is None else (value,)
        if not isinstance(raw, YamlList) or not raw:
            got = describe(raw) if raw or not isinstance(raw, list) else "an empty list"
            self._add(
                place,
                "wrong-type",
                what=f"the value of {operator.value} for {self._name}",
                wanted="a list of values",
                got=got,
            )
            return None
        values = [self._one(value, at) for value, at in zip(raw, raw.item_at, strict=True)]
        whole = tuple(value for value in values if value is not None)
        return whole if len(whole) == len(values) else None

    def _one(self, raw: Any, place: Place) -> Plain | None:
        if self._name in self._scope.criteria:
            return self._level(raw, place)
        fact = self._scope.facts[self._name]
        if fact["type"] == "boolean":
            value = raw.as_bool if isinstance(raw, Word) else raw
            return value if isinstance(value, bool) else self._wrong(raw, place, "true or false")
        if fact["type"] == "integer":
            is_whole = isinstance(raw, int) and not isinstance(raw, bool)
            return raw if is_whole else self._wrong(raw, place, "a whole number")
        if not isinstance(raw, str):
            return self._wrong(raw, place, "the id of an option")
        options = fact.get("options", ())
        if "options" in fact and raw not in options:
            self._add(place, "unknown-option", fact=self._name, name=raw, hint=Hint(raw, options))
            return raw if self._scope.instead else None
        return str(raw)

    def _level(self, raw: Any, place: Place) -> int | None:
        if isinstance(raw, bool) or not isinstance(raw, int):
            return self._wrong(raw, place, "a level")
        levels = self._scope.levels(self._name)
        if levels is not None and raw not in levels:
            listed = ", ".join(str(level) for level in levels)
            self._add(place, "unknown-level", value=raw, scale=f"the scale of {self._name}", levels=listed)
            return None
        return raw

    def _wrong(self, raw: Any, place: Place, wanted: str) -> None:
        self._add(place, "unfit-value", name=self._name, wanted=wanted, got=describe(raw))
        return None
