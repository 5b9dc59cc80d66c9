"""Where the words of an SVG picture stand: `<text>` elements as plotly.js writes them, piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from charter.reports.shaping import width

_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_STYLES = ("font-size", "font-weight", "fill", "fill-opacity", "opacity", "text-anchor")
_ANCHORS = {"middle": 0.5, "end": 1.0}


@dataclass(frozen=True, slots=True)
class Piece:
    """Words in one style. Their baseline begins at (x, y), y downwards, in the coordinates of the element.

    `size` is in pixels, `fill` a colour of CSS, `opacity` from 0 to 1.
    """

    text: str
    x: float
    y: float
    size: float
    bold: bool
    fill: str
    opacity: float


def pieces(text: ElementTree.Element) -> list[Piece]:
    """All pieces of one `<text>`; position, anchor, size, weight, fill and opacity hold, its transform is not applied.

    Families are not read: shaping.py knows which of ours has a character.
    """
    style = _style(text, {})
    found: list[Piece] = []
    for line in _lines(text, style):
        widths = [width(words, size=_pixels(own), bold=_bold(own)) for words, own in line.pieces]
        x = line.x - sum(widths) * _ANCHORS.get(style.get("text-anchor", "start"), 0)
        for (words, own), advance in zip(line.pieces, widths, strict=True):
            opacity = _number(own.get("fill-opacity", "1")) * _number(own.get("opacity", "1"))
            found.append(Piece(words, x, line.y, _pixels(own), _bold(own), own.get("fill", "black"), opacity))
            x += advance
    return found


@dataclass
class _Line:
    """Pieces that follow one another from one starting point."""

    x: float
    y: float
    pieces: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


def _lines(text: ElementTree.Element, style: Mapping[str, str]) -> list[_Line]:
    lines = [_Line(_number(text.get("x")), _number(text.get("y")))]
    for element, piece, piece_style in _pieces(text, style):
        if element is not None and (element.get("x") is not None or element.get("dy") is not None):
            x = element.get("x")
            y = element.get("y")
            above = lines[-1]
            start = _number(y) if y is not None else above.y
            dy = _length(element.get("dy"), _pixels(piece_style))
            lines.append(_Line(_number(x) if x is not None else above.x, start + dy))
        if piece:
            lines[-1].pieces.append((piece, piece_style))
    return [line for line in lines if line.pieces]


def _pieces(
    element: ElementTree.Element, style: Mapping[str, str]
) -> Iterator[tuple[ElementTree.Element | None, str, Mapping[str, str]]]:
    """Text in reading order; the element is named where it begins, since it may begin a new line."""
    yield None, element.text or "", style
    for child in element:
        inner = _style(child, style)
        yield child, "", inner
        yield from _pieces(child, inner)
        yield None, child.tail or "", style


def _style(element: ElementTree.Element, inherited: Mapping[str, str]) -> dict[str, str]:
    style = dict(inherited)
    style.update((name, element.attrib[name]) for name in _STYLES if name in element.attrib)
    for declaration in element.get("style", "").split(";"):
        name, _, value = declaration.partition(":")
        if name.strip() in _STYLES:
            style[name.strip()] = value.strip()
    return style


def _bold(style: Mapping[str, str]) -> bool:
    return style.get("font-weight") in ("bold", "700")


def _pixels(style: Mapping[str, str]) -> float:
    return _number(style.get("font-size")) or 12.0


def _length(value: str | None, em: float) -> float:
    number = _number(value)
    return number * em if value is not None and value.strip().endswith("em") else number


def _number(value: str | None) -> float:
    match = _NUMBER.match(value.strip()) if value else None
    return float(match[0]) if match else 0.0
