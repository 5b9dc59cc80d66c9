"""The figures of the reports, as plain values that Plotly understands; every one goes with a table that says the same.

Built as dictionaries: importing Plotly's own classes costs more than drawing a chart. The tests check each with them.
Colours differ in lightness, so that a black-and-white print can be read; nothing is told by colour alone.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from charter.reports.fonts import FONT_STACK
from charter.reports.shaping import width, wrap

WIDTH = 658
"""Pixels: the width of a page's text (174 mm) at 96 to the inch."""

INK = "#1c2b33"
MUTED = "#5a6b75"
RULE = "#c9d3d8"
ACCENT = "#0b5563"
BAND_COLOURS = ("#a9cdd3", "#5d9fab", "#2a7685", "#0b4a58")
NOT_RATED = "#eef2f4"

_LABEL_SIZE = 11.5
_SMALL = 10.5
_MOST_LABEL = 230
_MOST_VALUE = 150


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the bar chart. `score` is 0–100, None without one; `value` is printed in the column beside it."""

    label: str
    score: float | None
    value: str
    colour: str


@dataclass(frozen=True, slots=True)
class BandLimit:
    """Where a band begins, 0–100, and its name."""

    start: float
    title: str


@dataclass(frozen=True, slots=True)
class Point:
    """The forecast at the end of one month, 0–100."""

    month: str
    score: float
    value: str


def band_colour(position: int, bands: int) -> str:
    """The colour of the band at that position of so many, the lowest the lightest."""
    last = len(BAND_COLOURS) - 1
    return BAND_COLOURS[round(position * last / max(bands - 1, 1))]


def bars(rows: Sequence[Bar], limits: Sequence[BandLimit]) -> dict[str, Any]:
    """Horizontal bars in the order given, first on top, and a line where each band begins."""
    labels = [wrap(row.label, room=_MOST_LABEL, size=_LABEL_SIZE) for row in rows]
    label_room = _widest(line for lines in labels for line in lines)
    values = [wrap(row.value, room=_MOST_VALUE, size=_LABEL_SIZE, lines=1)[0] for row in rows]
    value_room = max(_widest(values) + 14, 40)
    plot = WIDTH - label_room - 14 - value_room
    names = _band_names(limits, plot=plot, beyond=value_room)
    # Khmer letters are stacked high: two lines of a label need more than two lines of Latin.
    row_height = 32 if any(len(lines) > 1 for lines in labels) else 26
    top, bottom = 14 + 17 * max((name["row"] for name in names), default=0) + 16, 24
    height = row_height * len(rows) + top + bottom
    places = list(range(len(rows)))
    layout = _layout(height, margin={"l": label_room + 14, "r": value_room, "t": top, "b": bottom})
    layout["xaxis"] = {
        **_axis(),
        "range": [0, 100],
        "tickvals": [0, 25, 50, 75, 100],
        "ticktext": ["0", "25", "50", "75", "100"],
    }
    layout["yaxis"] = {
        **_axis(),
        "range": [len(rows) - 0.5, -0.5],
        "showticklabels": False,
    }
    layout["bargap"] = 0.42
    layout["shapes"] = [_line(x=(limit.start, limit.start)) for limit in limits if limit.start > 0]
    layout["annotations"] = [
        *(name["annotation"] for name in names),
        *(
            _text("<br>".join(html.escape(line, quote=False) for line in lines), x=0, y=place, size=_LABEL_SIZE)
            | {"xref": "paper", "xanchor": "right", "xshift": -10, "align": "right", "yref": "y"}
            for place, lines in zip(places, labels, strict=True)
        ),
        *(
            _text(html.escape(value, quote=False), x=1, y=place, size=_LABEL_SIZE)
            | {"xref": "paper", "xanchor": "left", "xshift": 10, "yref": "y"}
            for place, value in zip(places, values, strict=True)
        ),
    ]
    empty = {
        "type": "bar",
        "orientation": "h",
        "x": [100] * len(rows),
        "y": places,
        "marker": {"color": NOT_RATED},
        "hoverinfo": "skip",
    }
    full = {
        "type": "bar",
        "orientation": "h",
        "x": [row.score or 0 for row in rows],
        "y": places,
        "marker": {"color": [row.colour for row in rows]},
    }
    layout["barmode"] = "overlay"
    return {"data": [empty, full], "layout": layout}


def forecast(points: Sequence[Point], limits: Sequence[BandLimit]) -> dict[str, Any]:
    """The expected score month by month as a line of steps; the first and the last point carry their value."""
    left, right = 16, 96
    layout = _layout(250, margin={"l": left + 18, "r": right, "t": 26, "b": 34})
    scores = [point.score for point in points]
    low = max(0.0, 10 * ((min(scores) - 6) // 10))
    high = min(100.0, 10 * -((-max(scores) - 5) // 10))
    # Month names side by side where they fit, else every second, third, …
    room = (WIDTH - left - right - 18) / max(len(points), 1)
    longest = max(width(point.month, size=_SMALL) for point in points) + 8
    step = max(1, -int(-longest // room))
    shown = [place for place in range(len(points)) if place % step == 0]
    layout["xaxis"] = {
        **_axis(),
        "range": [-0.35, len(points) - 0.65],
        "tickvals": shown,
        "ticktext": [html.escape(points[place].month, quote=False) for place in shown],
    }
    layout["yaxis"] = {
        **_axis(),
        "range": [low, high + 2],
        "dtick": 10 if high - low > 20 else 5,
        "gridcolor": NOT_RATED,
    }
    layout["yaxis"]["showgrid"] = True
    seen = [limit for limit in limits if low < limit.start <= high]
    layout["shapes"] = [_line(y=(limit.start, limit.start)) for limit in seen]
    layout["annotations"] = [
        *(
            _text(html.escape(limit.title, quote=False), x=1, y=limit.start, size=_SMALL)
            | {"xref": "paper", "xanchor": "left", "xshift": 6, "yref": "y", "font": {"size": _SMALL, "color": MUTED}}
            for limit in seen
        ),
        *(
            _text(f"<b>{html.escape(points[place].value, quote=False)}</b>", x=place, y=points[place].score, size=13)
            | {"xref": "x", "yref": "y", "yshift": 13, "xanchor": anchor}
            for place, anchor in {0: "left", len(points) - 1: "right"}.items()
        ),
    ]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(points))),
        "y": scores,
        "line": {"color": ACCENT, "width": 2.5, "shape": "linear"},
        "marker": {"color": ACCENT, "size": 7},
    }
    return {"data": [line], "layout": layout}


def _layout(height: int, *, margin: dict[str, float]) -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": height,
        "margin": {**margin, "pad": 0},
        "font": {"family": FONT_STACK, "size": _LABEL_SIZE, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "template": {},
    }


def _axis() -> dict[str, Any]:
    return {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "tickangle": 0,
        "tickfont": {"size": _SMALL, "color": MUTED},
    }


def _line(*, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None) -> dict[str, Any]:
    """A dashed line across the plot at one value of one axis, behind the data."""
    (x0, x1), xref = (x, "x") if x else ((0, 1), "paper")
    (y0, y1), yref = (y, "y") if y else ((0, 1), "paper")
    style = {"color": MUTED, "width": 1, "dash": "3px,3px"}
    return {"type": "line", "x0": x0, "x1": x1, "xref": xref, "y0": y0, "y1": y1, "yref": yref, "line": style}


def _text(text: str, *, x: float, y: float, size: float) -> dict[str, Any]:
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"size": size, "color": INK}}


def _band_names(limits: Sequence[BandLimit], *, plot: float, beyond: float) -> list[dict[str, Any]]:
    """The names above the plot, each where its band begins, in a second row where the first has no room.

    `plot` and `beyond`: the pixels of the plot and of what lies to the right of it.
    """
    found: list[dict[str, Any]] = []
    free = [0.0, 0.0]
    for limit in limits:
        start = limit.start * plot / 100
        name = wrap(limit.title, room=max(plot + beyond - start, 40), size=_SMALL, lines=1)[0]
        row = 0 if start >= free[0] else 1
        free[row] = start + width(name, size=_SMALL) + 10
        text = _text(html.escape(name, quote=False), x=limit.start, y=1, size=_SMALL)
        place = {"xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "xshift": 2, "yshift": 17 * row}
        found.append({"row": row, "annotation": text | place | {"font": {"size": _SMALL, "color": MUTED}}})
    return found


def _widest(lines: Iterable[str]) -> float:
    return max((width(line, size=_LABEL_SIZE) for line in lines), default=0) + 1
