"""A picture that somebody brings, such as a logo: read, checked, and put into the document itself."""

from __future__ import annotations

import base64
import io
import warnings
from pathlib import Path
from xml.etree import ElementTree

from charter.reports.errors import ReportError

MOST_BYTES = 5 * 1024 * 1024
MOST_PIXELS = 40_000_000
_SVG = "{http://www.w3.org/2000/svg}svg"


def picture_data(path: Path) -> str:
    """The picture (PNG, JPEG or SVG) as a `data:` address; ReportError if there is none, or what is there is none."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ReportError(f"{path}: the picture cannot be read: {reason}") from error
    if len(data) > MOST_BYTES:
        raise ReportError(f"{path}: the picture is larger than {MOST_BYTES // 1024 // 1024} MB; save it smaller.")
    kind = _drawing(data, path) or _photograph(data, path)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _drawing(data: bytes, path: Path) -> str | None:
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return None
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise ReportError(f"{path}: the picture declares entities or a document type; save it as plain SVG.")
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - without entities nothing can grow
    except ElementTree.ParseError as error:
        raise ReportError(f"{path}: this is no picture: broken SVG ({error}).") from error
    if root.tag != _SVG:
        raise ReportError(f"{path}: this is no picture; use PNG, JPEG or SVG.")
    return "image/svg+xml"


def _photograph(data: bytes, path: Path) -> str:
    from PIL import Image, ImageFile

    kinds = {"PNG": "image/png", "JPEG": "image/jpeg"}
    forgiving = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        # WeasyPrint sets it, and would print half a picture.
        ImageFile.LOAD_TRUNCATED_IMAGES = False
        with warnings.catch_warnings():
            # It warns of large pictures, which are refused below.
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=list(kinds)) as picture:
                kind, pixels = kinds[picture.format or ""], picture.width * picture.height
                if pixels <= MOST_PIXELS:
                    picture.load()
    except Exception as error:
        # Whatever the library trips over, the file is at fault.
        raise ReportError(f"{path}: this is no picture, or a damaged one; use PNG, JPEG or SVG.") from error
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = forgiving
    if pixels > MOST_PIXELS:
        raise ReportError(
            f"{path}: the picture has more than {MOST_PIXELS // 1_000_000} million pixels; make it smaller."
        )
    return kind
