"""Makes the workbook: every cell a text that no spreadsheet program takes for a formula or a number.

Written out by hand, because a table of texts needs a dozen lines of XML, and the general library takes as long for them
as ODK's converter for the whole form. The bytes depend on the content alone: the same pack gives the same file.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from questionnaires.xlsform.findings import column_letters

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_WORDS, _HEADING = 1, 2
# Number format 49 is @, which keeps a text a text when somebody edits the cell.
_LOOKS = '<alignment vertical="top" wrapText="1"/></xf>'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="3"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FFE4ECEF"/></patternFill></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3">'
    '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    f'<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyAlignment="1">{_LOOKS}'
    '<xf numFmtId="49" fontId="1" fillId="2" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1" applyFill="1" '
    f'applyAlignment="1">{_LOOKS}</cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)


@dataclass
class SheetOut:
    """One sheet to write; a row is a sequence of texts. `wide`: headings of columns that hold whole sentences."""

    name: str
    headings: Sequence[str]
    rows: list[Any] = field(default_factory=list)
    wide: Sequence[str] = ()


def make_workbook(sheets: Sequence[SheetOut]) -> bytes:
    """The .xlsx file."""
    strings: dict[str, int] = {}
    pages = [_page(sheet, strings) for sheet in sheets]
    numbers = range(1, len(sheets) + 1)
    members = {
        "[Content_Types].xml": _content_types(numbers),
        "_rels/.rels": _relations({"officeDocument": ["xl/workbook.xml"]}),
        "xl/workbook.xml": _workbook(sheets),
        "xl/_rels/workbook.xml.rels": _relations(
            {
                "worksheet": [f"worksheets/sheet{number}.xml" for number in numbers],
                "styles": ["styles.xml"],
                "sharedStrings": ["sharedStrings.xml"],
            }
        ),
        "xl/styles.xml": _STYLES,
        "xl/sharedStrings.xml": _shared(strings),
    } | {f"xl/worksheets/sheet{number}.xml": page for number, page in zip(numbers, pages, strict=True)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _page(sheet: SheetOut, strings: dict[str, int]) -> str:
    parts = [
        f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">',
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>',
        '<sheetFormatPr defaultRowHeight="15"/><cols>',
    ]
    letters = [column_letters(position) for position in range(1, len(sheet.headings) + 1)]
    for position, heading in enumerate(sheet.headings, start=1):
        width = 48 if heading.split("::")[0] in sheet.wide else max(14, len(heading) + 2)
        parts.append(f'<col min="{position}" max="{position}" width="{width}" customWidth="1"/>')
    parts.append("</cols><sheetData>")
    for number, row in enumerate([sheet.headings, *sheet.rows], start=1):
        style = _HEADING if number == 1 else _WORDS
        parts.append(f'<row r="{number}">')
        parts.extend(
            f'<c r="{letter}{number}" s="{style}" t="s"><v>{strings.setdefault(text, len(strings))}</v></c>'
            for letter, text in zip(letters, row, strict=False)  # a row may end early
            if text
        )
        parts.append("</row>")
    parts.append("</sheetData></worksheet>")
    return "".join(parts)


def _shared(strings: dict[str, int]) -> str:
    items = "".join(f'<si><t xml:space="preserve">{escape(_FORBIDDEN.sub("", text))}</t></si>' for text in strings)
    return f'{_HEAD}<sst xmlns="{_MAIN}" uniqueCount="{len(strings)}">{items}</sst>'


def _workbook(sheets: Sequence[SheetOut]) -> str:
    entries = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, sheet in enumerate(sheets, start=1)
    )
    return f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{entries}</sheets></workbook>'


def _relations(targets: dict[str, list[str]]) -> str:
    flat = [(kind, target) for kind, found in targets.items() for target in found]
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(flat, start=1)
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{entries}</Relationships>'


def _content_types(numbers: Sequence[int]) -> str:
    kinds = {"/xl/workbook.xml": "sheet.main", "/xl/styles.xml": "styles", "/xl/sharedStrings.xml": "sharedStrings"}
    kinds |= {f"/xl/worksheets/sheet{number}.xml": "worksheet" for number in numbers}
    entries = "".join(
        f'<Override PartName="{name}" ContentType="{_SPREADSHEET}.{kind}+xml"/>' for name, kind in kinds.items()
    )
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{entries}</Types>'
    )
