"""Files that are no form, or a damaged or hostile one: one clear message, soon."""

from __future__ import annotations

import io
import zipfile

import pytest
from openpyxl import Workbook

from charter.reports.read_form import FormError, read_form
from questionnaires.workbook_safety import MAX_UNPACKED
from tests.unit.reports.forms import BASICS, blank, problems, saved, the_pack


def _zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def _with_part(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO(blank(BASICS, "en"))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def _other_workbook() -> bytes:
    workbook = Workbook()
    workbook.worksheets[0]["A1"].value = "shopping"
    return saved(workbook)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "is empty"),
        (b"hello", "no Excel workbook"),
        (b"\xff" * 5000, "no Excel workbook"),
        (b"PK\x03\x04broken", "no Excel workbook"),
        (_zipped(a=b"b"), "no Excel workbook"),
        (_zipped(**{"mimetype": b"x", "content.xml": b"x"}), "OpenDocument"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"x" * 999, "old kind"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "password"),
        (_with_part("xl/vbaProject.bin", b"x"), "macros"),
        (_with_part("xl/media/huge.bin", b"\0" * (MAX_UNPACKED + 1)), "far larger"),
        (_with_part("xl/x.xml", b'<!DOCTYPE a [<!ENTITY a "b">]><a/>'), "declarations"),
        (_with_part("xl/x.xml", '<!DOCTYPE a [<!ENTITY a "b">]><a/>'.encode("utf-16")), "declarations"),
        (_other_workbook(), "no form made by Charter"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_a_file_that_is_no_form_gets_one_clear_message(data: bytes, part: str) -> None:
    found = problems(data)
    assert len(found) == 1
    assert part in found[0]


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/styles.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("content", [b"", b"<a", b"<a/>"])
def test_a_damaged_workbook_is_refused(part: str, content: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blank(BASICS, "en"))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    try:
        read_form(buffer.getvalue(), the_pack(BASICS))
    except FormError as error:
        assert len(error.problems) == 1


def test_a_hundred_thousand_rows_are_refused_soon() -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 100_001))
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blank(BASICS, "en"))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet2.xml") else old.read(name))
    assert problems(buffer.getvalue()) == ["the workbook has more than 20000 rows; a form has far fewer"]


def test_a_row_number_beyond_any_sheet_does_no_harm() -> None:
    data = blank(BASICS, "en")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("sheet2.xml"):
                text = text.replace(b"</sheetData>", b'<row r="99999999999"><c r="A1"/></row></sheetData>')
            new.writestr(name, text)
    assert read_form(buffer.getvalue(), the_pack(BASICS))["ratings"] == {}
