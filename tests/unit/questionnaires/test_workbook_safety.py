"""A workbook is opened only if nothing speaks against it; both readers of workbooks ask the same question."""

import io
import zipfile

import openpyxl
import pytest

from questionnaires.workbook_safety import MAX_BYTES, MAX_PARTS, MAX_UNPACKED, Danger, danger

OLD = bytes.fromhex("D0CF11E0A1B11AE1")


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "<a/>")
    return out.getvalue()


def locked() -> bytes:
    """The bit that says "encrypted" is set in the archive's directory."""
    data = bytearray(workbook())
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    return bytes(data)


def damaged() -> bytes:
    """One byte of a part is another, and its check sum no longer right."""
    data = bytearray(archive("[Content_Types].xml", "xl/workbook.xml"))
    data[data.index(b"<a/>")] = ord("?")
    return bytes(data)


def test_an_ordinary_workbook_is_opened():
    assert danger(workbook()) is None


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", Danger.EMPTY),
        (bytes(MAX_BYTES + 1), Danger.TOO_LARGE),
        (OLD + bytes(600), Danger.OLD_KIND),
        (OLD + "EncryptedPackage".encode("utf-16-le"), Danger.PASSWORD),
        (b"a,b\n", Danger.NO_ARCHIVE),
        (workbook()[:999], Danger.NO_ARCHIVE),
        (archive("readme.txt"), Danger.NO_WORKBOOK),
        (archive("mimetype", "content.xml"), Danger.OPEN_DOCUMENT),
        (locked(), Danger.PASSWORD),
        (with_part("xl/vbaProject.bin", b"x"), Danger.MACROS),
        (with_part("xl/macrosheets/sheet1.xml", b"<a/>"), Danger.MACROS),
        (with_part("xl/media/huge.bin", bytes(MAX_UNPACKED + 1)), Danger.UNPACKS_TOO_LARGE),
        (archive("[Content_Types].xml", *(f"xl/{n}.xml" for n in range(MAX_PARTS))), Danger.UNPACKS_TOO_LARGE),
        (with_part("xl/x.xml", b'<!DOCTYPE a [<!ENTITY a "b">]><a/>'), Danger.STRANGE_XML),
        (with_part("xl/x.XML", b'<a/><!ENTITY a "b">'), Danger.STRANGE_XML),
        (with_part("xl/x.rels", '<!DOCTYPE a SYSTEM "b"><a/>'.encode("utf-16-le")), Danger.STRANGE_XML),
        (with_part("xl/x.xml", "<a/>".encode("utf-16")), Danger.STRANGE_XML),
        (damaged(), Danger.DAMAGED),
    ],
    ids=lambda value: value.name.lower() if isinstance(value, Danger) else "",
)
def test_what_speaks_against_opening_it_is_named(data: bytes, found: Danger):
    assert danger(data) is found


def test_a_workbook_whose_list_of_parts_speaks_of_macros_holds_some():
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook())) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "[Content_Types].xml":
                content = content.replace(b"</Types>", b'<Default Extension="x" ContentType="a.macroEnabled"/></Types>')
            new.writestr(name, content)
    assert danger(out.getvalue()) is Danger.MACROS
