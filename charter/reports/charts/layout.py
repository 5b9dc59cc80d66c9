"""What all figures share: sizes, colours, axes, labels, the key."""

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
PAPER = "#ffffff"
ACCENT = "#0b5563"
SECOND = "#b4540a"
NOT_RATED = "#eef2f4"
STEPS = ("#a9cdd3", "#5d9fab", "#2a7685", "#0b4a58")
"""From light to dark: what is more is darker, on a screen and in a black-and-white print."""

LABEL = 11.5
SMALL = 10.5
MOST_LABEL = 230
"""Size of labels in pixels; of what is beside the point; the most room that the labels of rows may take."""

MOST_ROWS = 18
"""More rows than these belong in a second picture: one must fit on a page."""

_KEY_ROW = 22
_KEY_SWATCH = 34
_KEY_GAP = 10
_KEY_NAME = 260


@dataclass(frozen=True, slots=True)
class BandLimit:
    """Where a band begins, 0–100, and its name."""

    start: float
    title: str


def step_colour(position: int, steps: int) -> str:
    """The colour of one of so many steps (bands, levels), the lowest the lightest."""
    last = len(STEPS) - 1
    return STEPS[round(position * last / max(steps - 1, 1))]


def layout(height: float, *, margin: dict[str, float]) -> dict[str, Any]:
    return {
        "width": WIDTH,
        "height": height,
        "margin": {**margin, "pad": 0},
        "font": {"family": FONT_STACK, "size": LABEL, "color": INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "template": {},
    }


def axis() -> dict[str, Any]:
    return {
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
        "tickangle": 0,
        "tickfont": {"size": SMALL, "color": MUTED},
    }


def percent_axis() -> dict[str, Any]:
    marks = [0, 25, 50, 75, 100]
    return {**axis(), "range": [0, 100], "tickvals": marks, "ticktext": [str(mark) for mark in marks]}


def row_axis(rows: int) -> dict[str, Any]:
    """The first row on top; the labels are annotations, which know where their lines break."""
    return {**axis(), "range": [rows - 0.5, -0.5], "showticklabels": False}


def line(*, x: tuple[float, float] | None = None, y: tuple[float, float] | None = None) -> dict[str, Any]:
    """A dashed line across the plot at one value of one axis."""
    (x0, x1), xref = (x, "x") if x else ((0, 1), "paper")
    (y0, y1), yref = (y, "y") if y else ((0, 1), "paper")
    style = {"color": MUTED, "width": 1, "dash": "3px,3px"}
    return {"type": "line", "x0": x0, "x1": x1, "xref": xref, "y0": y0, "y1": y1, "yref": yref, "line": style}


def plain(text: str) -> str:
    """Plotly reads a little HTML; what somebody typed is none."""
    return html.escape(text, quote=False)


def lines_of(texts: Iterable[str]) -> str:
    return "<br>".join(plain(text) for text in texts)


def note(text: str, *, x: float, y: float, size: float = LABEL, colour: str = INK, **place: Any) -> dict[str, Any]:
    """A text at a place; `text` is Plotly's, so made with `plain` or `lines_of`."""
    return {"text": text, "x": x, "y": y, "showarrow": False, "font": {"size": size, "color": colour}, **place}


def widest(lines: Iterable[str], *, size: float = LABEL) -> float:
    return max((width(text, size=size) for text in lines), default=0) + 1


def wrapped(texts: Iterable[str], *, room: float = MOST_LABEL, lines: int = 2) -> list[list[str]]:
    """Each text in at most so many lines, what is left over cut off."""
    return [wrap(text, room=room, size=LABEL, lines=lines) for text in texts]


def short(name: str) -> str:
    """A name as far as the key has room for it."""
    return wrap(name, room=_KEY_NAME, size=SMALL, lines=1)[0]


def label_room(labels: Sequence[Sequence[str]]) -> float:
    """The margin that row labels need."""
    return widest(text for lines in labels for text in lines) + 14


def row_height(labels: Sequence[Sequence[str]]) -> int:
    # Khmer letters are stacked high: two lines of a label need more than two lines of Latin.
    return 34 if any(len(lines) > 1 for lines in labels) else 26


def row_labels(labels: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """To the left of the plot, one for each row."""
    return [
        note(lines_of(lines), x=0, y=place, xref="paper", yref="y", xanchor="right", xshift=-10, align="right")
        for place, lines in enumerate(labels)
    ]


def row_values(values: Sequence[str]) -> list[dict[str, Any]]:
    """To the right of the plot, one for each row."""
    return [
        note(plain(value), x=1, y=place, xref="paper", yref="y", xanchor="left", xshift=10, align="left")
        for place, value in enumerate(values)
    ]


def band_names(limits: Sequence[BandLimit], *, plot: float, beyond: float) -> tuple[list[dict[str, Any]], int]:
    """The names above the plot, each where its band begins, and in how many rows: one that has no room goes higher.

    `plot` and `beyond`: the pixels of the plot and of what lies to the right of it.
    """
    found = []
    free = [0.0, 0.0]
    rows = 0
    for limit in limits:
        start = limit.start * plot / 100
        name = wrap(limit.title, room=max(plot + beyond - start, 40), size=SMALL, lines=1)[0]
        row = 0 if start >= free[0] else 1
        rows = max(rows, row + 1)
        free[row] = start + width(name, size=SMALL) + 10
        place = {"xref": "x", "yref": "paper", "xanchor": "left", "yanchor": "bottom", "xshift": 2, "yshift": 17 * row}
        found.append(note(plain(name), x=limit.start, y=1, size=SMALL, colour=MUTED, **place))
    return found, rows


def key(names: Sequence[str], *, plot: float, left: float) -> tuple[dict[str, Any], float]:
    """The legend above the plot, from the left edge of the picture, and its height in pixels."""
    columns = max(1, int((WIDTH - 8) // (widest(names, size=SMALL) + _KEY_SWATCH + _KEY_GAP)))
    in_a_row = sum(width(name, size=SMALL) + _KEY_SWATCH + _KEY_GAP for name in names) <= WIDTH - 8
    rows = 1 if in_a_row else -(-len(names) // columns)
    return {
        "orientation": "h",
        "x": -left / plot,
        "xanchor": "left",
        "y": 1,
        "yanchor": "bottom",
        "font": {"size": SMALL, "color": INK},
        "itemclick": False,
        "itemdoubleclick": False,
        "traceorder": "normal",
        "bgcolor": "rgba(0,0,0,0)",
    }, rows * _KEY_ROW + 6.0


def apart(wanted: Sequence[float], distance: float) -> list[float]:
    """Places as near as may be to those wanted, each at least `distance` from the next."""
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    found = [0.0] * len(wanted)
    groups: list[list[int]] = []

    def lowest(group: list[int]) -> float:
        return sum(wanted[place] for place in group) / len(group) - distance * (len(group) - 1) / 2

    for place in order:
        groups.append([place])
        while len(groups) > 1 and lowest(groups[-2]) + distance * len(groups[-2]) > lowest(groups[-1]):
            groups[-2:] = [groups[-2] + groups[-1]]
    for group in groups:
        for step, place in enumerate(group):
            found[place] = lowest(group) + step * distance
    return found
