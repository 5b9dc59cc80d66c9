"""A library as a spreadsheet: reading rows, with everything that is wrong by row and column."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from charter.database.resources import ResourceKind
from charter.i18n import LANGUAGES
from charter.services.errors import Invalid
from charter.services.resources import Content, clean_content
from questionnaires.message import Message, message
from questionnaires.problems import closest
from questionnaires.workbook_safety import MAX_BYTES

TITLES = {f"title_{language}": language for language in LANGUAGES}
SUMMARIES = {f"summary_{language}": language for language in LANGUAGES}
COLUMNS = ("key", "kind", *TITLES, *SUMMARIES, "languages", "topics", "link")
MOST_ROWS = 20_000

_FIELD_COLUMNS = {"url": "link", "title": f"title_{LANGUAGES[0]}"}
_LIST = re.compile(r"[,;\n]")


class Problem(NamedTuple):
    """One thing that is wrong. `row` as a spreadsheet program counts; 0 for the file as a whole."""

    row: int
    column: str
    message: Message


@dataclass(frozen=True)
class Row:
    """A row that can be imported as far as it can be told without the library."""

    number: int
    content: Content


@dataclass(frozen=True)
class Sheet:
    """What was read: good rows, everything that is wrong, and how many rows there are."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    total: int


class _Cell(NamedTuple):
    value: Any
    is_formula: bool = False


def read_library(content: bytes, *, name: str) -> Sheet:
    """The rows of an .xlsx or .csv file. Invalid (`file`) where it is neither, or has no such columns."""
    raw = _csv_rows(content) if name.lower().endswith((".csv", ".txt")) else _workbook_rows(content)
    numbers = iter(raw)
    places: dict[int, str] = {}
    for _, cells in numbers:
        places = _heading(cells)
        if places:
            break
    if not places:
        raise Invalid(
            {
                "file": message(
                    "No row of this file has the headings “key” and “kind”. Copy your rows into the empty workbook."
                )
            }
        )
    reader = _Reader()
    for number, cells in numbers:
        reader.read(number, {column: cells[place] for place, column in places.items() if place in cells})
    return Sheet(tuple(reader.rows), tuple(reader.problems), reader.total)


def _heading(cells: Mapping[int, _Cell]) -> dict[int, str]:
    known: dict[int, str] = {}
    for place, cell in cells.items():
        column = re.sub(r"[\s-]+", "_", str(cell.value).strip().lower())
        if column in COLUMNS and column not in known.values():
            known[place] = column
    return known if {"key", "kind"} <= set(known.values()) else {}


class _Reader:
    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self.total = 0
        self._seen: dict[str, int] = {}

    def read(self, number: int, cells: Mapping[str, _Cell]) -> None:
        texts = {column: text for column, cell in cells.items() if (text := _text(cell.value))}
        if not texts and not any(cell.is_formula for cell in cells.values()):
            return
        self.total += 1
        problems: dict[str, Message] = {
            column: message("This cell holds a formula. Write the value itself.")
            for column, cell in cells.items()
            if cell.is_formula
        }
        content = self._content(texts, problems)
        cleaned, wrong = clean_content(content)
        for field, objection in wrong.items():
            problems.setdefault(_FIELD_COLUMNS.get(field, field), objection)
        if cleaned.key is None:
            problems.setdefault("key", message("Every row needs a key: a later import finds the item by it."))
        elif "key" not in problems:
            before = self._seen.setdefault(cleaned.key, number)
            if before != number:
                problems["key"] = message("Row {row} has the same key.", row=before)
        self.problems += [Problem(number, column, problems[column]) for column in COLUMNS if column in problems]
        if not problems:
            self.rows.append(Row(number, cleaned))

    def _content(self, texts: Mapping[str, str], problems: dict[str, Message]) -> Content:
        titles = {language: texts[column] for column, language in TITLES.items() if column in texts}
        languages = tuple(each.lower() for each in _listed(texts.get("languages", ""))) or tuple(titles)
        for each in languages:
            if each not in LANGUAGES:
                problems["languages"] = message(
                    "“{given}” is no language here. Write {codes}.", given=each[:40], codes=", ".join(LANGUAGES)
                )
        return Content(
            key=texts.get("key"),
            kind=_kind(texts.get("kind", ""), problems),
            titles=titles,
            summaries={language: texts[column] for column, language in SUMMARIES.items() if column in texts},
            languages=languages,
            topics=tuple(_listed(texts.get("topics", ""))),
            url=texts.get("link"),
        )


def _kind(text: str, problems: dict[str, Message]) -> ResourceKind:
    given = re.sub(r"[\s_]+", "-", text.strip().lower())
    known = [each.value for each in ResourceKind]
    if given in known:
        return ResourceKind(given)
    if not given:
        problems["kind"] = message("Say what it is: {kinds}.", kinds=", ".join(known))
    elif hint := closest(given, known):
        problems["kind"] = message("“{given}” is no kind; did you mean {hint}?", given=given[:40], hint=hint)
    else:
        problems["kind"] = message(
            "“{given}” is no kind. Write one of {kinds}.", given=given[:40], kinds=", ".join(known)
        )
    return ResourceKind.OTHER


def _listed(text: str) -> list[str]:
    return [part for each in _LIST.split(text) if (part := each.strip())]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).replace("\x00", "").strip()


def _workbook_rows(content: bytes) -> Iterable[tuple[int, dict[int, _Cell]]]:
    # Only whoever uploads pays for loading the reader.
    from charter.reports.workbook_file import WorkbookFileError, read_sheets

    try:
        sheets = read_sheets(content)
    except WorkbookFileError as error:
        raise Invalid({"file": error.message}) from error
    for sheet in sheets:
        rows = [
            (next(iter(row.values())).row, {place: _Cell(cell.value, cell.formula) for place, cell in row.items()})
            for row in sheet.rows
        ]
        if any(_heading(cells) for _, cells in rows[:50]):
            return rows
    return ()


def _csv_rows(content: bytes) -> Iterator[tuple[int, dict[int, _Cell]]]:
    if len(content) > MAX_BYTES:
        raise Invalid({"file": message("This file is too large: at most {size} MB.", size=MAX_BYTES // (1024 * 1024))})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Invalid({"file": message("Save the file as CSV in UTF-8, or as an Excel workbook.")}) from error
    first = text.partition("\n")[0]
    # Where a comma is the decimal sign, spreadsheet programs separate cells by semicolons.
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for count, row in enumerate(reader, start=1):
            if count > MOST_ROWS:
                raise Invalid({"file": message("This file has more than {most} rows.", most=MOST_ROWS)})
            yield count, {place: _Cell(value) for place, value in enumerate(row) if value}
    except csv.Error as error:
        raise Invalid({"file": message("This file cannot be read as CSV.")}) from error
