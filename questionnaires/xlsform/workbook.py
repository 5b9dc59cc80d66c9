"""Reads a workbook that may be anything: within limits, without running or fetching anything, as plain texts."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import openpyxl

from questionnaires.workbook_safety import MAX_BYTES, MAX_PARTS, MAX_UNPACKED, Danger, danger
from questionnaires.xlsform.findings import Cell, Findings, column_letters, listed

MAX_ROWS = 20_000
MAX_COLUMNS = 250
MAX_CELLS = 400_000
MAX_CHARACTERS = 8_000_000
"""In one sheet: a workbook stores a text once that stands in thousands of cells."""
MOST_EMPTY_ROWS = 1_000
"""After so many empty rows the rest of a sheet is taken to be empty."""

SHEETS = ("survey", "choices", "settings", "charter")

_MERGED = re.compile(rb'<mergeCell\s[^>]{0,200}?ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')


_NO_WHOLE_WORKBOOK = "is no workbook of the kind .xlsx, or only part of one"
_SAID = {
    Danger.EMPTY: "is empty",
    Danger.TOO_LARGE: f"is larger than {MAX_BYTES} bytes, the most that a form may have",
    Danger.UNPACKS_TOO_LARGE: f"unpacks to more than {MAX_UNPACKED // 1024 // 1024} MB or {MAX_PARTS} parts",
    Danger.PASSWORD: "is protected with a password; save it without one",
    Danger.OLD_KIND: "is a workbook of the old kind (.xls); save it as .xlsx",
    Danger.OPEN_DOCUMENT: "is a workbook in the OpenDocument format (.ods); save it as .xlsx",
    Danger.NO_ARCHIVE: _NO_WHOLE_WORKBOOK,
    Danger.NO_WORKBOOK: "is no workbook of the kind .xlsx",
    Danger.MACROS: "holds macros; save it as .xlsx without them",
    Danger.STRANGE_XML: "holds XML that no spreadsheet program writes (entities or another encoding)",
    Danger.DAMAGED: _NO_WHOLE_WORKBOOK,
}


class Unreadable(Exception):
    """Not a workbook, or none that is safe to read; the text says what it is and what to do."""


@dataclass
class Table:
    """One sheet as it was read: the first row, then the others, only cells that hold something."""

    name: str
    heading_row: list[Cell] = field(default_factory=list)
    rows: list[dict[int, Cell]] = field(default_factory=list)


def read_workbook(data: bytes, findings: Findings) -> dict[str, Table]:
    """The sheets that a form may have, by name in small letters; Unreadable if it is no workbook."""
    if found := danger(data):
        raise Unreadable(_SAID[found])
    try:
        with warnings.catch_warnings():
            # It warns of styles and extensions that it leaves out, and that nobody misses here.
            warnings.simplefilter("ignore")
            return _read(data, findings)
    except Unreadable:
        raise
    except Exception as error:
        # The library raises whatever the broken part of the file leads to.
        reason = str(error).strip().split("\n")[0][:200] or type(error).__name__
        raise Unreadable(f"is a broken workbook ({reason}); save it anew in a spreadsheet program") from error


def _read(data: bytes, findings: Findings) -> dict[str, Table]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    try:
        tables: dict[str, Table] = {}
        formulas: dict[str, list[tuple[int, int]]] = {}
        for sheet in book.worksheets:
            name = sheet.title.strip().lower()
            if name in tables:
                findings.problem(f"the workbook has two sheets called {name}; delete or rename one")
            elif name in SHEETS:
                tables[name] = _table(name, sheet, formulas.setdefault(sheet.title, []), findings)
        for sheet in book.worksheets:
            if sheet.title.strip().lower() in SHEETS:
                _merged(data, sheet, findings)
        others = [sheet.title for sheet in book.worksheets if sheet.title.strip().lower() not in SHEETS]
    finally:
        book.close()
    if any(formulas.values()):
        _results(data, tables, {title: places for title, places in formulas.items() if places}, findings)
    if "survey" not in tables:
        tables["?"] = Table(listed(others) or "none")
    elif others:
        findings.note(f"only survey, choices and settings are read; other sheets are left out: {listed(others)}")
    return tables


def _table(name: str, sheet: Any, formulas: list[tuple[int, int]], findings: Findings) -> Table:
    table = Table(name)
    headings: dict[int, str] = {}
    cells = characters = empty = 0
    # A file may claim any size for a sheet; the rows that are there are what counts.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(), start=1):
        found: dict[int, Cell] = {}
        for column, cell in enumerate(row, start=1):
            if cell.value is None:
                continue
            if cell.data_type == "f":
                formulas.append((number, column))
            # A long text in our own sheet goes on in the next row, maybe after a space.
            text = _text(cell.value) if name == "charter" else _text(cell.value).strip()
            if cell.data_type == "e":
                findings.problem(f"the cell holds the error {text}", Cell("", name, number, column))
            elif text:
                found[column] = Cell(text, name, number, column, headings.get(column, ""))
        if not found:
            empty += 1
            if empty > MOST_EMPTY_ROWS:
                break
            continue
        empty = 0
        cells += len(found)
        characters += sum(len(cell.text) for cell in found.values())
        if number > MAX_ROWS or cells > MAX_CELLS or characters > MAX_CHARACTERS or max(found) > MAX_COLUMNS:
            limits = f"{MAX_ROWS} rows, {MAX_COLUMNS} columns, {MAX_CELLS} cells and {MAX_CHARACTERS} characters"
            findings.problem(f"the sheet is too large; a form may have at most {limits}", Cell("", name, number))
            break
        if not table.heading_row:
            table.heading_row = [Cell(" ".join(each.text.split()), name, number, at) for at, each in found.items()]
            headings = {cell.column: cell.text for cell in table.heading_row}
        else:
            table.rows.append(found)
    return table


def _text(value: Any) -> str:
    """What a person would read in the cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if not isinstance(value, str | int):
        return str(getattr(value, "text", value)).strip()
    return str(value)


def _results(
    data: bytes, tables: dict[str, Table], formulas: dict[str, list[tuple[int, int]]], findings: Findings
) -> None:
    """Take what the spreadsheet program computed last in place of the formulas."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        for title, places in formulas.items():
            table = tables[title.strip().lower()]
            rows = {next(iter(row.values())).row: row for row in table.rows}
            wanted = {place: rows.get(place[0]) for place in places}
            for place, value in _values(book[title], places):
                row = wanted[place]
                text = "" if value is None else _text(value).strip()
                at = Cell(text, table.name, *place)
                if row is None:
                    findings.problem("a heading cannot be a formula; write it as text", at)
                    continue
                cell = row.pop(place[1], at)
                if not text or text.startswith("#"):
                    where = f"{column_letters(place[1])}{place[0]}"
                    findings.problem(
                        f"the formula in {where} has no result; write what it should give as text, or open the file "
                        "in a spreadsheet program and save it",
                        cell,
                    )
                else:
                    row[place[1]] = Cell(text, cell.sheet, cell.row, cell.column, cell.heading)
    finally:
        book.close()


def _values(sheet: Any, places: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], Any]]:
    wanted = set(places)
    last = max(row for row, _ in places)
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(max_row=last, values_only=True), start=1):
        for column, value in enumerate(row, start=1):
            if (number, column) in wanted:
                yield (number, column), value


def _merged(data: bytes, sheet: Any, findings: Findings) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(sheet._worksheet_path)
    ranges = [found.decode() for found in _MERGED.findall(content)]
    if ranges:
        name = sheet.title.strip().lower()
        findings.note(
            f"of merged cells only the first holds the text: {listed(ranges)}; unmerge them if one is missing",
            Cell("", name, 0),
        )
