"""A plan's actions along its months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charter.reports.charts import layout as common
from charter.reports.shaping import width

_MOST_LABEL = 250
_AXIS = 22


@dataclass(frozen=True, slots=True)
class Task:
    """One action: its first month counted from the start of the plan, how many months it takes, if it is a must."""

    label: str
    start: int
    months: int
    must_do: bool


def timeline(tasks: Sequence[Task], months: Sequence[str], *, must_do: str, other: str) -> dict[str, Any]:
    """One bar for each action, first on top; `must_do` and `other` name the two kinds in the key."""
    labels = common.wrapped((task.label for task in tasks), room=_MOST_LABEL)
    left, right = common.label_room(labels), 16
    plot = common.WIDTH - left - right
    kinds = [(name, must) for name, must in ((must_do, True), (other, False)) if any(t.must_do is must for t in tasks)]
    legend, key = common.key([name for name, _ in kinds], plot=plot, left=left)
    top = key + _AXIS
    height = (common.row_height(labels) + 2) * len(labels) + top + 6
    layout = common.layout(height, margin={"l": left, "r": right, "t": top, "b": 6})
    layout["xaxis"] = {
        **common.axis(),
        **_ticks(months, plot),
        "range": [0, max(len(months), 1)],
        "side": "top",
        "showgrid": False,
    }
    layout["yaxis"] = common.row_axis(len(tasks))
    layout["shapes"] = [_month_line(place) for place in range(len(months) + 1)]
    layout["barmode"] = "overlay"
    layout["bargap"] = 0.45
    layout["showlegend"] = True
    layout["legend"] = legend | {"y": 1 + _AXIS / max(height - top - 6, 1)}
    layout["annotations"] = common.row_labels(labels)
    return {"data": [_bars(name, must, tasks) for name, must in kinds], "layout": layout}


def _bars(name: str, must: bool, tasks: Sequence[Task]) -> dict[str, Any]:
    rows = [(place, task) for place, task in enumerate(tasks) if task.must_do is must]
    colour, frame = (common.STEPS[3], common.STEPS[3]) if must else (common.STEPS[0], common.STEPS[2])
    return {
        "type": "bar",
        "orientation": "h",
        "name": common.plain(name),
        "base": [task.start for _, task in rows],
        "x": [task.months for _, task in rows],
        "y": [place for place, _ in rows],
        "marker": {"color": colour, "line": {"color": frame, "width": 1}},
    }


def _ticks(months: Sequence[str], plot: float) -> dict[str, Any]:
    """Names in the middle of their months; every second, third, … where not all have room."""
    longest = max((width(name, size=common.SMALL) for name in months), default=0) + 8
    step = max(1, -int(-longest // (plot / max(len(months), 1))))
    shown = range(0, len(months), step)
    return {"tickvals": [place + 0.5 for place in shown], "ticktext": [common.plain(months[place]) for place in shown]}


def _month_line(place: int) -> dict[str, Any]:
    style = {"color": common.RULE, "width": 1}
    return {
        "type": "line",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "xref": "x",
        "yref": "paper",
        "line": style,
        "layer": "below",
    }
