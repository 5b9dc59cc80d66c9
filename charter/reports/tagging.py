"""What a PDF says besides its looks: text that can be copied out of it, searched and read aloud, headers of tables.

A PDF holds glyphs; a reader program guesses the characters from them. For Khmer, whose glyphs are reordered and
stacked, it guesses garbage; in Vietnamese one glyph may stand for different letters, and then plain words of the same
page are read wrong too. So every marked piece of text carries its characters beside it (/ActualText). Running headers
and page numbers are marked as no part of the content. WeasyPrint offers no way to ask for this: the method that marks
a piece is replaced while a document is drawn. `well_marked` fails loudly if a new version has it no more, and the tests
read all three languages back out of a PDF.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from charter.reports.words import ZERO_WIDTH_SPACE

_EMPTY = re.compile(rb"(<[0-9a-f]{4}>) <>")
_lock = threading.Lock()


@contextmanager
def well_marked() -> Iterator[None]:
    """Within it, text is drawn with its characters beside it where glyphs do not tell them. One document at a time."""
    import pydyf
    from weasyprint.pdf.stream import Stream

    original = Stream.marked

    @contextmanager
    def marked(stream: Any, box: Any, tag: str) -> Iterator[None]:
        text = getattr(box, "text", None)
        if stream._tags is None or tag != "Span" or not isinstance(text, str):
            with original(stream, box, tag):
                yield
            return
        # Only what stands in a page's margin comes from no element.
        in_margin = box.element is None
        number = len(stream._tags)
        stream._tags[box] = {"tag": tag, "mcid": number}
        if in_margin:
            properties = pydyf.Dictionary({"Type": "/Pagination"})
            tag = "Artifact"
        else:
            properties = pydyf.Dictionary({"MCID": number})
            properties["ActualText"] = pydyf.String(text.replace(ZERO_WIDTH_SPACE, ""))
        pydyf.Stream.begin_marked_content(stream, tag, properties)
        try:
            yield
        finally:
            pydyf.Stream.end_marked_content(stream)

    with _lock:
        Stream.marked = marked
        try:
            yield
        finally:
            Stream.marked = original


def finish(_document: Any, pdf: Any) -> None:
    """The last touch to a PDF, WeasyPrint's `finisher`."""
    _without_zero_width_spaces(pdf)
    _scopes(pdf)
    _characters(pdf)


def _without_zero_width_spaces(pdf: Any) -> None:
    """Take the zero-width spaces out of the bookmarks' names."""
    import pydyf

    for item in pdf.objects:
        title = item.get("Title") if isinstance(item, dict) else None
        if isinstance(title, pydyf.String):
            item["Title"] = pydyf.String(str(title.string).replace(ZERO_WIDTH_SPACE, ""))


def _scopes(pdf: Any) -> None:
    """Say of every header cell whether it heads a column or a row: those in a table's head head columns."""
    parts: dict[bytes, Any] = {}
    for item in pdf.objects:
        if hasattr(item, "get") and item.get("S"):
            parts[item.reference] = item
    for part in parts.values():
        if part["S"] == "/TH":
            row = parts.get(part["P"], {})
            head = parts.get(row.get("P"), {}).get("S") == "/THead"
            part["A"]["Scope"] = "/Column" if head else "/Row"


def _characters(pdf: Any) -> None:
    """Give every glyph a character: one that belongs to the glyph before it gets the zero-width space.

    What is read is /ActualText; but a glyph without any character is an error in a file that claims to be accessible.
    """
    for item in pdf.objects:
        lines = getattr(item, "stream", None)
        if isinstance(lines, list) and b"begincmap" in lines:
            lines[:] = [_EMPTY.sub(rb"\1 <200b>", line) if isinstance(line, bytes) else line for line in lines]
