"""A table as pages, files and reports show it: numbers stay numbers, and beside them stand words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from babel.numbers import format_decimal

from charter.i18n import Translator
from charter.reports.figures import Chart
from charter.reports.workbook import Column

COUNT = "#,##0"
MONEY = "#,##0.00"
SHARE = "0%"


@dataclass(frozen=True)
class Part:
    """A table with its title and what it means; `shown` has its values in words. Without rows `empty` is said."""

    title: str
    meaning: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]
    shown: tuple[tuple[str, ...], ...]
    empty: str
    chart: Chart | None = None


def table_part(
    title: str,
    meaning: str,
    columns: tuple[Column, ...],
    rows: Sequence[tuple[object, ...]],
    empty: str,
    words: Translator,
    *,
    chart: Chart | None = None,
) -> Part:
    """The part with every value in words as well: days, amounts, shares and counts by the format of their column."""
    shown = tuple(
        tuple(_said(value, column, words) for value, column in zip(row, columns, strict=True)) for row in rows
    )
    plain = tuple(
        tuple(float(round(value, 4)) if isinstance(value, Fraction) else value for value in row) for row in rows
    )
    return Part(title, meaning, columns, plain, shown, empty, chart)


def _said(value: object, column: Column, words: Translator) -> str:
    if isinstance(value, date):
        return words.day(value)
    if isinstance(value, Fraction):
        if column.format == MONEY:
            return str(format_decimal(Decimal(value.numerator) / value.denominator, format=MONEY, locale=words.locale))
        return words.percent(value)
    if isinstance(value, int):
        return words.number(value)
    return "–" if value is None else str(value)
