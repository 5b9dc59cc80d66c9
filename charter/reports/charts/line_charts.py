"""Scores over time: what a plan is expected to change, and what changed from one assessment to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charter.reports.charts import layout as common
from charter.reports.charts.layout import BandLimit
from charter.reports.shaping import width, wrap

_DASHES = ("solid", "5px,3px", "2px,2px", "9px,3px,2px,3px")
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "triangle-down")
_COLOURS = (common.ACCENT, common.SECOND, common.MUTED, common.STEPS[1])
_NAME_ROOM = 150
_NAME_HEIGHT = 17
_HEIGHT = 250


@dataclass(frozen=True, slots=True)
class Point:
    """The forecast at the end of one month, 0–100."""

    month: str
    score: float
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """One score, 0–100, through all cycles; None where there was none. `value` is the last one in words."""

    name: str
    scores: Sequence[float | None]
    value: str


def forecast(points: Sequence[Point], limits: Sequence[BandLimit]) -> dict[str, Any]:
    """The expected score month by month; the first and the last point carry their value."""
    left, right = 34, 96
    layout = common.layout(_HEIGHT, margin={"l": left, "r": right, "t": 26, "b": 34})
    scores = [point.score for point in points]
    low, high = _range(scores)
    layout["xaxis"] = _names_axis([point.month for point in points], room=common.WIDTH - left - right)
    layout["yaxis"] = _score_axis(low, high)
    seen = [limit for limit in limits if low < limit.start <= high]
    layout["shapes"] = [common.line(y=(limit.start, limit.start)) for limit in seen]
    beside = {"xref": "paper", "xanchor": "left", "xshift": 6, "yref": "y"}
    names = [wrap(limit.title, room=right - 8, size=common.SMALL, lines=1)[0] for limit in seen]
    layout["annotations"] = [
        *(
            common.note(common.plain(name), x=1, y=limit.start, size=common.SMALL, colour=common.MUTED, **beside)
            for limit, name in zip(seen, names, strict=True)
        ),
        *(_value(points, place) for place in ((0, len(points) - 1) if len(points) > 1 else (0,))),
    ]
    line = {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(range(len(points))),
        "y": scores,
        "line": {"color": common.ACCENT, "width": 2.5, "shape": "linear"},
        "marker": {"color": common.ACCENT, "size": 7},
    }
    return {"data": [line], "layout": layout}


def trend(cycles: Sequence[str], lines: Sequence[Line], limits: Sequence[BandLimit]) -> dict[str, Any]:
    """Scores from one assessment to the next, oldest first; each line's name and last value stand at its end.

    The first line is the main one. Lines differ in dash and mark, not in colour alone.
    """
    shown = [one for one in lines if any(score is not None for score in one.scores)]
    names = [wrap(f"{one.value} {one.name}", room=_NAME_ROOM, size=common.LABEL, lines=1)[0] for one in shown]
    left, right = 34, max(common.widest(names), 60) + 24
    low, high = _range([score for one in shown for score in one.scores if score is not None])
    height = max(_HEIGHT + 20, _NAME_HEIGHT * len(shown) + 60)
    top, bottom = 26, 34
    layout = common.layout(height, margin={"l": left, "r": right, "t": top, "b": bottom})
    layout["xaxis"] = _names_axis(cycles, room=common.WIDTH - left - right)
    layout["yaxis"] = _score_axis(low, high)
    seen = [limit for limit in limits if low < limit.start <= high]
    layout["shapes"] = [common.line(y=(limit.start, limit.start)) for limit in seen]
    above = {"xref": "paper", "xanchor": "left", "yref": "y", "yanchor": "bottom", "xshift": 4}
    unit = (high + 2 - low) / (height - top - bottom)
    ends = [next(score for score in reversed(one.scores) if score is not None) for one in shown]
    layout["annotations"] = [
        *(
            common.note(common.plain(limit.title), x=0, y=limit.start, size=common.SMALL, colour=common.MUTED, **above)
            for limit in seen
        ),
        *(
            common.note(
                f"<b>{common.plain(name)}</b>" if place == 0 else common.plain(name),
                x=1,
                y=y,
                colour=_COLOURS[place % len(_COLOURS)] if place == 0 else common.INK,
                xref="paper",
                yref="y",
                xanchor="left",
                align="left",
                xshift=6,
            )
            for place, (name, y) in enumerate(zip(names, common.apart(ends, _NAME_HEIGHT * unit), strict=True))
        ),
    ]
    data = [
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": common.plain(one.name),
            "x": list(range(len(cycles))),
            "y": list(one.scores),
            "cliponaxis": False,
            "line": {
                "color": _COLOURS[place % len(_COLOURS)],
                "width": 3 if place == 0 else 1.8,
                "dash": _DASHES[place % len(_DASHES)],
            },
            "marker": {
                "color": _COLOURS[place % len(_COLOURS)],
                "size": 8,
                "symbol": _SYMBOLS[place % len(_SYMBOLS)],
            },
        }
        for place, one in enumerate(shown)
    ]
    return {"data": data, "layout": layout}


def _value(points: Sequence[Point], place: int) -> dict[str, Any]:
    """The value of the first or last point, where the line does not run."""
    point, is_first = points[place], place == 0
    below = is_first and len(points) > 1 and points[1].score >= point.score
    shift: dict[str, Any] = {"yshift": -14 if below else 13, "xanchor": "left" if is_first else "right"}
    ground: dict[str, Any] = {"bgcolor": common.PAPER, "borderpad": 0}
    bold = f"<b>{common.plain(point.value)}</b>"
    return common.note(bold, x=place, y=point.score, size=13, xref="x", yref="y", **shift, **ground)


def _range(scores: Sequence[float]) -> tuple[float, float]:
    """The tens between which all scores lie with some room."""
    if not scores:
        return 0.0, 100.0
    return max(0.0, 10 * ((min(scores) - 6) // 10)), min(100.0, 10 * -((-max(scores) - 5) // 10))


def _score_axis(low: float, high: float) -> dict[str, Any]:
    step = 20 if high - low > 60 else 10 if high - low > 20 else 5
    return {
        **common.axis(),
        "range": [low, high + 2],
        "dtick": step,
        "showgrid": True,
        "gridcolor": common.NOT_RATED,
    }


def _names_axis(names: Sequence[str], *, room: float) -> dict[str, Any]:
    """Names side by side where they fit, else every second, third, …"""
    short = [wrap(name, room=120, size=common.SMALL, lines=1)[0] for name in names]
    longest = max((width(name, size=common.SMALL) for name in short), default=0) + 8
    step = max(1, -int(-longest // (room / max(len(short), 1))))
    shown = [place for place in range(len(short)) if place % step == 0]
    return {
        **common.axis(),
        "range": [-0.35, len(short) - 0.65],
        # Away from the lowest number of the other axis, which a long first name would touch.
        "ticklabelstandoff": 8,
        "tickvals": shown,
        "ticktext": [common.plain(short[place]) for place in shown],
    }
