"""A table as CSV: UTF-8 with the mark by which Excel knows it, and no cell that could become a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

from charter.reports.formulas import formula_safe
from charter.reports.workbook import Column


def table_csv(columns: Iterable[Column], rows: Iterable[Sequence[object]]) -> bytes:
    """One line for the headings, one for each row; days as in 2027-01-31, nothing for None."""
    buffer = io.StringIO()
    # Everything is quoted: an unquoted text with a semicolon would be two cells where lines are split there.
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([_cell(column.heading) for column in columns])
    writer.writerows([_cell(value) for value in row] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return formula_safe(value.replace("\x00", ""))
    return value.isoformat() if isinstance(value, date) else str(value)
