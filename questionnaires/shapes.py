"""A small kit to say what a YAML mapping must look like, check it and print the same as JSON Schema.

Checking never stops at the first problem: what is wrong is noted with its place and left out, and what is right goes
on, so that one run names everything.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any

from questionnaires.khmer import one_order
from questionnaires.problems import Problems, near_miss
from questionnaires.source import TooLong, Word, YamlList, YamlMap, describe

Place = tuple[int, int]
INVALID: Any = object()
"""Stands for a value that was wrong and has been reported."""

_HTML = re.compile(r"<[A-Za-z/!?][^<>\n]{0,40}>?|&(?:[A-Za-z]{2,8}|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Report:
    """Where findings about one file go."""

    file: str
    problems: Problems

    def add(self, place: Place, rule: str, /, **values: object) -> None:
        self.problems.add(self.file, *place, rule, **values)


class Shape(ABC):
    """What one value must be."""

    @abstractmethod
    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        """The value in its normal form, or `INVALID` once the reason has been reported."""

    @abstractmethod
    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        """JSON Schema (2020-12) of it; named shapes go into `definitions`."""

    def definition(self) -> dict[str, Any]:
        """A whole JSON Schema document."""
        definitions: dict[str, Any] = {}
        schema = self.schema(definitions)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "$defs": definitions}


def _wrong(report: Report, place: Place, what: str, wanted: str, value: object, rule: str = "wrong-type") -> Any:
    report.add(place, rule, what=what, wanted=wanted, got=describe(value))
    return INVALID


def _nowhere() -> Report:
    """For a value whose key has been reported already."""
    return Report("", Problems())


def _one(noun: str) -> str:
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


class Text(Shape):
    """Plain text for people: not empty, no HTML, no control characters; Khmer in one order (khmer.py)."""

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if not isinstance(value, str):
            quotes = " (in quotes)" if value is not None and not isinstance(value, list | dict) else ""
            return _wrong(report, place, what, f"text{quotes}", value)
        if not value.strip():
            report.add(place, "empty-text", what=what)
            return INVALID
        if found := _CONTROL.search(value):
            report.add(place, "control-character", what=what, code=f"{ord(found[0]):04X}")
            return INVALID
        if ("<" in value or "&" in value) and (found := _HTML.search(value)):
            report.add(place, "html", what=what, found=found[0])
            return INVALID
        return one_order(value.strip())

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}


@dataclass(frozen=True)
class Name(Shape):
    """An id: text of a fixed form."""

    pattern: str = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
    wanted: str = "an id (at most 64 letters, digits, dots, hyphens and underscores, with a letter or digit first)"

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if not isinstance(value, str):
            return _wrong(report, place, what, "text (in quotes)", value)
        if not re.fullmatch(self.pattern, value):
            return _wrong(report, place, what, self.wanted, value, "bad-id")
        return str(value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True)
class Number(Shape):
    """An exact number within limits; `above` and `below` exclude the limit, `least` and `most` include it."""

    above: int | None = None
    least: int | None = None
    most: int | None = None
    below: int | None = None
    whole: bool = False

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        kinds = int if self.whole else int | Fraction
        if isinstance(value, TooLong):
            return _wrong(report, place, what, self._limits(), value, "out-of-range")
        if isinstance(value, bool) or not isinstance(value, kinds):
            return _wrong(report, place, what, "a whole number" if self.whole else "a number", value)
        if not self._fits(value):
            return _wrong(report, place, what, self._limits(), value, "out-of-range")
        return value if self.whole else Fraction(value)

    def _fits(self, value: int | Fraction) -> bool:
        return (
            (self.above is None or value > self.above)
            and (self.least is None or value >= self.least)
            and (self.most is None or value <= self.most)
            and (self.below is None or value < self.below)
        )

    def _limits(self) -> str:
        words = ("above", "at least", "at most", "below")
        limits = (self.above, self.least, self.most, self.below)
        return " and ".join(f"{word} {limit}" for word, limit in zip(words, limits, strict=True) if limit is not None)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        keys = ("exclusiveMinimum", "minimum", "maximum", "exclusiveMaximum")
        limits = (self.above, self.least, self.most, self.below)
        bounds = {key: limit for key, limit in zip(keys, limits, strict=True) if limit is not None}
        return {"type": "integer" if self.whole else "number", **bounds}


class Boolean(Shape):
    """true or false; yes, no, on and off without quotes are understood too."""

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if isinstance(value, Word):
            return value.as_bool
        return value if isinstance(value, bool) else _wrong(report, place, what, "true or false", value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True)
class OneOf(Shape):
    """One of a closed set of words."""

    words: tuple[str, ...]

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if isinstance(value, str) and value in self.words:
            return str(value)
        hint = near_miss(value, self.words) if isinstance(value, str) else ""
        report.add(place, "wrong-value", what=what, wanted=" or ".join(self.words), got=describe(value), hint=hint)
        return INVALID

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"enum": list(self.words)}


class Day(Shape):
    """A date as YYYY-MM-DD, quoted or not."""

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                pass
        return _wrong(report, place, what, "a date as YYYY-MM-DD", value)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@dataclass(frozen=True)
class ListOf(Shape):
    """A list; `least` items at least; `unique`: none twice."""

    item: Shape
    least: int = 0
    unique: bool = False

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if not isinstance(value, YamlList):
            return _wrong(report, place, what, "a list (entries that begin with a hyphen)", value)
        if len(value) < self.least:
            if value:
                report.add(place, "out-of-range", what=what, wanted=f"at least {self.least}", got=str(len(value)))
                return INVALID
            report.add(place, "empty-list", what=what)
            return INVALID
        result = YamlList(value.at)
        seen = set()
        for entry, at in zip(value, value.item_at, strict=True):
            read = self.item.read(entry, at, f"an entry of {what}" if not isinstance(self.item, Record) else "", report)
            if read is INVALID:
                result.dropped += 1
                continue
            if self.unique and read in seen:
                report.add(at, "repeated-entry", what=what, value=read)
                continue
            if self.unique:
                seen.add(read)
            result.append(read)
            result.item_at.append(at)
        return result

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        least = {"minItems": self.least} if self.least else {}
        unique = {"uniqueItems": True} if self.unique else {}
        return {"type": "array", "items": self.item.schema(definitions), **least, **unique}


@dataclass(frozen=True)
class MapOf(Shape):
    """A mapping whose keys are ids of the author's choosing. `whole_keys`: they are whole numbers instead."""

    value: Shape
    what: str
    least: int = 1
    whole_keys: bool = False
    key: Name = field(default_factory=Name)

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if not isinstance(value, YamlMap):
            return _wrong(report, place, what, "a mapping (key: value)", value)
        if len(value) < self.least:
            report.add(place, "empty-list", what=what)
            return INVALID
        result = YamlMap(value.at)
        for key, entry in value.items():
            at = value.key_at[key]
            name = self._key(key, at, report)
            if name is INVALID:
                continue
            if name in result.key_at:
                report.add(at, "duplicate-key", key=name, line=result.key_at[name][0])
                continue
            inner = f"{self.what} {name}" if isinstance(self.value, Record) else f"{self.what} {name} in {what}"
            read = self.value.read(entry, value.value_at[key], inner, report)
            result.key_at[name] = at
            result.value_at[name] = value.value_at[key]
            if read is not INVALID:
                result[name] = read
        return result

    def _key(self, key: Any, at: Place, report: Report) -> Any:
        if not self.whole_keys:
            return self.key.read(key, at, f"the id of {_one(self.what)}", report)
        if isinstance(key, str) and re.fullmatch(r"-?[0-9]{1,9}", key):
            return int(key)
        if isinstance(key, int) and not isinstance(key, bool):
            return key
        return _wrong(report, at, f"the value of {_one(self.what)}", "a whole number", key)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        names = {"pattern": "^-?[0-9]+$"} if self.whole_keys else self.key.schema(definitions)
        least = {"minProperties": self.least} if self.least else {}
        return {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": self.value.schema(definitions),
            **least,
        }


@dataclass(eq=False)
class Record(Shape):
    """A mapping with fixed keys. `keys` may be filled in later, for a record that holds its like."""

    name: str
    required: tuple[str, ...]
    keys: dict[str, Shape]

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        owner = self._owner(value, what)
        if not isinstance(value, YamlMap):
            return _wrong(report, place, owner, "a mapping (key: value)", value)
        result = YamlMap(value.at)
        for key, entry in value.items():
            shape = self.keys.get(key) if isinstance(key, str) else None
            meant = str(key) if shape else self._unknown(key, value, owner, report)
            if meant is None or meant in result.key_at:
                continue
            result.key_at[meant] = value.key_at[key]
            result.value_at[meant] = value.value_at[key]
            inner = report if shape or isinstance(self.keys[meant], ListOf | MapOf | Record) else _nowhere()
            read = self.keys[meant].read(entry, value.value_at[key], f"{meant} of {owner}", inner)
            if read is not INVALID:
                result[meant] = read
        for key in self.required:
            if key not in result.key_at:
                report.add(value.at, "missing-key", owner=owner, key=key)
        return result

    def _unknown(self, key: Any, value: YamlMap, owner: str, report: Report) -> str | None:
        """Report the key; the one that was probably meant, so that what follows from the slip is not reported too."""
        name = key if isinstance(key, str) else describe(key)
        meant = report.problems.closest(name, self.keys)
        hint = f"; did you mean {meant}?" if meant else ""
        report.add(value.key_at[key], "unknown-key", owner=owner, key=name, hint=hint)
        return meant if meant not in value else None

    def _owner(self, value: Any, what: str) -> str:
        """How to call this mapping: by its kind and id, else by where it stands."""
        if isinstance(value, dict) and isinstance(value.get("id"), str):
            return f"{self.name} {value['id'][:80]}"
        return what or _one(self.name)

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        name = self.name.replace(" ", "-")
        if name not in definitions:
            definitions[name] = {}
            properties = {key: shape.schema(definitions) for key, shape in self.keys.items()}
            definitions[name] = {
                "type": "object",
                "properties": properties,
                "required": list(self.required),
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{name}"}


@dataclass(frozen=True)
class Short(Shape):
    """A record that may be written as its only text: `{id: Title}` for `{id: {title: Title}}`."""

    record: Record
    key: str

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        if not isinstance(value, str):
            return self.record.read(value, place, what, report)
        read = self.record.keys[self.key].read(value, place, what, report)
        result = YamlMap(place)
        result.value_at[self.key] = result.key_at[self.key] = place
        if read is not INVALID:
            result[self.key] = read
        return result

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "minLength": 1}, self.record.schema(definitions)]}


@dataclass(frozen=True)
class AsIs(Shape):
    """Checked elsewhere; `described` is its JSON Schema."""

    name: str
    described: Callable[[], Mapping[str, Any]]

    def read(self, value: Any, place: Place, what: str, report: Report) -> Any:
        return value

    def schema(self, definitions: dict[str, Any]) -> dict[str, Any]:
        definitions.setdefault(self.name, dict(self.described()))
        return {"$ref": f"#/$defs/{self.name}"}
