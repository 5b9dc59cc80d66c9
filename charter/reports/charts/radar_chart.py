"""Scores around a circle: the shape of an organization, and where two views of it differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charter.reports.charts import layout as common
from charter.reports.shaping import wrap

FEWEST = 3
MOST = 16
"""Fewer spokes make no shape, more of them no label."""

_STYLES = (
    {"color": common.ACCENT, "width": 2.5, "dash": "solid"},
    {"color": common.SECOND, "width": 2, "dash": "5px,3px"},
)
_SYMBOLS = ("circle", "diamond-open")
_ROOMY = 8
_RADIUS = 132
_MOST_LABEL = 168
_LINE = 17
_RINGS = (25, 50, 75, 100)


@dataclass(frozen=True, slots=True)
class Spoke:
    """One direction: its label and, for each view, a score 0–100 or None, and these in words."""

    label: str
    scores: tuple[float | None, ...]
    values: tuple[str, ...]


def radar(spokes: Sequence[Spoke], views: Sequence[str]) -> dict[str, Any]:
    """One or two views (their names) of `FEWEST` to `MOST` spokes, clockwise, the first on top."""
    angles = [360 * place / len(spokes) for place in range(len(spokes))]
    lines = 2 if len(spokes) <= _ROOMY else 1
    texts = [
        [*wrap(spoke.label, room=_MOST_LABEL, size=common.LABEL, lines=lines), " / ".join(spoke.values)]
        for spoke in spokes
    ]
    tallest = _LINE * max(len(text) for text in texts) + 2
    legend, key = common.key(views, plot=common.WIDTH, left=0) if len(views) > 1 else ({}, 0.0)
    height = 2 * (_RADIUS + tallest + 8) + key
    layout = common.layout(height, margin={"l": 0, "r": 0, "t": key, "b": 0})
    half = _RADIUS / common.WIDTH
    tall = _RADIUS / (height - key)
    layout["polar"] = {
        "domain": {"x": [0.5 - half, 0.5 + half], "y": [0.5 - tall, 0.5 + tall]},
        "bgcolor": "rgba(0,0,0,0)",
        "angularaxis": {
            "direction": "clockwise",
            "rotation": 90,
            "tickvals": angles,
            "showticklabels": False,
            "ticks": "",
            "linecolor": common.RULE,
            "gridcolor": common.RULE,
        },
        "radialaxis": {
            "range": [0, 100],
            "tickvals": list(_RINGS),
            "showticklabels": False,
            "ticks": "",
            "showline": False,
            "gridcolor": common.RULE,
        },
    }
    if len(views) > 1:
        layout["showlegend"] = True
        layout["legend"] = legend
    layout["annotations"] = [
        *(_ring(score, 180 / len(spokes)) for score in _RINGS[1::2]),
        *_labels(texts, angles, tallest=tallest),
    ]
    return {"data": [_view(place, name, spokes, angles) for place, name in enumerate(views)], "layout": layout}


def _view(place: int, name: str, spokes: Sequence[Spoke], angles: Sequence[float]) -> dict[str, Any]:
    scores = [spoke.scores[place] for spoke in spokes]
    style = _STYLES[place % len(_STYLES)]
    return {
        "type": "scatterpolar",
        "mode": "lines+markers",
        "name": common.plain(name),
        "r": [*scores, scores[0]],
        "theta": [*angles, angles[0]],
        "thetaunit": "degrees",
        "connectgaps": False,
        "cliponaxis": False,
        "line": style,
        "marker": {"color": style["color"], "size": 8, "symbol": _SYMBOLS[place % len(_SYMBOLS)]},
    }


def _ring(score: int, angle: float) -> dict[str, Any]:
    """The number of one ring, on it, between two spokes."""
    right, up = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    away = _RADIUS * score / 100
    shifts: dict[str, Any] = {"xshift": round(right * away, 1), "yshift": round(up * away, 1)}
    small: dict[str, Any] = {"size": common.SMALL - 1, "colour": common.MUTED}
    place: dict[str, Any] = {"xref": "paper", "yref": "paper", "bgcolor": "rgba(255,255,255,0.75)", "borderpad": 0}
    return common.note(str(score), x=0.5, y=0.5, **small, **place, **shifts)


def _labels(texts: Sequence[Sequence[str]], angles: Sequence[float], *, tallest: float) -> list[dict[str, Any]]:
    """Outside the circle, where the spokes point: one above, one below, the others beside it without touching."""
    found = []
    sides: dict[str, list[int]] = {"left": [], "right": []}
    for place, angle in enumerate(angles):
        right = math.sin(math.radians(angle))
        if abs(right) < 0.1:
            up = math.cos(math.radians(angle))
            found.append(_label(texts[place], x=0, y=up * (_RADIUS + 5), xanchor="center"))
        else:
            sides["right" if right > 0 else "left"].append(place)
    highest = _RADIUS - tallest / 2
    for side, places in sides.items():
        wanted = [_RADIUS * math.cos(math.radians(angles[place])) for place in places]
        heights = common.apart([min(max(y, -highest), highest) for y in wanted], tallest)
        for place, y in zip(places, heights, strict=True):
            # Where the label comes nearest to the middle, the circle is widest.
            inner = max(abs(y) - tallest / 2, 0)
            away = 10 + math.sqrt(_RADIUS**2 - min(inner, _RADIUS) ** 2)
            x, anchor = (away, "left") if side == "right" else (-away, "right")
            found.append(_label(texts[place], x=x, y=y, xanchor=anchor))
    return found


def _label(text: Sequence[str], *, x: float, y: float, xanchor: str) -> dict[str, Any]:
    """The name and, in bold, the scores; `x` and `y` in pixels from the middle of the circle."""
    shown = f"{common.lines_of(text[:-1])}<br><b>{common.plain(text[-1])}</b>"
    yanchor = "middle" if xanchor != "center" else "bottom" if y > 0 else "top"
    place: dict[str, Any] = {"xref": "paper", "yref": "paper", "xanchor": xanchor, "yanchor": yanchor}
    return common.note(shown, x=0.5, y=0.5, align=xanchor, xshift=round(x, 1), yshift=round(y, 1), **place)
