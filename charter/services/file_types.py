"""What an uploaded file really is, whatever its name says. What is not on the list, or is two things, is refused.

This keeps out what a browser or an office program would run by itself. It is no virus scanner: a file may still hold
what its program can be tricked with, so files are only ever handed out to be saved.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass

import puremagic

from questionnaires.archives import UNREADABLE
from questionnaires.message import Message, message


class UnwantedFile(Exception):
    """A file that is not taken; `message` says why and what to do."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.message = reason


@dataclass(frozen=True)
class FileType:
    """A kind of file that is taken. `suffix` is what its name ends in, whatever it was called."""

    suffix: str
    media_type: str


PDF = FileType(".pdf", "application/pdf")
JPEG = FileType(".jpg", "image/jpeg")
PNG = FileType(".png", "image/png")
DOCX = FileType(".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
XLSX = FileType(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
ODT = FileType(".odt", "application/vnd.oasis.opendocument.text")
ODS = FileType(".ods", "application/vnd.oasis.opendocument.spreadsheet")
TEXT = FileType(".txt", "text/plain")
CSV = FileType(".csv", "text/csv")


_MOST_PARTS = 3000
_LEAST_CONFIDENCE = 0.3
_MARKUP = re.compile(rb"<(?:script|html|svg|\?php|!doctype|iframe)", re.IGNORECASE)
_ACTIVE_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|RichMedia|EmbeddedFile)\b")
_HEX = re.compile(rb"#([0-9A-Fa-f]{2})")
_MACRO_PARTS = re.compile(r"vbaproject|macrosheets/|/activex/|/embeddings/|^basic/|^scripts/|^object ", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NO_TEXT = ("<", "#!", "%!", "{\\rtf")

_UNKNOWN = message(
    "This kind of file is not taken. Give a PDF, a photo (JPEG, PNG), a Word, Excel or OpenDocument file, or a text."
)
_TWO_THINGS = message("This file holds something else besides what it seems to be. Save it again as a PDF.")
_MACROS = message("This file holds macros or embedded objects. Save it without them, or as a PDF.")
_BROKEN = message("This file is damaged, or not complete. Save it again.")


def file_type(content: bytes, *, name: str) -> FileType:
    """What this is. The name decides only between plain text and CSV. UnwantedFile for everything that is not taken."""
    if not content:
        raise UnwantedFile(message("This file is empty."))
    likely = _likely(content)
    if content.startswith(b"%PDF-") and ".pdf" in likely:
        return _pdf(content)
    if content.startswith(b"\x89PNG\r\n\x1a\n") and ".png" in likely:
        return _picture(content, PNG, content.endswith(b"IEND\xaeB`\x82"))
    if content.startswith(b"\xff\xd8\xff") and ".jpg" in likely:
        return _picture(content, JPEG, b"\xff\xd9" in content[-65536:])
    if content.startswith(b"PK\x03\x04"):
        return _archive(content)
    return _text(content, name)


def _likely(content: bytes) -> frozenset[str]:
    """What puremagic takes it for, mere guesses left out."""
    try:
        found = puremagic.magic_string(content)
    except (puremagic.PureError, ValueError):
        return frozenset()
    return frozenset(each.extension for each in found if each.confidence >= _LEAST_CONFIDENCE)


def _pdf(content: bytes) -> FileType:
    if b"%%EOF" not in content[-2048:]:
        raise UnwantedFile(_BROKEN)
    if zipfile.is_zipfile(io.BytesIO(content)) or _MARKUP.search(content[:1024]):
        raise UnwantedFile(_TWO_THINGS)
    # In a PDF #61 is another way to write a, in names.
    if _ACTIVE_PDF.search(_HEX.sub(lambda found: bytes([int(found[1], 16)]), content)):
        raise UnwantedFile(
            message("This PDF holds a script or another file. Print it to a new PDF, and upload that one.")
        )
    return PDF


def _picture(content: bytes, kind: FileType, complete: bool) -> FileType:
    if not complete:
        raise UnwantedFile(_BROKEN)
    if zipfile.is_zipfile(io.BytesIO(content)) or _MARKUP.search(content) or b"%PDF-" in content[:1024]:
        raise UnwantedFile(_TWO_THINGS)
    return kind


def _archive(content: bytes) -> FileType:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _document(content, archive)
    except UNREADABLE as error:
        raise UnwantedFile(_BROKEN) from error


def _document(content: bytes, archive: zipfile.ZipFile) -> FileType:
    parts = archive.infolist()
    if archive.comment or len(parts) > _MOST_PARTS or not content.endswith(b"\x00\x00"):
        raise UnwantedFile(_TWO_THINGS)
    if any(part.flag_bits & 1 for part in parts):
        raise UnwantedFile(message("This file is locked with a password. Save it without one."))
    names = [part.filename for part in parts]
    if any(_MACRO_PARTS.search(name) for name in names):
        raise UnwantedFile(_MACROS)
    if names[0] == "mimetype":
        declared = _start(archive, "mimetype")
        for kind in (ODT, ODS):
            if declared.strip() == kind.media_type.encode():
                return kind
        raise UnwantedFile(_UNKNOWN)
    if "[Content_Types].xml" not in names:
        raise UnwantedFile(_UNKNOWN)
    types = _start(archive, "[Content_Types].xml")
    if b"macroEnabled" in types:
        raise UnwantedFile(_MACROS)
    for kind, main in ((DOCX, "word/document.xml"), (XLSX, "xl/workbook.xml")):
        if main in names and f"{kind.media_type}.main+xml".encode() in types:
            return kind
    raise UnwantedFile(_UNKNOWN)


def _start(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        return part.read(1024 * 1024)


def _text(content: bytes, name: str) -> FileType:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnwantedFile(_UNKNOWN) from error
    if _CONTROL.search(text) or text.lstrip().startswith(_NO_TEXT):
        raise UnwantedFile(_UNKNOWN)
    return CSV if name.lower().endswith(".csv") else TEXT
