"""What people write into a form, understood: ratings, facts and texts, in any language and in most spellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from charter.reports.form_wording import (
    ALIASES,
    DONT_KNOW,
    NO,
    NOT_APPLICABLE,
    WORDS,
    YES,
    in_all_languages,
    level_text,
    words_in_all_languages,
)
from questionnaires.message import Message, message
from questionnaires.model import Fact, Pack, Scale
from questionnaires.problems import closest
from scoring.model import Choice

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")
_COENG_RO_FIRST = re.compile("(\u17d2\u179a)(\u17d2[\u1780-\u17a2])")
_NUMBER = re.compile(r"([+-]?\d{1,9})(?:[.,]0+)?(?:$|\s*[-:.)=·]\s*|\s+)(.*)")
_PEOPLE = re.compile(r"(\d{1,3}(?:[ .,]\d{3})+|\d{1,9})\s*(?:នាក់|người|people|persons?|staff)?")
_ALIKE = 0.6


class CellProblem(Exception):
    """A cell that cannot be understood; `message` says why."""

    def __init__(self, reason: Message) -> None:
        self.message = reason
        super().__init__(str(reason))


def plain(text: str) -> str:
    """For comparing: without case, width, kinds of spaces and dashes, invisible signs and the order of Khmer coengs."""
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
    text = _COENG_RO_FIRST.sub(r"\2\1", text)
    return " ".join(text.casefold().split()).strip("'\"“”‘’ ")


def as_text(value: Any) -> str | None:
    """A note or name as it was typed; None for nothing. A number or day that a spreadsheet made of it, in digits."""
    if value is None:
        return None
    if isinstance(value, str):
        return value if plain(value) else None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, date | time) else str(value)


def with_hint(problem: Message, hint: str | None) -> Message:
    """The problem, and what was probably meant."""
    return problem if hint is None else message("{problem}; did you mean {hint}?", problem=problem, hint=hint)


def shortened(text: str, longest: int = 60) -> str:
    line = " ".join(_INVISIBLE.sub("", text).split())
    line = "".join(character if character.isprintable() else "\ufffd" for character in line)
    return line if len(line) <= longest else line[:longest] + "…"


class Understanding:
    """Knows the words of one pack in all its languages, and those of the form at hand."""

    def __init__(self, pack: Pack, labels: Mapping[str, str], language: str) -> None:
        """`labels`: the words of the form by their key, as its hidden sheet has them."""
        self._pack = pack
        self._shown = pack.translations.get(language, pack)
        self._words = {
            key: {plain(text) for text in (*ALIASES[key], *words_in_all_languages(WORDS[key]), labels.get(key, key))}
            for key in WORDS
        }
        self._scales: dict[str, Mapping[str, int]] = {}
        self._options: dict[str, Mapping[str, str]] = {}

    def rating(self, value: Any, scale: Scale) -> int | Choice | None:
        """A level of the scale, not applicable, or None for nothing. CellProblem for anything else."""
        if value is None or (isinstance(value, str) and not plain(value)):
            return None
        if isinstance(value, datetime | date | time | timedelta):
            raise CellProblem(message("the spreadsheet has made a date of this; choose the rating from the list"))
        if isinstance(value, float) and not value.is_integer():
            raise CellProblem(message("{value} lies between two levels; choose the lower", value=shortened(str(value))))
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._no_rating(str(value), scale)
        return self._rating_text(value if isinstance(value, str) else str(int(value)), scale)

    def _rating_text(self, typed: str, scale: Scale) -> int | Choice:
        text = plain(typed)
        known = self._levels(scale)
        if text in known:
            return known[text]
        # A level's own title comes first, whatever the words for “not applicable” are.
        if text in self._words[NOT_APPLICABLE]:
            return Choice.NOT_APPLICABLE
        if text in self._dont_know:
            raise CellProblem(
                message("“don't know” is an answer on the staff's sheets only; leave the cell empty until you agree")
            )
        match = _NUMBER.fullmatch(text)
        if match is not None and (number := int(match[1])) in scale and self._says_the_same(match[2], number, scale):
            return number
        raise self._no_rating(typed, scale)

    def _says_the_same(self, rest: str, number: int, scale: Scale) -> bool:
        """Whether what follows a number is the title of that level, give or take a spelling mistake."""
        if not rest:
            return True
        titles = {title: value for title, value in self._levels(scale).items() if not title[:1].isdigit()}
        nearest = closest(rest, titles)
        return nearest is not None and titles.get(nearest) == number and not any(c.isdigit() for c in rest)

    def _no_rating(self, typed: str, scale: Scale) -> CellProblem:
        shown = self._shown.scales[scale.id]
        choices = [level_text(level.value, level.title) for level in shown.levels]
        found = closest(plain(typed), {plain(level.title): None for level in shown.levels})
        hint = next((text for text in choices if found is not None and plain(text).endswith(found)), None)
        problem = message(
            "“{value}” is no rating; there are {choices}", value=shortened(typed), choices=", ".join(choices)
        )
        return CellProblem(with_hint(problem, hint))

    def _levels(self, scale: Scale) -> Mapping[str, int]:
        if scale.id not in self._scales:
            self._scales[scale.id] = unambiguous(
                (spelling, level.value)
                for pack in in_all_languages(self._pack)
                for level in pack.scales[scale.id].levels
                for spelling in (str(level.value), level.title, level_text(level.value, level.title))
            )
        return self._scales[scale.id]

    @cached_property
    def _dont_know(self) -> set[str]:
        return {plain(text) for text in DONT_KNOW}

    def yes_or_no(self, value: Any) -> bool | None:
        """None for nothing; CellProblem for anything but yes or no."""
        text = as_text(value)
        if text is None:
            return None
        for key, meant in ((YES, True), (NO, False)):
            if plain(text) in self._words[key]:
                return meant
        raise CellProblem(message("“{value}” is neither yes nor no", value=shortened(text)))

    def number(self, value: Any, fact: Fact) -> int | None:
        """A whole number, not below the fact's minimum; None for nothing."""
        text = as_text(value)
        if text is None:
            return None
        match = _PEOPLE.fullmatch(plain(text))
        if match is None or isinstance(value, bool):
            raise CellProblem(message("“{value}” is no whole number", value=shortened(text)))
        number = int(re.sub("[ .,]", "", match[1]))
        if fact.minimum is not None and number < fact.minimum:
            raise CellProblem(
                message("{number} is less than {least}, the least it can be", number=number, least=fact.minimum)
            )
        return number

    def option(self, value: Any, fact: Fact) -> str | None:
        """The id of the option that is named; None for nothing."""
        text = as_text(value)
        if text is None:
            return None
        if fact.id not in self._options:
            self._options[fact.id] = unambiguous(
                (spelling, option)
                for pack in in_all_languages(self._pack)
                for option, title in pack.profile[fact.id].options.items()
                for spelling in (option, title)
            )
        known = self._options[fact.id]
        if plain(text) in known:
            return known[plain(text)]
        titles = self._shown.profile[fact.id].options
        found = closest(plain(text), known)
        problem = message(
            "“{value}” is no answer to this; there are {choices}",
            value=shortened(text),
            choices=", ".join(titles.values()),
        )
        raise CellProblem(with_hint(problem, None if found is None else titles[known[found]]))


def unambiguous(pairs: Iterable[tuple[str, Any]], spelling: Callable[[str], str] = plain) -> dict[str, Any]:
    """What each text stands for; a text that stands for two things stands for none."""
    found: dict[str, Any] = {}
    lost: set[str] = set()
    for text, meaning in pairs:
        key = spelling(text)
        if found.setdefault(key, meaning) != meaning:
            lost.add(key)
    return {key: meaning for key, meaning in found.items() if key not in lost}
