"""YAML with a memory of where everything stood.

Built on the events of libyaml's parser, so that nothing in a file can run, explode or go deeper than is read here:
the parser itself knows no limits and would take the process down. Booleans and numbers are those of YAML 1.2 (`no` is
a word); numbers are exact.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from questionnaires.problems import YAML_ADVICE, Problems

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 150
MAX_VALUES = 1_000_000
MAX_DIGITS = 15

_Loader: Any = getattr(yaml, "CLoader", yaml.Loader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,2})?")
_MAYBE_PLAIN = frozenset("+-.0123456789~nNtTfFyYoO")
_CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_WORDS = {"yes": True, "no": False, "on": True, "off": False}


class Word(str):
    """An unquoted yes, no, on or off: a word, but also what some people write for true and false."""

    __slots__ = ()

    @property
    def as_bool(self) -> bool:
        return _WORDS[self.lower()]


@dataclass(frozen=True, slots=True, eq=False)
class TooLong:
    """A number with more digits than are read."""

    length: int


class YamlMap(dict[Any, Any]):
    """A mapping with places: `key_at` and `value_at` give (line, column) from 1, by key.

    Once checked, a key that has a place and no value is one whose value was wrong.
    """

    __slots__ = ("at", "key_at", "value_at")

    def __init__(self, at: tuple[int, int]) -> None:
        super().__init__()
        self.at = at
        self.key_at: dict[Any, tuple[int, int]] = {}
        self.value_at: dict[Any, tuple[int, int]] = {}


class YamlList(list[Any]):
    """A list with the places of its items. `dropped`: how many were wrong and have been left out."""

    __slots__ = ("at", "dropped", "item_at")

    def __init__(self, at: tuple[int, int]) -> None:
        super().__init__()
        self.at = at
        self.item_at: list[tuple[int, int]] = []
        self.dropped = 0


def read_yaml(path: Path, file: str, problems: Problems) -> YamlMap | None:
    """The mapping that the file holds. None where it cannot be read at all; `problems` then says why."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            problems.add(file, 0, 0, "file-unreadable", reason="it is no regular file")
            return None
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        problems.add(file, 0, 0, "file-missing")
        return None
    except OSError as error:
        problems.add(file, 0, 0, "file-unreadable", reason=error.strerror or error)
        return None
    if len(data) > MAX_BYTES:
        problems.add(file, 0, 0, "file-too-large", size=path.stat().st_size, limit=MAX_BYTES)
        return None
    return parse_yaml(data, file, problems)


def parse_yaml(data: bytes, file: str, problems: Problems) -> YamlMap | None:
    """Like `read_yaml`, of what stands in `data`."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8-sig", errors="replace")) + 1
        problems.add(file, line, column, "not-utf8", byte=f"0x{data[error.start]:02X}", offset=error.start)
        return None
    if not text.strip():
        problems.add(file, 0, 0, "file-empty")
        return None
    try:
        value = _Reader(text, file, problems).document()
    except _Stop:
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = ", ".join(part for part in (error.problem, error.context) if part)
        reason += YAML_ADVICE.get(str(error.problem), "")
        place = (mark.line + 1, mark.column + 1) if mark else (0, 0)
        problems.add(file, *place, "yaml", reason=reason or "it cannot be parsed")
        return None
    except yaml.YAMLError as error:
        _add_reader_error(error, text, file, problems)
        return None
    if value is None:
        problems.add(file, 0, 0, "file-empty")
        return None
    if not isinstance(value, YamlMap):
        wanted = "a mapping (key: value)"
        problems.add(file, 1, 1, "wrong-type", what="the file", wanted=wanted, got=describe(value))
        return None
    return value


def describe(value: object) -> str:
    """What a value is, for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'the text "{value[:40]}…"' if len(value) > 40 else f'the text "{value}"'
    if isinstance(value, int | Fraction):
        return f"the number {plain_number(value)}"
    if isinstance(value, TooLong):
        return f"a number of {value.length} characters"
    return "a mapping" if isinstance(value, dict) else "a list"


def plain_number(value: int | Fraction) -> str:
    """As a person would write it."""
    return str(value) if value == int(value) else f"{float(value):.10g}"


class _Stop(Exception):
    """The file cannot be read further; the problem has been noted."""


class _Reader:
    def __init__(self, text: str, file: str, problems: Problems) -> None:
        self._loader = _Loader(text)
        self._next = self._loader.get_event
        self._file = file
        self._problems = problems
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._values = 0

    def document(self) -> Any:
        try:
            event = self._next()
            while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
                event = self._next()
            if isinstance(event, yaml.StreamEndEvent):
                return None
            value = self._value(event, 0)
            self._next()
            after = self._next()
            if not isinstance(after, yaml.StreamEndEvent):
                self._fail(after, "yaml-documents")
            return value
        finally:
            self._loader.dispose()

    def _value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        self._count(event, 1)
        if kind is yaml.ScalarEvent:
            value = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = (value, 1)
            return value
        if kind is yaml.AliasEvent:
            if event.anchor not in self._anchors:
                self._fail(event, "yaml-alias", name=event.anchor)
            value, size = self._anchors[event.anchor]
            self._count(event, size)
            return value
        if depth >= MAX_DEPTH:
            self._fail(event, "too-deep", limit=MAX_DEPTH)
        if event.tag is not None and not event.implicit:
            self._fail(event, "yaml-tag", tag=event.tag)
        before = self._values
        value = self._mapping(event, depth) if kind is yaml.MappingStartEvent else self._list(event, depth)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._values - before + 1)
        return value

    def _mapping(self, start: Any, depth: int) -> YamlMap:
        result = YamlMap(_place(start))
        while True:
            event = self._next()
            if type(event) is yaml.MappingEndEvent:
                return result
            if type(event) is not yaml.ScalarEvent:
                self._fail(event, "yaml-key")
            key = self._scalar(event)
            place = _place(event)
            event = self._next()
            value = self._value(event, depth + 1)
            if key in result:
                line = result.key_at[key][0]
                self._problems.add(self._file, *place, "duplicate-key", key=_as_key(key), line=line)
                continue
            result[key] = value
            result.key_at[key] = place
            result.value_at[key] = _place(event)

    def _list(self, start: Any, depth: int) -> YamlList:
        result = YamlList(_place(start))
        while True:
            event = self._next()
            if type(event) is yaml.SequenceEndEvent:
                return result
            result.append(self._value(event, depth + 1))
            result.item_at.append(_place(event))

    def _scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.tag is not None and not any(event.implicit):
            self._fail(event, "yaml-tag", tag=event.tag)
        if event.tag is not None or not event.implicit[0]:
            return text
        if text and text[0] not in _MAYBE_PLAIN:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if text.lower() in _WORDS:
            return Word(text)
        if _INTEGER.fullmatch(text):
            return int(text) if len(text) <= MAX_DIGITS else TooLong(len(text))
        if _DECIMAL.fullmatch(text):
            number = Fraction(text) if len(text) <= MAX_DIGITS + 5 else TooLong(len(text))
            return int(number) if isinstance(number, Fraction) and number.denominator == 1 else number
        return text

    def _count(self, event: Any, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            self._fail(event, "too-many-values", limit=MAX_VALUES)

    def _fail(self, event: Any, rule: str, **values: object) -> None:
        self._problems.add(self._file, *_place(event), rule, **values)
        raise _Stop


def _place(event: Any) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1)


def _as_key(key: object) -> str:
    return key if isinstance(key, str) else describe(key)


def _add_reader_error(error: yaml.YAMLError, text: str, file: str, problems: Problems) -> None:
    """A character that YAML does not allow: libyaml gives its offset in bytes, not its line."""
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        problems.add(file, 0, 0, "yaml", reason=str(error).split("\n")[0])
        return
    before = text.encode()[:position].decode(errors="ignore")
    code = f"{ord(text[len(before)]):04X}" if len(before) < len(text) else "0000"
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    problems.add(file, *place, "yaml", reason=f"the character U+{code} is not allowed")
