"""A chart's figure to a picture: the one place that knows how a Plotly figure is drawn on the server."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from charter.reports.outlines import outline_texts
from charter.reports.shaping import ASCENT, DESCENT, width

Figure = Mapping[str, Any]
"""A Plotly figure as plain values: `data` and `layout`, the latter with `width` and `height` in pixels."""

_RANDOM_ID = re.compile(r'id="defs-([0-9a-f]{6})"')
_local = threading.local()


def picture(figure: Figure) -> str:
    """The figure as a static SVG document whose texts are outlines, shaped as Khmer needs it.

    Drawn by plotly.js in an embedded interpreter: no browser, no file, no network. The same figure is drawn once per
    process. RuntimeError if plotly.js refuses the figure.
    """
    return _draw(json.dumps(figure, sort_keys=True, ensure_ascii=False))


@lru_cache(maxsize=256)
def _draw(figure_as_json: str) -> str:
    figure = json.loads(figure_as_json)
    svg = outline_texts(_engine().render_svg(figure["data"], figure["layout"]))
    # plotly.js names its clip paths with a random number; without it the same figure gives the same bytes.
    random = _RANDOM_ID.search(svg)
    return svg.replace(random[1], "0") if random else svg


def _engine() -> Any:
    # An interpreter belongs to the thread that made it.
    if not hasattr(_local, "engine"):
        from mirage.engine import MirageEngine

        _local.engine = MirageEngine()
        # Its own measure looks for fonts on the machine, and margins would differ from one machine to the next.
        _local.engine.context.add_callable("_measureTextRaw", _measure)
    return _local.engine


def _measure(text: str, _family: str, size: str, weight: str) -> str:
    """Width, height, ascent and descent in pixels, as plotly.js's document asks for them."""
    pixels = float(size)
    advance = width(text, size=pixels, bold=weight in ("bold", "700"))
    return f"{advance:.2f},{pixels * (ASCENT + DESCENT):.2f},{pixels * ASCENT:.2f},{pixels * DESCENT:.2f}"
