"""A chart's figure to a picture: the one place that knows how a Plotly figure is drawn on the server."""

from __future__ import annotations

import hashlib
import json
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from charter.reports import picture_store
from charter.reports.errors import ReportError
from charter.reports.shaping import ASCENT, DESCENT, width

Figure = Mapping[str, Any]
"""A Plotly figure as plain values: `data` and `layout`, the latter with `width` and `height` in pixels."""

SETTING = "CHARTER_CHARTS"
"""The environment variable that says who draws: `embedded` (if it is not set) or `browser`."""

MOST_KEPT = 128

MOST_DRAWN = 40
"""plotly.js holds on to about a megabyte of every figure that it drew; after so many it is loaded anew."""

_RANDOM_ID = re.compile(r'id="defs-([0-9a-f]{6})"')
_PACKAGES = ("charter", "plotly", "plotly-mirage", "uharfbuzz", "fonttools")
_local = threading.local()
_kept: OrderedDict[str, str] = OrderedDict()
_lock = threading.Lock()


def picture(figure: Figure, *, language: str = "en") -> str:
    """The figure as a static SVG document, its texts still text.

    Drawn by plotly.js in an embedded interpreter: no browser, no network. Kept in the process, and in a folder if
    there is one for that (picture_store.py). RuntimeError if plotly.js refuses the figure; ReportError if the setting
    names nobody, or a browser that does not work, or the folder cannot be written to.
    """
    key = picture_key(figure, language=language)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    made = picture_store.load(key)
    if made is None:
        made = drawn(figure, language=language)
        picture_store.save(key, made)
    with _lock:
        _kept[key] = made
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return made


def picture_key(figure: Figure, *, language: str) -> str:
    """Differs wherever the picture might: by figure, language, who draws it, and the versions of all that draws."""
    text = json.dumps([figure, language, _drawn_by(), _versions()], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def drawn(figure: Figure, *, language: str = "en") -> str:
    """The figure as plotly.js draws it, its texts still text."""
    if _drawn_by() == "browser":
        from charter.reports.browser import draw_in_browser

        svg = draw_in_browser(figure, language=language)
    else:
        # A copy, because plotly.js keeps what it is given.
        copy = json.loads(json.dumps(figure))
        svg = str(_engine().render_svg(copy["data"], copy["layout"]))
    # plotly.js names its clip paths with a random number; without it the same figure gives the same bytes.
    random = _RANDOM_ID.search(svg)
    return svg.replace(random[1], "0") if random else svg


def _drawn_by() -> str:
    who = os.environ.get(SETTING) or "embedded"
    if who not in ("embedded", "browser"):
        raise ReportError(f"{SETTING} is {who!r}; it must be embedded or browser.")
    return who


@cache
def _versions() -> list[str]:
    return [f"{name} {version(name)}" for name in _PACKAGES]


def _engine() -> Any:
    # An interpreter belongs to the thread that made it.
    if getattr(_local, "left", 0) == 0:
        from mirage.engine import MirageEngine

        _local.engine = None  # gone before the next one takes its place
        _local.engine = MirageEngine()
        _local.left = MOST_DRAWN
        # Its own measure looks for fonts on the machine, and margins would differ from one machine to the next.
        _local.engine.context.add_callable("_measureTextRaw", _measure)
    _local.left -= 1
    return _local.engine


def _measure(text: str, _family: str, size: str, weight: str) -> str:
    """Width, height, ascent and descent in pixels, as plotly.js's document asks for them."""
    pixels = float(size)
    advance = width(text, size=pixels, bold=weight in ("bold", "700"))
    return f"{advance:.2f},{pixels * (ASCENT + DESCENT):.2f},{pixels * ASCENT:.2f},{pixels * DESCENT:.2f}"
