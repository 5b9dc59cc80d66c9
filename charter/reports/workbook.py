"""What every workbook shares: looks, text that never becomes a formula, printing, and a file that depends on its
content alone.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from charter.i18n import Translator
from charter.reports.row_heights import fit_rows

MOST_CHARACTERS = 32_767
"""What a cell holds at most; a spreadsheet program calls a file with more broken."""
MOST_TITLE = 31

PERCENT = "0%"
DAY = "yyyy-mm-dd"
MONTH = "mm/yyyy"
NUMBER = "#,##0.##"
TEXT = "@"

INK = "1C2B33"
HEAD = "0B4A58"
SHADE = "E4ECEF"
INPUT = "FFFBEB"
_RULE = Side(style="thin", color="B8C4CA")
_BORDER = Border(left=_RULE, right=_RULE, top=_RULE, bottom=_RULE)

# One font can be named for a cell, with nothing to fall back on. Offices in Cambodia have Khmer OS Siemreap; where it
# is missing, the programs take another font with Khmer. The other languages get the one that they all know.
_FONTS = {"km": "Khmer OS Siemreap"}
_OTHER_FONT = "Calibri"

AnyCell: TypeAlias = Any
"""A cell: openpyxl types it as one that may be merged, of which these workbooks have none."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_THE_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a ZIP file can name


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its width in characters and how its values are shown."""

    heading: str
    width: float
    format: str | None = None


class Looks:
    """Fonts of one language. Khmer needs larger letters to be as legible as Latin ones."""

    def __init__(self, language: str) -> None:
        self.name = _FONTS.get(language, _OTHER_FONT)
        self.size = 11

    def font(self, *, bold: bool = False, color: str = INK, size: int = 0) -> Font:
        return Font(name=self.name, size=self.size + size, bold=bold, color=color)


def new_workbook(title: str, words: Translator) -> Workbook:
    """Without sheets; `title` and language are in its properties."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.title = clean(title)[:200]
    workbook.properties.language = words.language
    workbook.properties.creator = "Charter"
    workbook.calculation = CalcProperties(fullCalcOnLoad=False)
    return workbook


def add_sheet(workbook: Workbook, title: str) -> Worksheet:
    """A sheet whose name is as much of `title` as is allowed, and unlike every other."""
    base = " ".join(_NOT_IN_TITLES.sub(" ", clean(title)).split()).strip("'")[:MOST_TITLE].strip(" '") or "–"
    # A spreadsheet program keeps this name for itself.
    base = f"{base}." if base.casefold() == "history" else base
    taken = {name.casefold() for name in workbook.sheetnames}
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        ending = f" {number}"
        name = base[: MOST_TITLE - len(ending)] + ending
    sheet: Worksheet = workbook.create_sheet(name)
    return sheet


def put(cell: AnyCell, value: object, looks: Looks, *, font: Font | None = None, format: str | None = None) -> AnyCell:
    """Write a value. Text is text, whatever it begins with, and stays text when somebody edits the cell."""
    if isinstance(value, str):
        cell.value = ""
        # openpyxl takes a text that begins with = for a formula unless it is told the type.
        cell._value = encode(clean(value))
        cell.data_type = "s"
        cell.quotePrefix = value[:1] in tuple("=+-@\t\r\n'")
    elif value is not None:
        cell.value = value
        if isinstance(value, date) and format is None:
            format = DAY
    cell.font = font or looks.font()
    cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left" if isinstance(value, str) else None)
    if format:
        cell.number_format = format
    return cell


def clean(text: str) -> str:
    """What a cell can hold: no control characters, not too long (the end is then cut off, and shows that it is)."""
    text = _FORBIDDEN.sub("\ufffd", text)
    return text if len(text) <= MOST_CHARACTERS - 100 else text[: MOST_CHARACTERS - 200] + " […]"


def encode(text: str) -> str:
    """A carriage return as the file format writes it; as itself it would be read back as a line feed."""
    return _ESCAPED.sub("_x005F_", text).replace("\r", "_x000D_")


def table(
    sheet: Worksheet, columns: Sequence[Column], rows: Iterable[Sequence[object]], looks: Looks, *, first: int = 1
) -> int:
    """A table with a filter, its heading frozen and repeated on every printed page. Returns its last row."""
    heading(sheet, columns, looks, row=first)
    last = first
    for last, values in enumerate(rows, start=first + 1):
        for position, (column, value) in enumerate(zip(columns, values, strict=True), start=1):
            put(sheet.cell(last, position), value, looks, format=column.format).border = _BORDER
    sheet.auto_filter.ref = f"A{first}:{get_column_letter(len(columns))}{last}"
    return last


def heading(sheet: Worksheet, columns: Sequence[Column], looks: Looks, *, row: int, freeze: str | None = None) -> None:
    """The heading of a table: white on dark, frozen, repeated when printed; sets the widths."""
    for position, column in enumerate(columns, start=1):
        cell = put(sheet.cell(row, position), column.heading, looks, font=looks.font(bold=True, color="FFFFFF"))
        cell.fill = fill(HEAD)
        cell.border = _BORDER
        sheet.column_dimensions[get_column_letter(position)].width = column.width
    sheet.freeze_panes = freeze or f"A{row + 1}"
    sheet.print_title_rows = f"{row}:{row}"


def boxed(cell: AnyCell, *, colour: str | None = None) -> AnyCell:
    cell.border = _BORDER
    if colour:
        cell.fill = fill(colour)
    return cell


def fill(colour: str) -> PatternFill:
    return PatternFill("solid", start_color=colour, end_color=colour)


def open_for_input(cell: AnyCell, looks: Looks, *, format: str = TEXT) -> AnyCell:
    """A cell that can be filled in on a protected sheet. As text: what begins with - or = is no formula, 1/2 no day."""
    boxed(cell, colour=INPUT)
    cell.font = looks.font()
    cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
    cell.protection = Protection(locked=False)
    cell.number_format = format
    return cell


def protect(sheet: Worksheet) -> None:
    """Only open cells can be changed, so that nobody does it by accident; whoever wants to can lift it, there is no
    password. Rows and columns can still be made larger.
    """
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False
    sheet.protection.autoFilter = False


def set_up_print(sheet: Worksheet, footer: str, looks: Looks, *, landscape: bool = True) -> None:
    """A4, as wide as the paper, page numbers."""
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.6
    text = clean(footer).replace("&", "&&").replace("\n", " ")[:120]
    footing: Any = sheet.oddFooter
    footing.left.font, footing.left.size = f"{looks.name},Regular", 8
    footing.left.text = text
    footing.right.size = 8
    footing.right.text = "&P / &N"
    sheet.sheet_view.showGridLines = False


def explain(sheet: Worksheet, title: str, paragraphs: Sequence[tuple[str, str]], looks: Looks) -> None:
    """The sheet that explains the others: pairs of what is meant and what it says."""
    sheet.column_dimensions["A"].width = 34
    sheet.column_dimensions["B"].width = 100
    put(sheet.cell(1, 1), title, looks, font=looks.font(bold=True, size=5, color=HEAD)).alignment = Alignment(
        vertical="center"
    )
    for row, (name, text) in enumerate(paragraphs, start=3):
        put(sheet.cell(row, 1), name, looks, font=looks.font(bold=True))
        put(sheet.cell(row, 2), text, looks)


def saved(workbook: Workbook) -> bytes:
    """The file. The same content always gives the same bytes: no moment of writing is in them."""
    fit_rows(workbook, language=workbook.properties.language or "")
    buffer = io.BytesIO()
    workbook.save(buffer)
    result = io.BytesIO()
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in made.namelist():
            data = made.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:(created|modified)[^>]*>)[^<]*", rb"\g<1>1980-01-01T00:00:00Z", data)
            info = zipfile.ZipInfo(name, _THE_EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return result.getvalue()
