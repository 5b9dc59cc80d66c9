"""`<text>` in an SVG document becomes outlines.

WeasyPrint sets SVG text one character at a time; Khmer falls apart (vowels and subscripts on dotted circles). So the
text is shaped here and drawn as paths. The picture's alternative text is given where it is placed on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree

from charter.reports.shaping import outlines, width

_SVG = "http://www.w3.org/2000/svg"
_TEXT = f"{{{_SVG}}}text"
_NUMBER = re.compile(r"-?\d*\.?\d+(?:e-?\d+)?")
_STYLES = ("font-size", "font-weight", "fill", "fill-opacity", "opacity", "text-anchor")
_ANCHORS = {"middle": 0.5, "end": 1.0}
_KEPT = ("fill", "fill-opacity", "opacity")


def outline_texts(svg: str) -> str:
    """The document with every `<text>` replaced by paths; position, anchor, size, weight, fill and transform hold."""
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = ElementTree.fromstring(svg)  # noqa: S314 - drawn by plotly.js a moment ago, not received from anybody
    for parent in root.iter():
        for position, child in enumerate(parent):
            if child.tag == _TEXT:
                parent[position] = _outlined(child)
    return ElementTree.tostring(root, encoding="unicode")


@dataclass
class _Line:
    """Pieces that follow one another from one starting point."""

    x: float
    y: float
    pieces: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)


def _outlined(text: ElementTree.Element) -> ElementTree.Element:
    style = _style(text, {})
    group = ElementTree.Element(f"{{{_SVG}}}g")
    if transform := text.get("transform"):
        group.set("transform", transform)
    for line in _lines(text, style):
        sizes = [_pixels(piece_style) for _, piece_style in line.pieces]
        bolds = [piece_style.get("font-weight") in ("bold", "700") for _, piece_style in line.pieces]
        widths = [
            width(piece, size=size, bold=bold) for (piece, _), size, bold in zip(line.pieces, sizes, bolds, strict=True)
        ]
        x = line.x - sum(widths) * _ANCHORS.get(style.get("text-anchor", "start"), 0)
        for (piece, piece_style), size, bold, advance in zip(line.pieces, sizes, bolds, widths, strict=True):
            kept = {name: piece_style[name] for name in _KEPT if name in piece_style}
            paint = ElementTree.SubElement(group, f"{{{_SVG}}}g", kept)
            for data in outlines(piece, x=x, y=line.y, size=size, bold=bold):
                ElementTree.SubElement(paint, f"{{{_SVG}}}path", {"d": data})
            x += advance
    group.tail = text.tail
    return group


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


def _pixels(style: Mapping[str, str]) -> float:
    return _number(style.get("font-size")) or 12.0


def _length(value: str | None, em: float) -> float:
    number = _number(value)
    return number * em if value is not None and value.strip().endswith("em") else number


def _number(value: str | None) -> float:
    match = _NUMBER.match(value.strip()) if value else None
    return float(match[0]) if match else 0.0
