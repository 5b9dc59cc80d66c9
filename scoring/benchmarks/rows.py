"""Reads results line by line into columns. Of each line only what a release needs is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from questionnaires.conditions import Condition, Facts
from questionnaires.problems import near_miss
from scoring.benchmarks.history import History
from scoring.benchmarks.model import MISSING, STANDARD, Columns, Declaration
from scoring.writing import in_hundredths

MAX_LINE = 8 * 1024 * 1024
MAX_PROBLEMS = 1_000
_MOST_KINDS = 100_000
_MOST_NAMES = 20
"""So many unknown names of a line are reported; a hostile one may hold a million."""
_KEYS = ("organization", "version", "attributes", "result")
_FIRST_METRICS = ("overall", "policy", "practice")
_SURROGATE = re.compile("[\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with a line; line 0 is the file as a whole."""

    line: int
    message: str


class RowsError(Exception):
    """Results that cannot be used, with everything that was found."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{problem.line}: {problem.message}" for problem in self.problems))


class RowReader:
    """Takes the lines of a results file one by one; `columns` then gives what they hold."""

    def __init__(self, declaration: Declaration, history: History) -> None:
        self._members = _Members([group.when for group in declaration.groups])
        self._organization_before = dict(zip(history.versions, history.organizations, strict=True))
        self._problems: list[RowProblem] = []
        self._line = 0
        self._versions: dict[str, int] = {}
        self._organizations: dict[str, int] = {}
        self._belongs: list[bytes] = []
        self._scores = _Scores()
        self._values: list[bytes] = []

    def add(self, data: bytes) -> None:
        """The next line. RowsError once so much is wrong that reading on would help nobody."""
        self._line += 1
        if data.isspace() or not data:
            return
        if len(data) > MAX_LINE:
            self._problems.append(RowProblem(self._line, f"is longer than {MAX_LINE} bytes, and was not read further"))
            raise RowsError(self._problems)
        try:
            self._row(self._parsed(data))
        except _Unusable as problem:
            for message in problem.messages:
                self._problems.append(RowProblem(self._line, message))
        if len(self._problems) >= MAX_PROBLEMS:
            self._problems.append(RowProblem(0, f"reading stopped at line {self._line}, after so many problems"))
            raise RowsError(self._problems)

    def columns(self) -> Columns:
        """All of them. RowsError if any line cannot be used, or there is none."""
        if not self._problems and not self._versions:
            self._problems.append(RowProblem(0, "the file holds no results"))
        if self._problems:
            raise RowsError(self._problems)
        count = len(self._versions)
        members = np.frombuffer(b"".join(self._belongs), np.uint8).reshape(count, -1).T.astype(bool)
        metrics, values = self._scores.columns(self._values)
        pack, version = self._scores.pack
        return Columns(pack, version, list(self._versions), list(self._organizations), members, metrics, values)

    def _parsed(self, data: bytes) -> dict[str, Any]:
        try:
            raw = _DECODER.decode(data.decode("utf-8-sig" if self._line == 1 else "utf-8"))
        except UnicodeDecodeError as error:
            raise _Unusable(f"is not UTF-8 text: byte 0x{data[error.start]:02X} at column {error.start + 1}") from error
        except json.JSONDecodeError as error:
            raise _Unusable(f"is not valid JSON: column {error.colno}: {error.msg}") from error
        except RecursionError as error:
            raise _Unusable("is nested too deeply") from error
        except ValueError as error:
            raise _Unusable(f"is not valid JSON: {error}") from error
        if not isinstance(raw, dict):
            raise _Unusable(f"must be an object with {', '.join(_KEYS)}, not {describe(raw)}")
        return raw

    def _row(self, raw: dict[str, Any]) -> None:
        unknown = [key for key in raw if key not in _KEYS]
        messages = [f"{key}: there is no such key{near_miss(key, _KEYS)}" for key in unknown[:_MOST_NAMES]]
        version = self._name(raw, "version", messages)
        organization = self._name(raw, "organization", messages)
        if version is not None:
            self._once(version, self._versions, f"version {version}", messages)
            before = self._organization_before.get(version, organization)
            if organization is not None and before != organization:
                messages.append(f"version: {version} belonged to {before} in an earlier release, not to {organization}")
        if organization is not None:
            self._once(organization, self._organizations, f"organization {organization}", messages)
        belongs = self._members.of(raw.get("attributes"), messages)
        wrong: list[str] = []
        values = self._scores.of(raw.get("result"), self._line, wrong)
        if messages or wrong or values is None:
            raise _Unusable(*messages, *wrong)
        self._belongs.append(belongs)
        self._values.append(values)

    def _name(self, raw: Mapping[str, Any], key: str, messages: list[str]) -> str | None:
        value = raw.get(key)
        if not isinstance(value, str) or not value.strip() or _SURROGATE.search(value):
            messages.append(f"{key}: is missing" if key not in raw else f"{key}: must be text, not {describe(value)}")
            return None
        return value

    def _once(self, name: str, lines: dict[str, int], what: str, messages: list[str]) -> None:
        first = lines.setdefault(name, self._line)
        if first != self._line:
            messages.append(f"{what} stands on line {first} already; a release takes one version of an organization")


class _Unusable(Exception):
    def __init__(self, *messages: str) -> None:
        self.messages = messages
        super().__init__(*messages)


class _Members:
    """In which groups an organization is. Lines with the same attributes are decided once."""

    def __init__(self, conditions: Sequence[Condition | None]) -> None:
        self._conditions = conditions
        self._names = sorted({name for each in conditions if each for name in _names(each)})
        self._known: dict[tuple[Any, ...], bytes] = {}

    def of(self, raw: object, messages: list[str]) -> bytes:
        """One byte for each group, 1 for a member."""
        if raw is None:
            raw = {}
        if not isinstance(raw, dict):
            messages.append(f"attributes: must be an object, not {describe(raw)}")
            return b""
        facts = {}
        for name, value in raw.items():
            kind = type(value)
            if kind is str or kind is int or kind is bool:
                facts[name] = value
            elif kind is list and all(type(each) is str for each in value):
                facts[name] = tuple(value)
            elif kind is float and value.is_integer():
                facts[name] = int(value)
            elif value is not None:
                wanted = "text, a whole number, true, false or a list of texts"
                messages.append(f"attributes.{name}: must be {wanted}, not {describe(value)}")
        key = tuple((type(facts.get(name)), facts.get(name)) for name in self._names)
        found = self._known.get(key)
        if found is None:
            found = bytes(self._decide(each, facts) for each in self._conditions)
            if len(self._known) < _MOST_KINDS:
                self._known[key] = found
        return found

    def _decide(self, condition: Condition | None, facts: Facts) -> bool:
        """Unknown is not a member: a set must be known to hold only those that it says."""
        return condition is None or condition.holds(facts, {}) is True


def _names(condition: Condition) -> Iterator[str]:
    return (comparison.subject for comparison in condition.comparisons())


class _Scores:
    """Metrics of a result as bytes, one each; standards, which a result may lack, are found as they come."""

    def __init__(self) -> None:
        self.pack = ("", "")
        self._line = 0
        self._groups: tuple[str, ...] = ()
        self._standards: dict[str, int] = {}
        self._same_standards = True

    def of(self, raw: object, line: int, messages: list[str]) -> bytes | None:
        if not isinstance(raw, dict):
            messages.append("result: is missing" if raw is None else f"result: must be an object, not {describe(raw)}")
            return None
        overall = _object(raw, "overall", "result", messages)
        groups = _object(raw, "groups", "result", messages)
        standards = _object(raw, "standards", "result", messages)
        if not self._belongs(raw, groups, standards, line, messages):
            return None
        values = bytearray()
        values.append(_value(overall, "score", "result.overall.score", messages, needed=True))
        for kind in ("policy", "practice"):
            values.append(_value(overall, kind, f"result.overall.{kind}", messages))
        for name in self._groups:
            group = groups.get(name)
            if type(group) is not dict:
                messages.append(f"result.groups.{name}: must be an object, not {describe(group)}")
                continue
            values.append(_value(group, "score", f"result.groups.{name}.score", messages, needed=True))
        own = bytearray([MISSING]) * len(self._standards)
        for name, standard in standards.items():
            if type(standard) is not dict:
                messages.append(f"result.standards.{name}: must be an object, not {describe(standard)}")
                continue
            path = f"result.standards.{name}.share_met"
            own[self._standards[name]] = _value(standard, "share_met", path, messages, needed=True)
        return bytes(values + own)

    def columns(self, rows: list[bytes]) -> tuple[tuple[str, ...], Any]:
        """The metrics and their values, one row per metric; rows that came before a standard lack it."""
        standards = list(self._standards)
        width = len(_FIRST_METRICS) + len(self._groups) + len(standards)
        missing = bytes([MISSING])
        joined = b"".join(row if len(row) == width else row.ljust(width, missing) for row in rows)
        values = np.frombuffer(joined, np.uint8).reshape(len(rows), width).T
        order = list(range(width))
        if not self._same_standards:
            # Which came first would depend on the order of lines.
            standards.sort()
            order[width - len(standards) :] = [width - len(standards) + self._standards[name] for name in standards]
        names = [*_FIRST_METRICS, *(f"group:{name}" for name in self._groups)]
        return (*names, *(f"{STANDARD}{name}" for name in standards)), np.ascontiguousarray(values[order])

    def _belongs(
        self, raw: dict[str, Any], groups: dict[str, Any], standards: dict[str, Any], line: int, messages: list[str]
    ) -> bool:
        """Whether this result is of the same pack and version as the others. The first says which that is."""
        pack, version = raw.get("pack"), raw.get("version")
        for key, value in (("pack", pack), ("version", version)):
            if not isinstance(value, str) or not value:
                messages.append(f"result.{key}: " + ("is missing" if value is None else "must be text"))
        if messages:
            return False
        if not self._line:
            self._line, self.pack, self._groups = line, (str(pack), str(version)), tuple(groups)
            self._standards = {name: place for place, name in enumerate(standards)}
            return True
        if (pack, version) != self.pack:
            messages.append(
                f"result: belongs to {pack} {version}, that on line {self._line} to {' '.join(self.pack)}; "
                "a release is made of results of one version of one pack"
            )
        elif groups.keys() != set(self._groups):
            unknown = [name for name in groups if name not in self._groups]
            lost = [name for name in self._groups if name not in groups]
            messages += [
                f"result.groups.{name}: there is no such group on line {self._line}{near_miss(name, self._groups)}"
                for name in unknown[:_MOST_NAMES]
            ]
            messages += [f"result.groups.{name}: is missing; the result on line {self._line} has it" for name in lost]
        if messages:
            return False
        if standards.keys() != self._standards.keys():
            self._same_standards = False
            for name in standards:
                self._standards.setdefault(name, len(self._standards))
        return True


def _object(raw: dict[str, Any], key: str, path: str, messages: list[str]) -> dict[str, Any]:
    value = raw.get(key)
    if isinstance(value, dict):
        return value
    messages.append(
        f"{path}.{key}: is missing" if value is None else f"{path}.{key}: must be an object, not {describe(value)}"
    )
    return {}


def _value(raw: dict[str, Any], key: str, path: str, messages: list[str], *, needed: bool = False) -> int:
    """A score from 0 to 1 as a whole number from 0 to 100, half up; null is `MISSING`."""
    score = raw.get(key)
    if score is None:
        if needed and key not in raw:
            messages.append(f"{path}: is missing; where there is no score, write null")
        return MISSING
    kind = type(score)
    if kind is not float and kind is not int:
        messages.append(f"{path}: must be a number from 0 to 1, or null, not {describe(score)}")
        return MISSING
    if not 0 <= score <= 1:
        messages.append(f"{path}: {describe(score)} is out of range; a score is a number from 0 to 1")
        return MISSING
    return in_hundredths(score)


def describe(value: object) -> str:
    """What a JSON value is, for a message."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)
