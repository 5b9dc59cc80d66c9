"""Small workbooks for tests: made by hand, looked into, and changed."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from questionnaires import Pack, load_pack
from questionnaires.xlsform import XlsformResult
from questionnaires.xlsform.reading import write_files

Rows = Sequence[Sequence[Any]]


def workbook(sheets: Mapping[str, Rows]) -> bytes:
    """An .xlsx with these rows, as openpyxl writes it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: Any) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def rows_of(data: bytes, sheet: str) -> list[dict[str, str]]:
    """The rows of a sheet by heading."""
    book = openpyxl.load_workbook(io.BytesIO(data))
    headings, *rows = book[sheet].iter_rows(values_only=True)
    return [
        {str(key): str(value) for key, value in zip(headings, row, strict=True) if value is not None} for row in rows
    ]


def loaded(result: XlsformResult, folder: Path) -> Pack:
    """The pack of a result, through the loader."""
    assert [str(problem) for problem in result.problems] == []
    write_files(result.files, folder)
    return load_pack(folder)


def notes(result: XlsformResult) -> list[str]:
    return [str(note) for note in result.notes]


def problems(result: XlsformResult) -> list[str]:
    return [str(problem) for problem in result.problems]
