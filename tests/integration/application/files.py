"""Small real files of every kind, and some that are not what they seem."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"trailer<</Root 1 0 R>>\n%%EOF\n"
)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\x00\x00"))
    + _chunk(b"IEND", b"")
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00" + b"\xff\xda" + b"\x11" * 40 + b"\xff\xd9"
)


def archive(*parts: tuple[str, str]) -> bytes:
    """A ZIP of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        for name, content in parts:
            made.writestr(name, content)
    return buffer.getvalue()


def office(main: str, media_type: str, *more: tuple[str, str]) -> bytes:
    """A document in Microsoft's format, as far as it is looked at."""
    types = f'<Types><Override PartName="/{main}" ContentType="{media_type}"/></Types>'
    return archive(("[Content_Types].xml", types), (main, "<document/>"), *more)


_OFFICE = "application/vnd.openxmlformats-officedocument"


def docx(*, macro: bool = False) -> bytes:
    more = (("word/vbaProject.bin", "x"),) if macro else ()
    return office("word/document.xml", f"{_OFFICE}.wordprocessingml.document.main+xml", *more)


def xlsx() -> bytes:
    return office("xl/workbook.xml", f"{_OFFICE}.spreadsheetml.sheet.main+xml")


def open_document(kind: str, *more: tuple[str, str]) -> bytes:
    mimetype = f"application/vnd.oasis.opendocument.{kind}"
    return archive(("mimetype", mimetype), ("content.xml", "<x/>"), *more)
