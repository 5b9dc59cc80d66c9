"""What a PDF says besides its looks: text that can be copied out of it, searched and read aloud, headers of tables.

A PDF holds glyphs; a reader program guesses the characters from them. For Khmer, whose glyphs are reordered and
stacked, it guesses garbage; in Vietnamese one glyph may stand for different letters, and then plain words of the same
page are read wrong too. So every marked piece of text carries its characters beside it (/ActualText). Running headers
and page numbers are marked as no part of the content, and a part in another language says in which (/Lang).

WeasyPrint offers no way to ask for this: the method that marks a piece and the function that makes the tree of tags
are replaced while a document is drawn. `well_marked` fails loudly if a new version has them no more, and the tests read
all three languages back out of a PDF.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from charter.reports.words import ZERO_WIDTH_SPACE

_EMPTY = re.compile(rb"(<[0-9a-f]{4}>) <>")
_FEWEST_CELLS = 6
_lock = threading.Lock()


@contextmanager
def well_marked() -> Iterator[None]:
    """Within it, text is drawn with its characters beside it where glyphs do not tell them. One document at a time."""
    import pydyf
    from weasyprint.pdf import tags
    from weasyprint.pdf.stream import Stream

    original = Stream.marked
    build = tags._build_box_tree

    def in_its_language(box: Any, *others: Any) -> Iterator[Any]:
        """The tags of a box, with the language that its element names; the whole document's stands in the catalogue."""
        for tag in build(box, *others):
            element = getattr(box, "element", None)
            language = None if element is None or box.element_tag in ("html", "body") else element.get("lang")
            if language:
                tag["Lang"] = pydyf.String(language)
            yield tag

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
        tags._build_box_tree = in_its_language
        try:
            yield
        finally:
            Stream.marked = original
            tags._build_box_tree = build


def finish(_document: Any, pdf: Any) -> None:
    """The last touch to a PDF, WeasyPrint's `finisher`."""
    _without_zero_width_spaces(pdf)
    parts = {item.reference: item for item in pdf.objects if hasattr(item, "get") and item.get("S")}
    _scopes(parts)
    _modest_tables(parts)
    _characters(pdf)


def _without_zero_width_spaces(pdf: Any) -> None:
    """Take the zero-width spaces out of the bookmarks' names."""
    import pydyf

    for item in pdf.objects:
        title = item.get("Title") if isinstance(item, dict) else None
        if isinstance(title, pydyf.String):
            item["Title"] = pydyf.String(str(title.string).replace(ZERO_WIDTH_SPACE, ""))


def _scopes(parts: Mapping[bytes, Any]) -> None:
    """Say of every header cell whether it heads a column or a row: those in a table's head head columns."""
    for part in parts.values():
        if part["S"] == "/TH":
            row = parts.get(part["P"], {})
            head = parts.get(row.get("P"), {}).get("S") == "/THead"
            part["A"]["Scope"] = "/Column" if head else "/Row"


def _modest_tables(parts: Mapping[bytes, Any]) -> None:
    """Make the heads of rows plain cells where a table would have more heads than cells.

    That is so in tables of two columns, and where the end of a table stands on a page of its own. Checkers take such
    tables for pictures of tables whose headings were torn apart (`outloud`: TBL-010), and a reader who hears two
    heads before each cell gains nothing.
    """
    import pydyf

    for table in parts.values():
        if table["S"] != "/Table":
            continue
        cells = [cell for cell in _below(table, parts) if cell["S"] in ("/TH", "/TD")]
        heads = [cell for cell in cells if cell["S"] == "/TH"]
        of_rows = [cell for cell in heads if cell["A"]["Scope"] == "/Row"]
        if not of_rows or 2 * len(heads) <= len(cells) or len(cells) < _FEWEST_CELLS:
            continue
        of_columns = [cell["ID"] for cell in heads if cell["A"]["Scope"] == "/Column" and "ID" in cell]
        gone = {cell.pop("ID").data for cell in of_rows if "ID" in cell}
        for cell in cells:
            if "Headers" in cell["A"]:
                cell["A"]["Headers"][:] = [name for name in cell["A"]["Headers"] if name.data not in gone]
        for cell in of_rows:
            cell["S"] = "/TD"
            del cell["A"]["Scope"]
            cell["A"]["Headers"] = pydyf.Array(of_columns[:1])


def _below(part: Any, parts: Mapping[bytes, Any]) -> Iterator[Any]:
    for kid in part["K"]:
        if kid in parts:
            yield parts[kid]
            yield from _below(parts[kid], parts)


def _characters(pdf: Any) -> None:
    """Give every glyph a character: one that belongs to the glyph before it gets the zero-width space.

    What is read is /ActualText; but a glyph without any character is an error in a file that claims to be accessible.
    """
    for item in pdf.objects:
        lines = getattr(item, "stream", None)
        if isinstance(lines, list) and b"begincmap" in lines:
            lines[:] = [_EMPTY.sub(rb"\1 <200b>", line) if isinstance(line, bytes) else line for line in lines]
