"""Pictures in a document, each drawn once in a process and then repeated.

WeasyPrint reads and draws an SVG picture anew for every document; a chart whose texts are outlines takes it as long as
several pages of text. What it draws is kept here, and the next document gets the same drawing. Outlines are drawn
without its help, all of a line at once.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Any, ClassVar
from xml.etree import ElementTree

import pydyf
from weasyprint.images import SVGImage
from weasyprint.svg import SVG
from weasyprint.svg.utils import color

from charter.reports.pdf import SCHEME

_MOST_KEPT = 256
_PATH = "{http://www.w3.org/2000/svg}path"
_OUTLINE = re.compile(r"[MLHVQCZ0-9. -]+")
_STEP = re.compile(r"([MLHVQCZ])([0-9. -]*)")
_NUMBER = re.compile(r"-?[0-9.]+")

_Kept = tuple[bytes, dict[str, Any]]


class Drawings(dict[str, Any]):
    """The pictures of one document by their address: WeasyPrint's `cache`."""

    def __init__(self, fetcher: Any) -> None:
        super().__init__()
        self._fetcher = fetcher

    def __contains__(self, url: object) -> bool:
        if not super().__contains__(url) and isinstance(url, str) and url.startswith(SCHEME):
            self[url] = _Drawing(url, self._fetcher)
        return super().__contains__(url)


class _Drawing:
    """An SVG picture that is drawn as it was the last time in this size; read only where it was not."""

    _kept: ClassVar[OrderedDict[tuple[str, float, float], _Kept]] = OrderedDict()
    _sizes: ClassVar[OrderedDict[str, Any]] = OrderedDict()

    def __init__(self, url: str, fetcher: Any) -> None:
        self._url = url
        self._fetcher = fetcher

    def _image(self) -> Any:
        tree = ElementTree.fromstring(self._fetcher.fetch(self._url).read())  # noqa: S314 - drawn by this program
        image = SVGImage(tree, self._url, self._fetcher, None)
        image._svg = _Outlines(tree, self._url, None, self._fetcher)
        return image

    def get_intrinsic_size(self, image_resolution: Any, font_size: Any) -> Any:
        if self._url not in self._sizes:
            self._sizes[self._url] = self._image().get_intrinsic_size(image_resolution, font_size)
            _forget(self._sizes)
        return self._sizes[self._url]

    def draw(self, stream: Any, concrete_width: float, concrete_height: float, style: Any) -> None:
        key = (self._url, round(concrete_width, 3), round(concrete_height, 3))
        kept = self._kept.get(key)
        if kept is None:
            image = self._image()
            alone = stream.clone(resources=_no_resources(stream), tags=None)
            image.draw(alone, concrete_width, concrete_height, style)
            kept = _repeatable(alone)
            if kept is None:
                image.draw(stream, concrete_width, concrete_height, style)
                return
            self._kept[key] = kept
            _forget(self._kept)
        operators, states = kept
        for name, state in states.items():
            stream._resources["ExtGState"].setdefault(name, state)
        stream.stream.append(operators)


def _forget(kept: OrderedDict[Any, Any]) -> None:
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)


def _no_resources(stream: Any) -> Any:
    names = ("ExtGState", "XObject", "Pattern", "Shading")
    resources = pydyf.Dictionary({name: pydyf.Dictionary() for name in names})
    resources["ColorSpace"] = stream._resources["ColorSpace"]
    return resources


def _repeatable(stream: Any) -> _Kept | None:
    """What was drawn, unless it refers to something by a number that means another thing in another document."""
    resources = stream._resources
    states = dict(resources["ExtGState"])
    if any(resources[name] for name in ("XObject", "Pattern", "Shading")) or any(
        name[0] not in "aA" for name in states
    ):
        return None
    return b"\n".join(item if isinstance(item, bytes) else pydyf._to_bytes(item) for item in stream.stream), states


class _Outlines(SVG):  # type: ignore[misc]
    """An SVG document whose lines of outlined text are drawn in one go."""

    def draw_node(self, node: Any, font_size: float, fill_stroke: bool = True, context: Any = None) -> None:
        element = node._etree_node
        if not fill_stroke or not _is_outlined(element):
            super().draw_node(node, font_size, fill_stroke, context)
            return
        _, fill = node.get_paint("fill", context)
        if not fill:
            return
        shade = color(fill)
        shade.alpha *= float(node.get("fill-opacity", 1))
        self.stream.push_state()
        self.stream.set_color(shade)
        self.stream.stream.extend(_operators(path.get("d", "")) for path in element)
        self.stream.fill()
        self.stream.pop_state()


def _is_outlined(element: ElementTree.Element) -> bool:
    """Whether it is a line of glyphs as outlines.py writes it, and nothing else is asked for."""
    return (
        len(element) > 0
        and set(element.attrib) <= {"fill", "fill-opacity", "opacity"}
        and element.get("opacity", "1") == "1"
        and all(
            path.tag == _PATH and list(path.attrib) == ["d"] and _OUTLINE.fullmatch(path.attrib["d"])
            for path in element
        )
    )


def _operators(data: str) -> bytes:
    """SVG path data in absolute coordinates as PDF operators."""
    found: list[str] = []
    x = y = 0.0
    for step, written in _STEP.findall(data):
        given = [float(number) for number in _NUMBER.findall(written)]
        if step == "Z":
            found.append("h")
            continue
        if step == "H":
            given = [value for right in given for value in (right, y)]
        elif step == "V":
            given = [value for down in given for value in (x, down)]
        size = {"Q": 4, "C": 6}.get(step, 2)
        for start in range(0, len(given), size):
            numbers = given[start : start + size]
            if step == "Q":
                middle_x, middle_y, end_x, end_y = numbers
                numbers = [x + (middle_x - x) * 2 / 3, y + (middle_y - y) * 2 / 3]
                numbers += [end_x + (middle_x - end_x) * 2 / 3, end_y + (middle_y - end_y) * 2 / 3, end_x, end_y]
            x, y = numbers[-2:]
            operator = "c" if size > 2 else "m" if step == "M" and not start else "l"
            found.append(" ".join(f"{number:.2f}" for number in numbers) + f" {operator}")
    return "\n".join(found).encode()
