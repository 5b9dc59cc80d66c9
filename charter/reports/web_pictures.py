"""Charts for the web: text stays text, and keeps the room that was reckoned for it whatever fonts a device has."""

from __future__ import annotations

import html
import re

from charter.reports.pictures import Figure, drawn
from charter.reports.shaping import width

_TEXT = re.compile(r"<text (?P<attributes>[^>]*)>(?P<words>[^<]+)</text>")
_SIZE = re.compile(r"font-size:\s*([\d.]+)px")
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)")
_FAMILY = "font-family: Noto Sans, Noto Sans Khmer"


def web_picture(figure: Figure, *, language: str) -> str:
    """The figure as an SVG document for `<img>`, which may not load a font.

    Every piece of text says how wide it is in our own font: a browser that has only a wider one makes it narrower,
    instead of letting words run over the edge.
    """
    svg = _TEXT.sub(_fitted, drawn(figure, language=language))
    return svg.replace(_FAMILY, f"{_FAMILY}, system-ui, sans-serif")


def _fitted(match: re.Match[str]) -> str:
    attributes, words = match["attributes"], match["words"]
    size = _SIZE.search(attributes)
    if size is None or not words.strip():
        return match[0]
    room = width(html.unescape(words), size=float(size[1]), bold=_BOLD.search(attributes) is not None)
    return f'<text {attributes} textLength="{room:.2f}" lengthAdjust="spacingAndGlyphs">{words}</text>'
