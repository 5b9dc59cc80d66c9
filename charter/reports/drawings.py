"""Pictures in a document, each drawn once in a process and then repeated.

WeasyPrint reads and draws an SVG picture anew for every document; a chart whose texts are outlines takes it as long as
several pages of text. What it draws is kept here, and the next document gets the same drawing.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Any
from xml.etree import ElementTree

import pydyf
from weasyprint.images import SVGImage

_SVG = "data:image/svg+xml"
_MOST_KEPT = 256


class Drawings(dict[str, Any]):
    """The pictures of one document by their address: WeasyPrint's `cache`."""

    def __init__(self, fetcher: Any) -> None:
        super().__init__()
        self._fetcher = fetcher

    def __contains__(self, url: object) -> bool:
        if not super().__contains__(url) and isinstance(url, str) and url.startswith(_SVG):
            self._read(url)
        return super().__contains__(url)

    def _read(self, url: str) -> None:
        data = self._fetcher.fetch(url).read()
        try:
            tree = ElementTree.fromstring(data)  # noqa: S314 - drawn by this program a moment ago
        except ElementTree.ParseError:
            return  # WeasyPrint says what is wrong with it
        self[url] = _Drawing(tree, url, self._fetcher, hashlib.sha256(data).hexdigest())


class _Drawing(SVGImage):  # type: ignore[misc]
    """An SVG picture that is drawn as it was the last time in this size."""

    _kept: OrderedDict[tuple[str, float, float], tuple[bytes, dict[str, Any]]] = OrderedDict()

    def __init__(self, tree: ElementTree.Element, url: str, fetcher: Any, content: str) -> None:
        super().__init__(tree, url, fetcher, None)
        self._content = content

    def draw(self, stream: Any, concrete_width: float, concrete_height: float, style: Any) -> None:
        key = (self._content, round(concrete_width, 3), round(concrete_height, 3))
        kept = self._kept.get(key)
        if kept is None:
            resources = _no_resources(stream)
            alone = stream.clone(resources=resources, tags=None)
            super().draw(alone, concrete_width, concrete_height, style)
            if any(resources[name] for name in ("XObject", "Pattern", "Shading")) or not _only_alphas(resources):
                super().draw(stream, concrete_width, concrete_height, style)
                return
            kept = b"\n".join(pydyf._to_bytes(item) for item in alone.stream), dict(resources["ExtGState"])
            self._kept[key] = kept
            while len(self._kept) > _MOST_KEPT:
                self._kept.popitem(last=False)
        operators, states = kept
        for name, state in states.items():
            stream._resources["ExtGState"].setdefault(name, state)
        stream.stream.append(operators)


def _no_resources(stream: Any) -> Any:
    names = ("ExtGState", "XObject", "Pattern", "Shading")
    resources = pydyf.Dictionary({name: pydyf.Dictionary() for name in names})
    resources["ColorSpace"] = stream._resources["ColorSpace"]
    return resources


def _only_alphas(resources: Any) -> bool:
    """Whether the drawing refers to no state by a number that means another one in another document."""
    return all(name[0] in "aA" for name in resources["ExtGState"])
