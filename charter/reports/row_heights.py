"""Heights of rows: not every spreadsheet program works them out when it opens a file whose cells break lines."""

from __future__ import annotations

from math import ceil

from openpyxl import Workbook
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from charter.reports.shaping import width

_PIXELS_OF_CHARACTER = 7.0
_PADDING = 5.0
_PIXELS_OF_POINT = 96 / 72
_LINE = {"km": 1.75}
_OTHER_LINE = 1.6
"""Height of a line as a multiple of its letters' size: Khmer has signs above and below the letters."""
_SLACK = 1.06
"""Lines break between words, so that none is quite full."""
_MOST_POINTS = 409.0
"""No program shows a higher row."""
_DEFAULT_WIDTH = 13.0


def fit_rows(workbook: Workbook, *, language: str) -> None:
    """Make every row as high as its text needs in the widths of its columns; heights that are set already stay."""
    for sheet in workbook.worksheets:
        widths = {
            letter: max(20.0, (one.width or _DEFAULT_WIDTH) * _PIXELS_OF_CHARACTER - _PADDING)
            for letter, one in sheet.column_dimensions.items()
            if not one.hidden
        }
        hidden = {letter for letter, one in sheet.column_dimensions.items() if one.hidden}
        for row in range(1, sheet.max_row + 1):
            if sheet.row_dimensions[row].height is None:
                needed = _height(sheet, row, widths, hidden, language)
                if needed is not None:
                    sheet.row_dimensions[row].height = needed


def _height(sheet: Worksheet, row: int, widths: dict[str, float], hidden: set[str], language: str) -> float | None:
    """In points; None where the program's own height does."""
    highest = 0.0
    wraps = False
    for cell in sheet[row]:
        if not isinstance(cell.value, str) or not cell.value:
            continue
        letter = get_column_letter(cell.column)
        if letter in hidden:
            continue
        room = widths.get(letter, _DEFAULT_WIDTH * _PIXELS_OF_CHARACTER)
        size = float(cell.font.sz or 11)
        lines = 1
        if cell.alignment.wrap_text:
            pixels = size * _PIXELS_OF_POINT
            parts = cell.value.splitlines() or [""]
            lines = sum(
                max(1, ceil(width(part, size=pixels, bold=bool(cell.font.b)) * _SLACK / room)) for part in parts
            )
        wraps = wraps or lines > 1
        highest = max(highest, lines * size * _LINE.get(language, _OTHER_LINE))
    if not wraps and language not in _LINE:
        return None
    return min(_MOST_POINTS, round(highest, 1)) if highest else None
