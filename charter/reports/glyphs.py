"""Words of a chart as text of the PDF, in the fonts that its pages use.

WeasyPrint sets text in pictures one character at a time; Khmer falls apart (vowels and subscripts on dotted circles).
So it is shaped here, and the glyphs are shown with the fonts that WeasyPrint embeds, which know them by the same
numbers because they are the same files. Each piece carries its characters beside it, as the text of the pages does
(tagging.py).
"""

from __future__ import annotations

from math import inf
from typing import Any

import pydyf
from weasyprint.css.properties import INITIAL_VALUES
from weasyprint.svg.text import Style
from weasyprint.text.line_break import split_first_line

from charter.reports.fonts import KHMER, font_data
from charter.reports.shaping import Glyph, shape
from charter.reports.texts import Piece

_LETTER = {True: "ក", False: "A"}


class DocumentFonts:
    """The fonts of one document as far as its pictures use them."""

    def __init__(self, configuration: Any) -> None:
        self._configuration = configuration
        self._found: dict[tuple[str, bool], Any] = {}

    def font(self, stream: Any, family: str, *, bold: bool) -> Any:
        """WeasyPrint's font of that family, which it then embeds; RuntimeError if it is another file than ours."""
        key = (family, bold)
        if key not in self._found:
            style = Style(INITIAL_VALUES, font_family=[family], font_weight=700 if bold else 400, font_size=16)
            style.font_config = self._configuration
            layout, *_ = split_first_line(_LETTER[family == KHMER], style, None, inf, 0)
            layout.reactivate(style)
            line, _ = layout.get_first_line()
            font, _ = stream.add_font(line.runs[0].data.item.analysis.font)
            if font.file_content != font_data(family, style["font_weight"]):
                raise RuntimeError(f"WeasyPrint has another file for {family} than the pictures were shaped with.")
            self._found[key] = font
        return self._found[key]


def shown(piece: Piece, stream: Any, fonts: DocumentFonts) -> bytes:
    """The operators that show a piece; the colour is set already. The glyphs are noted as used in their fonts."""
    lines = [b"/Span <</ActualText " + pydyf.String(piece.text).data + b">> BDC", b"BT"]
    glyphs = shape(piece.text, bold=piece.bold).glyphs
    start = 0
    for position in range(1, len(glyphs) + 1):
        if position == len(glyphs) or _apart(glyphs[position - 1], glyphs[position]):
            run = glyphs[start:position]
            font = fonts.font(stream, run[0].family, bold=piece.bold)
            lines += _run(run, piece, font)
            start = position
    return b"\n".join([*lines, b"ET", b"EMC"])


def _apart(one: Glyph, other: Glyph) -> bool:
    """Whether two glyphs cannot be shown by one operator."""
    return (one.family, one.y) != (other.family, other.y)


def _run(glyphs: tuple[Glyph, ...], piece: Piece, font: Any) -> list[bytes]:
    """Glyphs of one font on one line. Numbers between them move the pen, in thousandths of the size, to the left."""
    scale = piece.size / 1000
    x, y = piece.x + glyphs[0].x * scale, piece.y - glyphs[0].y * scale
    text = "<"
    pen = glyphs[0].x
    for glyph in glyphs:
        if pen != glyph.x:
            text += f">{pen - glyph.x}<"
        number = _noted(glyph, font)
        text += f"{number:04x}"
        pen = glyph.x + font.widths[number]
    return [
        f"/{font.hash} {piece.size:g} Tf".encode(),
        f"1 0 0 -1 {x:.2f} {y:.2f} Tm".encode(),
        f"[{text}>] TJ".encode(),
    ]


def _noted(glyph: Glyph, font: Any) -> int:
    """The glyph's number in the document's font, which from now on holds it with its width and its characters."""
    number = glyph.number or font.get_unused_glyph_id(ord(glyph.text[:1] or "\ufffd"))
    font.widths.setdefault(number, glyph.advance)
    if not glyph.number:
        font.widths.setdefault(0, glyph.advance)
    font.to_unicode.setdefault(number, glyph.text)
    return int(number)
