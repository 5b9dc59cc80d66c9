"""Pictures in a document, each drawn once in a process and then repeated.

WeasyPrint reads and draws an SVG picture anew for every document and takes as long for a chart as for a page of text.
What it draws is kept here, and the next document gets a copy. Only the words are set anew each time, because numbers
and widths of glyphs belong to the document (glyphs.py).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, ClassVar
from xml.etree import ElementTree

import pydyf
from weasyprint.pdf.stream import Stream
from weasyprint.svg import SVG
from weasyprint.svg.utils import color

from charter.reports.glyphs import DocumentFonts, shown
from charter.reports.pdf import SCHEME
from charter.reports.texts import Piece, pieces

_MOST_KEPT = 128
_WITH_STREAMS = ("XObject", "Pattern")


class Drawings(dict[str, Any]):
    """The pictures of one document by their address: WeasyPrint's `cache`."""

    def __init__(self, fetcher: Any, font_configuration: Any) -> None:
        super().__init__()
        self._fetcher = fetcher
        self._fonts = DocumentFonts(font_configuration)

    def __contains__(self, url: object) -> bool:
        if not super().__contains__(url) and isinstance(url, str) and url.startswith(SCHEME):
            self[url] = _Drawing(url, self._fetcher, self._fonts)
        return super().__contains__(url)


class _Drawing:
    """An SVG picture that is drawn as it was the last time in this size; read only where it was not."""

    _kept: ClassVar[OrderedDict[tuple[str, float, float], Any]] = OrderedDict()
    _sizes: ClassVar[OrderedDict[str, tuple[float, float]]] = OrderedDict()

    def __init__(self, url: str, fetcher: Any, fonts: DocumentFonts) -> None:
        self._url = url
        self._fetcher = fetcher
        self._fonts = fonts

    def get_intrinsic_size(self, _image_resolution: Any, _font_size: Any) -> tuple[float, float, float]:
        """Width and height in pixels, and their ratio."""
        if self._url not in self._sizes:
            root = self._root()
            _keep(self._sizes, self._url, (float(root.attrib["width"]), float(root.attrib["height"])))
        width, height = self._sizes[self._url]
        return width, height, width / height

    def draw(self, stream: Any, concrete_width: float, concrete_height: float, _style: Any) -> None:
        """Place it into a document."""
        key = (self._url, round(concrete_width, 3), round(concrete_height, 3))
        if key not in self._kept:
            _keep(self._kept, key, self._drawn(concrete_width, concrete_height))
        copy = _copied(self._kept[key], stream, self._fonts)
        name = f"x{len(stream._resources['XObject'])}"
        stream._resources["XObject"][name] = copy
        stream.draw_x_object(name)

    def _drawn(self, width: float, height: float) -> Any:
        """The picture for no document in particular, with `Piece`s where its words belong."""
        nowhere = Stream({}, None, pydyf.Dictionary({"ColorSpace": None, "XObject": {}}), {}, None, {}, None)
        group = nowhere.add_group(0, 0, width, height)
        # What is opaque needs no transparency, and some printers take ages for it.
        del group.extra["Group"]
        _Picture(self._root(), self._url, None, self._fetcher).draw(group, width, height, self._url, None)
        _join(group)
        return group

    def _root(self) -> ElementTree.Element:
        return ElementTree.fromstring(self._fetcher.fetch(self._url).read())  # noqa: S314 - drawn by this program


class _Picture(SVG):  # type: ignore[misc]
    """An SVG document whose words are left to be set when it is placed into a document."""

    def draw_node(self, node: Any, font_size: float, fill_stroke: bool = True, context: Any = None) -> None:
        if node.tag != "text" or not fill_stroke:
            super().draw_node(node, font_size, fill_stroke, context)
            return
        self.stream.push_state()
        self.transform(node, font_size)
        for piece in pieces(node._etree_node):
            shade = color(piece.fill)
            shade.alpha *= piece.opacity
            if shade.alpha and piece.text.strip():
                self.stream.set_color(shade)
                self.stream.stream.append(piece)
        self.stream.pop_state()


def _join(stream: Any) -> None:
    """One item of all operators between two pieces of text takes a tenth of the memory."""
    joined: list[Any] = []
    for item in stream.stream:
        if isinstance(item, Piece) or not joined or isinstance(joined[-1], Piece):
            joined.append(item)
        else:
            joined[-1] = b"\n".join((pydyf._to_bytes(joined[-1]), pydyf._to_bytes(item)))
    stream.stream = joined
    for kind in _WITH_STREAMS:
        for inner in stream._resources[kind].values():
            _join(inner)


def _copied(drawn: Any, stream: Any, fonts: DocumentFonts) -> Any:
    """A stream that was drawn for no document, for the document of `stream`: with its resources, and words."""
    resources = pydyf.Dictionary(drawn._resources)
    resources["ColorSpace"] = stream._resources["ColorSpace"]
    for kind in _WITH_STREAMS:
        inner = drawn._resources[kind]
        resources[kind] = pydyf.Dictionary({name: _copied(one, stream, fonts) for name, one in inner.items()})
    copy = stream.clone(resources=resources, extra=pydyf.Dictionary({**drawn.extra, "Resources": resources}))
    copy.stream = [shown(item, stream, fonts) if isinstance(item, Piece) else item for item in drawn.stream]
    return copy


def _keep(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
    kept[key] = value
    while len(kept) > _MOST_KEPT:
        kept.popitem(last=False)
