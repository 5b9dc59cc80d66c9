"""Reads a workbook that somebody sent row by row, after the check that it is small enough and harmless."""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from questionnaires.message import Message, message
from questionnaires.workbook_safety import Danger, danger

MOST_ROWS = 20_000
MOST_COLUMNS = 60
_LAST_ROW = 1_048_576

_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*?\bref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


_TOO_LARGE = message("the workbook is far larger than a form can be; copy the answers into a new form")
_NO_WORKBOOK = message("this is no Excel workbook (.xlsx)")
_DAMAGED = message("the file is damaged and cannot be read as a workbook")
_SAID = {
    Danger.EMPTY: message("the file is empty"),
    Danger.TOO_LARGE: _TOO_LARGE,
    Danger.UNPACKS_TOO_LARGE: _TOO_LARGE,
    Danger.PASSWORD: message("the workbook is locked with a password; save it without one"),
    Danger.OLD_KIND: message("this is a workbook of the old kind (.xls); save it as an Excel workbook (.xlsx)"),
    Danger.OPEN_DOCUMENT: message(
        "this is a workbook in the OpenDocument format (.ods); save it as an Excel workbook (.xlsx)"
    ),
    Danger.NO_ARCHIVE: _NO_WORKBOOK,
    Danger.NO_WORKBOOK: _NO_WORKBOOK,
    Danger.MACROS: message("the workbook holds macros; save it as an Excel workbook without them (.xlsx)"),
    Danger.STRANGE_XML: message("the workbook holds declarations that no spreadsheet program writes"),
    Danger.DAMAGED: _DAMAGED,
}


class WorkbookFileError(Exception):
    """The file cannot be used as a workbook; `message` says why and what to do."""

    def __init__(self, reason: Message) -> None:
        self.message = reason
        super().__init__(str(reason))


@dataclass(frozen=True, slots=True)
class Entry:
    """A cell that holds something. `value` is a text, a number, a truth value, a day or moment."""

    row: int
    column: int
    value: Any
    formula: bool


@dataclass(frozen=True)
class Sheet:
    """A sheet's rows that hold anything. `merged`: first row, first column, last row and last column of each range."""

    title: str
    rows: list[dict[int, Entry]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def read_sheets(data: bytes) -> list[Sheet]:
    """Every sheet of an .xlsx file, hidden ones too. WorkbookFileError if the file is none, or could do harm."""
    if found := danger(data):
        raise WorkbookFileError(_SAID[found])
    import openpyxl

    try:
        with warnings.catch_warnings():
            # It complains of what it does not keep, which a reader never needs.
            warnings.simplefilter("ignore")
            workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
            left = MOST_ROWS
            sheets = []
            for one in workbook.worksheets:
                sheet = _read(one, left)
                left -= len(sheet.rows)
                sheets.append(sheet)
            return sheets
    except WorkbookFileError:
        raise
    except Exception as error:
        # Whatever the library trips over, the file is at fault, and there is no list of what it may raise.
        raise WorkbookFileError(_DAMAGED) from error


def _read(worksheet: Any, most: int) -> Sheet:
    sheet = Sheet(worksheet.title, merged=_merged(worksheet))
    for cells in worksheet.iter_rows(max_row=_LAST_ROW, max_col=MOST_COLUMNS):
        row = {
            cell.column: Entry(cell.row, cell.column, _value(cell.value), cell.data_type == "f")
            for cell in cells
            if cell.value is not None
        }
        if not row:
            continue
        if len(sheet.rows) >= most:
            raise WorkbookFileError(
                message("the workbook has more than {most} rows; a form has far fewer", most=MOST_ROWS)
            )
        sheet.rows.append(row)
    return sheet


def _merged(worksheet: Any) -> list[tuple[int, int, int, int]]:
    """Read from the sheet's own text: openpyxl knows of merged cells only where it builds the whole sheet in memory."""
    from openpyxl.utils.cell import range_boundaries

    with worksheet._get_source() as source:
        found = _MERGED.findall(source.read())
    ranges = []
    for reference in found[:MOST_ROWS]:
        first_column, first_row, last_column, last_row = range_boundaries(reference.decode())
        ranges.append((first_row or 0, first_column or 0, last_row or 0, last_column or 0))
    return ranges


def _value(value: Any) -> Any:
    """A text as it was typed: the file format writes some characters as _x000D_."""
    if not isinstance(value, str):
        return value
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), value) if "_x" in value else value
