"""What stands on the pages of a PDF, and where."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pypdfium2
from pypdfium2 import raw

MILLIMETRE = 72 / 25.4
MARGIN = 18 * MILLIMETRE
"""Left and right margin of a report's page in points."""


def text_of(data: bytes) -> str:
    """All text of the document as it is copied out; a line ends where one ends on the page."""
    document = pypdfium2.PdfDocument(data)
    try:
        text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()
    # PDFium writes a hyphen at the end of a line as one of these.
    return re.sub("[\x02\ufffe]", "-", text).replace("\r\n", "\n")


def flat(text: str) -> str:
    """Without any white space, normalized: where lines end is the page's business."""
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFC", text))


def off_the_page(data: bytes, *, margin: float = MARGIN) -> list[tuple[int, str]]:
    """Page and text of every piece of a line that reaches into a margin; a chart places its own words."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [found for number, page in enumerate(document, start=1) for found in _off(page, number, margin)]
    finally:
        document.close()


def _off(page: pypdfium2.PdfPage, number: int, margin: float) -> Iterator[tuple[int, str]]:
    width, height = page.get_size()
    text = page.get_textpage()
    for piece in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT], max_depth=1):
        left, bottom, right, top = piece.get_bounds()
        inside = left >= margin - 1 and right <= width - margin + 1
        if not inside or bottom < 5 * MILLIMETRE or top > height - 5 * MILLIMETRE:
            yield number, text.get_text_bounded(left, bottom, right, top)
