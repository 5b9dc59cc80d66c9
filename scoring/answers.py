"""Reads an answers file: everything wrong with it at once, each with its path in the file."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from questionnaires.khmer import one_order
from questionnaires.model import Criterion, Fact, FactType, Pack
from questionnaires.problems import near_miss
from scoring.model import Answer, Answers, Choice, FactValue

MAX_BYTES = 8 * 1024 * 1024
MAX_DIGITS = 300
MAX_PROBLEMS = 10_000
"""Where even "everything at once" ends: a hostile file may hold millions."""
_NAMES_TO_COMPARE = 100_000  # a hostile file may have a million unknown names
_KEYS = ("pack", "version", "organization", "ratings", "sheets")
_ON_SHEETS = tuple(Choice)
_ANSWER_KEYS = ("rating", "note", "reason")
_SURROGATE = re.compile("[\\ud800-\\udfff]")


@dataclass(frozen=True, slots=True)
class AnswersProblem:
    """One finding; `path` is empty for the file as a whole."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class AnswersError(Exception):
    """Answers that cannot be used, with everything that was found."""

    def __init__(self, problems: Iterable[AnswersProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_answers(data: bytes, pack: Pack) -> Answers:
    """The answers in `data` (JSON, UTF-8). AnswersError if anything in it does not fit the pack."""
    return parse_answers(_json(data), pack)


def parse_answers(raw: object, pack: Pack) -> Answers:
    """The answers in JSON that has been read already. AnswersError if anything in it does not fit the pack."""
    reader = _Reader(pack)
    answers = reader.read(raw)
    if reader.problems:
        raise AnswersError(reader.problems)
    return answers


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its keys came twice."""

    twice: tuple[str, ...] = ()


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    result = _Object(pairs)
    if len(result) < len(pairs):
        result.twice = tuple(key for key, times in Counter(key for key, _ in pairs).items() if times > 1)
    return result


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits; it may have at most {MAX_DIGITS}")
    return int(digits)


def _json(data: bytes) -> object:
    if len(data) > MAX_BYTES:
        raise _refused(f"the file is {len(data)} bytes long; it may have at most {MAX_BYTES}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(f"the file is not UTF-8 text: byte 0x{data[error.start]:02X} on line {line}") from error
    if not text.strip():
        raise _refused("the file is empty")
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        message = f"the file is not valid JSON: line {error.lineno} column {error.colno}: {error.msg}"
        raise _refused(message) from error
    except RecursionError as error:
        raise _refused("the file is nested too deeply") from error
    except ValueError as error:
        raise _refused(f"the file is not valid JSON: {error}") from error


def _refused(message: str) -> AnswersError:
    return AnswersError([AnswersProblem("", message)])


class _Reader:
    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self.problems: list[AnswersProblem] = []
        self._names_to_compare = _NAMES_TO_COMPARE

    def read(self, raw: object) -> Answers:
        if not isinstance(raw, Mapping):
            self._add("", f"the file must hold an object with {', '.join(_KEYS)}, not {_describe(raw)}")
            return Answers(pack=self._pack.id, version=self._pack.version)
        self._twice(raw, "")
        self._unknown_keys(raw, "", _KEYS)
        self._same(raw, "pack", self._pack.id)
        self._same(raw, "version", self._pack.version)
        name, facts = self._organization(self._mapping(raw.get("organization"), "organization"))
        given = self._mapping(raw.get("ratings"), "ratings")
        ratings = {
            criterion.id: answer for key, value in given.items() for criterion, answer in self._answer(key, value)
        }
        in_order = {criterion.id: ratings[criterion.id] for criterion in self._pack.criteria if criterion.id in ratings}
        sheets = tuple(self._sheets(raw.get("sheets")))
        return Answers(self._pack.id, self._pack.version, name, facts, in_order, sheets)

    def _add(self, path: str, message: str) -> None:
        self.problems.append(AnswersProblem(path, message))
        if len(self.problems) == MAX_PROBLEMS:
            last = AnswersProblem("", f"reading stopped here, after {MAX_PROBLEMS} problems")
            raise AnswersError([*self.problems, last])

    def _near_miss(self, name: str, names: Iterable[str]) -> str:
        """`near_miss`, until much has been searched."""
        names = tuple(names)
        self._names_to_compare -= len(names)
        return near_miss(name, names) if self._names_to_compare >= 0 else ""

    def _same(self, raw: Mapping[str, Any], key: str, wanted: str) -> None:
        if key not in raw:
            self._add(key, f"is missing; these answers are read as answers to {self._pack.id} {self._pack.version}")
        elif raw[key] != wanted:
            self._add(key, f"the answers belong to {_describe(raw[key])}, the pack at hand is {wanted!r}")

    def _mapping(self, raw: object, path: str) -> Mapping[str, Any]:
        if raw is None:
            return {}
        if not isinstance(raw, Mapping):
            self._add(path, f"must be an object, not {_describe(raw)}")
            return {}
        self._twice(raw, path)
        return raw

    def _twice(self, raw: Mapping[str, Any], path: str) -> None:
        for key in getattr(raw, "twice", ()):
            self._add(f"{path}.{key}" if path else key, "stands twice")

    def _unknown_keys(self, raw: Mapping[str, Any], path: str, known: Iterable[str]) -> None:
        known = tuple(known)
        for key in raw:
            if key not in known:
                self._add(f"{path}.{key}" if path else key, f"there is no such key{self._near_miss(key, known)}")

    def _organization(self, raw: Mapping[str, Any]) -> tuple[str | None, dict[str, FactValue]]:
        name = self._text(raw.get("name"), "organization.name")
        facts: dict[str, FactValue] = {}
        for key, value in raw.items():
            fact = self._pack.profile.get(key)
            path = f"organization.{key}"
            if key == "name":
                continue
            if fact is None:
                hint = self._near_miss(key, ["name", *self._pack.profile])
                self._add(path, f"the pack's profile has no such fact{hint}")
            elif value is not None and (read := self._fact(fact, value, path)) is not None:
                facts[key] = read
        return name, facts

    def _fact(self, fact: Fact, value: object, path: str) -> FactValue | None:
        if fact.type is FactType.BOOLEAN:
            return value if isinstance(value, bool) else self._wrong(path, "true or false", value)
        if fact.type is FactType.INTEGER:
            number = _whole(value)
            if number is None:
                return self._wrong(path, "a whole number", value)
            if fact.minimum is not None and number < fact.minimum:
                return self._wrong(path, f"at least {fact.minimum}", value)
            return number
        if fact.type is FactType.CHOICE:
            return self._option(fact, value, path)
        if not isinstance(value, list):
            return self._wrong(path, "a list of options", value)
        read = [self._option(fact, entry, f"{path}[{position}]") for position, entry in enumerate(value)]
        return tuple(dict.fromkeys(option for option in read if option is not None))

    def _option(self, fact: Fact, value: object, path: str) -> str | None:
        if isinstance(value, str) and value in fact.options:
            return value
        hint = self._near_miss(value, fact.options) if isinstance(value, str) else ""
        self._add(path, f"{_describe(value)} is no option; there are {', '.join(fact.options)}{hint}")
        return None

    def _wrong(self, path: str, wanted: str, value: object) -> None:
        self._add(path, f"must be {wanted}, not {_describe(value)}")
        return None

    def _text(self, value: object, path: str) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str):
            return self._wrong(path, "text", value)
        if lone := _SURROGATE.search(value):
            self._add(path, f"holds U+{ord(lone[0]):04X}, half of a character, which cannot be printed")
            return None
        return one_order(value)

    def _criterion(self, key: str, path: str) -> Criterion | None:
        if self._pack.has_criterion(key):
            return self._pack.criterion(key)
        hint = self._near_miss(key, (criterion.id for criterion in self._pack.criteria))
        self._add(path, f"the pack has no such criterion{hint}")
        return None

    def _answer(self, key: str, value: object) -> Iterator[tuple[Criterion, Answer]]:
        path = f"ratings.{key}"
        criterion = self._criterion(key, path)
        if criterion is None:
            return
        if not isinstance(value, Mapping):
            value = {"rating": value}
        self._twice(value, path)
        self._unknown_keys(value, path, _ANSWER_KEYS)
        texts = {name: self._text(value.get(name), f"{path}.{name}") for name in ("note", "reason")}
        rating = self._rating(criterion, value.get("rating"), path, (Choice.NOT_APPLICABLE,))
        if rating is Choice.NOT_APPLICABLE and not (texts["reason"] or "").strip():
            self._add(path, 'not-applicable needs a reason: {"rating": "not-applicable", "reason": "…"}')
        yield criterion, Answer(rating, **texts)

    def _sheets(self, raw: object) -> Iterator[dict[str, int | Choice]]:
        if raw is None:
            return
        if not isinstance(raw, list):
            self._add("sheets", f"must be a list, not {_describe(raw)}")
            return
        for position, entry in enumerate(raw):
            path = f"sheets[{position}]"
            sheet: dict[str, int | Choice] = {}
            if entry is None:
                self._add(path, "must be an object, not null; a sheet that says nothing is {}")
            for key, value in self._mapping(entry, path).items():
                criterion = self._criterion(key, f"{path}.{key}")
                if criterion is not None:
                    rating = self._rating(criterion, value, f"{path}.{key}", _ON_SHEETS)
                    if rating is not None:
                        sheet[key] = rating
            yield sheet

    def _rating(
        self, criterion: Criterion, value: object, path: str, choices: tuple[Choice, ...]
    ) -> int | Choice | None:
        if value is None:
            return None
        number = _whole(value)
        if number is not None and number in criterion.scale:
            return number
        if isinstance(value, str) and value in choices:
            return Choice(value)
        levels = ", ".join(str(level) for level in criterion.scale.values)
        words = ", ".join(f'"{choice}"' for choice in choices)
        self._add(path, f"{_describe(value)} is no level of scale {criterion.scale.id}; use {levels}, {words} or null")
        return None


def _whole(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if value == value // 1 else None


def _describe(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list):
        return "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"


def answers_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of an answers file, for any pack."""
    text = {"type": "string"}
    level = {"type": "integer"}
    answer = {
        "type": "object",
        "properties": {
            "rating": {"anyOf": [level, {"const": Choice.NOT_APPLICABLE.value}, {"type": "null"}]},
            "note": text,
            "reason": {"type": "string", "minLength": 1, "description": "Why it does not apply."},
        },
        "additionalProperties": False,
        "if": {"properties": {"rating": {"const": Choice.NOT_APPLICABLE.value}}, "required": ["rating"]},
        "then": {"required": ["reason"]},
    }
    fact = {"type": ["string", "integer", "boolean", "null", "array"], "items": text}
    own = {"anyOf": [level, {"enum": [choice.value for choice in Choice]}, {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {
            "pack": text,
            "version": text,
            "organization": {"type": "object", "properties": {"name": text}, "additionalProperties": fact},
            "ratings": {"type": "object", "additionalProperties": {"anyOf": [level, {"type": "null"}, answer]}},
            "sheets": {"type": "array", "items": {"type": "object", "additionalProperties": own}},
        },
        "required": ["pack", "version"],
        "additionalProperties": False,
    }
