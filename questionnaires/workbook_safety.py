"""Whether a workbook that somebody sent may be opened: decided before any of it is, from its parts and their sizes."""

from __future__ import annotations

import io
import re
import zipfile
from enum import Enum, auto

from questionnaires.archives import UNREADABLE

MAX_BYTES = 16 * 1024 * 1024
MAX_UNPACKED = 32 * 1024 * 1024
MAX_PARTS = 500

_OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
# Also with a zero byte after each letter, as in UTF-16.
_DECLARED = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E|E\x00?N\x00?T\x00?I\x00?T\x00?Y)")
_MACROS = re.compile(rb"macroEnabled|vbaProject|macrosheet", re.IGNORECASE)


class Danger(Enum):
    """Why a file is not opened. Who asked for it finds the words for whoever sent it."""

    EMPTY = auto()
    TOO_LARGE = auto()
    """More than `MAX_BYTES`."""
    UNPACKS_TOO_LARGE = auto()
    """More than `MAX_UNPACKED` bytes or `MAX_PARTS` parts."""
    PASSWORD = auto()
    OLD_KIND = auto()
    OPEN_DOCUMENT = auto()
    NO_ARCHIVE = auto()
    """Neither an archive nor, perhaps, a whole one."""
    NO_WORKBOOK = auto()
    MACROS = auto()
    STRANGE_XML = auto()
    """Entities, document types or another encoding than UTF-8: the ways in which a small file becomes a huge one."""
    DAMAGED = auto()


def danger(data: bytes) -> Danger | None:
    """What speaks against opening these bytes as an .xlsx workbook; None if nothing does."""
    if not data:
        return Danger.EMPTY
    if len(data) > MAX_BYTES:
        return Danger.TOO_LARGE
    if data.startswith(_OLD_OFFICE):
        return Danger.PASSWORD if "EncryptedPackage".encode("utf-16-le") in data else Danger.OLD_KIND
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except UNREADABLE:
        return Danger.NO_ARCHIVE
    with archive:
        return _of_parts(archive)


def _of_parts(archive: zipfile.ZipFile) -> Danger | None:
    parts = archive.infolist()
    names = {part.filename for part in parts}
    if "mimetype" in names and "content.xml" in names:
        return Danger.OPEN_DOCUMENT
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        return Danger.NO_WORKBOOK
    if any(part.flag_bits & 1 for part in parts):
        return Danger.PASSWORD
    if any("vbaproject" in name.casefold() or "/macrosheets/" in name.casefold() for name in names):
        return Danger.MACROS
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        return Danger.UNPACKS_TOO_LARGE
    for part in parts:
        if part.filename.casefold().endswith((".xml", ".rels")) and (found := _of_xml(archive, part)):
            return found
    return None


def _of_xml(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Danger | None:
    try:
        # The size in the directory may be a lie, so no more than that is ever read.
        with archive.open(part) as stream:
            content = stream.read(MAX_UNPACKED)
    except UNREADABLE:
        return Danger.DAMAGED
    if content[:2] in _UTF_16 or b"\x00" in content[:4] or _DECLARED.search(content):
        return Danger.STRANGE_XML
    if part.filename == "[Content_Types].xml" and _MACROS.search(content):
        return Danger.MACROS
    return None
