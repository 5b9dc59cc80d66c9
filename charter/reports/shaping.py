"""Text to glyphs: how wide a line of mixed Khmer and Latin text is, and where each of its glyphs stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from charter.reports.fonts import KHMER, SANS, font_data
from charter.reports.words import ZERO_WIDTH_SPACE, break_words

_RUNS = re.compile("([\u1780-\u17ff\u19e0-\u19ff\u200b-\u200d\u25cc]+)")
UNITS_PER_EM = 1000
ASCENT = 1.069
DESCENT = 0.293
"""Of both families, in em."""


class Glyph(NamedTuple):
    """One glyph in font units (1000 to the em), the baseline at 0 and y upwards.

    `number` 0 is the box for a character that neither family has. `text`: the characters that it shows; of several
    glyphs that show the same ones only the first has them.
    """

    family: str
    number: int
    x: int
    y: int
    advance: int
    text: str


@dataclass(frozen=True, slots=True)
class Shaped:
    """A line of text: its advance in font units, and its glyphs."""

    advance: int
    glyphs: tuple[Glyph, ...]


def width(text: str, *, size: float, bold: bool = False) -> float:
    """The advance of one line, in the unit of `size`."""
    return shape(text, bold=bold).advance * size / UNITS_PER_EM


@lru_cache(maxsize=4096)
def shape(line: str, *, bold: bool = False) -> Shaped:
    """One line, its runs set in the family that has their characters."""
    import uharfbuzz

    glyphs: list[Glyph] = []
    pen = 0
    for position, run in enumerate(_RUNS.split(line)):
        if not run:
            continue
        family = KHMER if position % 2 else SANS
        buffer = uharfbuzz.Buffer()
        buffer.add_str(run)
        buffer.guess_segment_properties()
        uharfbuzz.shape(_font(family, bold), buffer)
        starts = [*sorted({info.cluster for info in buffer.glyph_infos}), len(run)]
        shown = -1
        for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
            start = info.cluster
            text = "" if start == shown else run[start : starts[bisect_right(starts, start)]]
            shown = start
            glyphs.append(Glyph(family, info.codepoint, pen + place.x_offset, place.y_offset, place.x_advance, text))
            pen += place.x_advance
    return Shaped(pen, tuple(glyphs))


def wrap(text: str, *, room: float, size: float, lines: int = 2, bold: bool = False) -> list[str]:
    """The text in at most so many lines that fit into `room`; what is left over ends in an ellipsis."""
    pieces = re.findall(rf"[^\s{ZERO_WIDTH_SPACE}]+[\s{ZERO_WIDTH_SPACE}]*", break_words(text))
    done: list[str] = []
    line = ""
    for number, piece in enumerate(pieces):
        longer = (line + piece).replace(ZERO_WIDTH_SPACE, "")
        if not line or width(longer.rstrip(), size=size, bold=bold) <= room:
            line = longer
            continue
        if len(done) == lines - 1:
            rest = (line + "".join(pieces[number:])).replace(ZERO_WIDTH_SPACE, "")
            return [*done, _shortened(rest, room=room, size=size, bold=bold)]
        done.append(line.rstrip())
        line = piece.replace(ZERO_WIDTH_SPACE, "")
    return [*done, _shortened(line.rstrip(), room=room, size=size, bold=bold)]


def _shortened(text: str, *, room: float, size: float, bold: bool) -> str:
    """The text as far as it fits, cut between words where there are any."""
    if width(text, size=size, bold=bold) <= room:
        return text
    words = [piece for piece in re.split(rf"(?<=\s)|{ZERO_WIDTH_SPACE}", break_words(text)) if piece]
    for units in (words, list(text)):
        for count in range(len(units) - 1, 0, -1):
            shorter = "".join(units[:count]).rstrip() + "…"
            if width(shorter, size=size, bold=bold) <= room:
                return shorter
    return "…"


@lru_cache(maxsize=8)
def _font(family: str, bold: bool) -> Any:
    import uharfbuzz

    return uharfbuzz.Font(uharfbuzz.Face(font_data(family, 700 if bold else 400)))
