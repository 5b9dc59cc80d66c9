"""Where the middle half of a group lies, and its median; never a mark for a single member."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charter.reports.charts import layout as common

_LEAST_WIDTH = 1.2
"""Percent: quartiles that are rounded to the same number still show as a thin bar."""


@dataclass(frozen=True, slots=True)
class Range:
    """One row: lower quartile, median and upper quartile, 0–100; `value` is printed beside it."""

    label: str
    q1: int | None
    median: int
    q3: int | None
    value: str


def ranges(rows: Sequence[Range], *, half_name: str, median_name: str) -> dict[str, Any]:
    """Horizontal ranges in the order given, first on top; `half_name` and `median_name` explain bar and mark."""
    labels = common.wrapped(row.label for row in rows)
    left = common.label_room(labels)
    right = max(common.widest(row.value for row in rows) + 14, 40)
    plot = common.WIDTH - left - right
    names = [half_name, median_name] if any(row.q1 is not None for row in rows) else [median_name]
    legend, top = common.key(names, plot=plot, left=left)
    top += 4
    layout = common.layout(
        common.row_height(labels) * len(rows) + top + 24, margin={"l": left, "r": right, "t": top, "b": 24}
    )
    layout["xaxis"] = common.percent_axis()
    layout["yaxis"] = common.row_axis(len(rows))
    layout["bargap"] = 0.42
    layout["barmode"] = "overlay"
    layout["annotations"] = [*common.row_labels(labels), *common.row_values([row.value for row in rows])]
    layout["showlegend"] = True
    layout["legend"] = legend
    ground: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": [100] * len(rows),
        "y": list(range(len(rows))),
        "marker": {"color": common.NOT_RATED},
        "hoverinfo": "skip",
        "showlegend": False,
    }
    bars = [(place, row.q1, row.q3) for place, row in enumerate(rows) if row.q1 is not None and row.q3 is not None]
    halves: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "name": common.plain(half_name),
        "base": [q1 for _, q1, _ in bars],
        "x": [max(q3 - q1, _LEAST_WIDTH) for _, q1, q3 in bars],
        "y": [place for place, _, _ in bars],
        "marker": {"color": common.STEPS[1]},
    }
    medians = {
        "type": "scatter",
        "mode": "markers",
        "name": common.plain(median_name),
        "x": [row.median for row in rows],
        "y": list(range(len(rows))),
        "cliponaxis": False,
        "marker": {"symbol": "diamond", "size": 10, "color": common.PAPER, "line": {"color": common.INK, "width": 1.8}},
    }
    return {"data": [ground, *([halves] if bars else []), medians], "layout": layout}
