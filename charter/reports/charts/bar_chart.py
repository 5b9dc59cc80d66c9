"""Scores side by side, as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charter.reports.charts import layout as common
from charter.reports.charts.layout import BandLimit
from charter.reports.shaping import wrap

_MOST_VALUE = 150


@dataclass(frozen=True, slots=True)
class Bar:
    """One row. `score` is 0–100, None without one; `value` is printed beside it; `peer` is the median of others."""

    label: str
    score: float | None
    value: str
    colour: str
    peer: float | None = None


def bars(rows: Sequence[Bar], limits: Sequence[BandLimit], *, peer_name: str = "") -> dict[str, Any]:
    """Horizontal bars in the order given, first on top, and a line where each band begins.

    Peers' medians are marks on the bars; `peer_name` says what they are.
    """
    labels = common.wrapped(row.label for row in rows)
    left = common.label_room(labels)
    values = [wrap(row.value, room=_MOST_VALUE, size=common.LABEL, lines=1)[0] for row in rows]
    right = max(common.widest(values) + 14, 40)
    names, name_rows = common.band_names(limits, plot=common.WIDTH - left - right, beyond=right)
    peers = [(row.peer, place) for place, row in enumerate(rows) if row.peer is not None]
    top, bottom = 13 + 17 * name_rows, 44 if peers else 24
    height = common.row_height(labels) * len(rows) + top + bottom
    layout = common.layout(height, margin={"l": left, "r": right, "t": top, "b": bottom})
    layout["xaxis"] = common.percent_axis()
    layout["yaxis"] = common.row_axis(len(rows))
    layout["bargap"] = 0.42
    layout["barmode"] = "overlay"
    layout["shapes"] = [common.line(x=(limit.start, limit.start)) for limit in limits if limit.start > 0]
    layout["annotations"] = [*names, *common.row_labels(labels), *common.row_values(values)]
    places = list(range(len(rows)))
    empty: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": [100] * len(rows),
        "y": places,
        "marker": {"color": common.NOT_RATED},
        "hoverinfo": "skip",
    }
    full: dict[str, Any] = {
        "type": "bar",
        "orientation": "h",
        "x": [row.score or 0 for row in rows],
        "y": places,
        "marker": {"color": [row.colour for row in rows]},
    }
    data = [empty, full]
    if peers:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": common.plain(peer_name),
                "x": [score for score, _ in peers],
                "y": [place for _, place in peers],
                "cliponaxis": False,
                "marker": {
                    "symbol": "diamond",
                    "size": 10,
                    "color": common.PAPER,
                    "line": {"color": common.INK, "width": 1.8},
                },
            }
        )
        layout["showlegend"] = True
        empty["showlegend"] = full["showlegend"] = False
        legend, _ = common.key([peer_name], plot=common.WIDTH - left - right, left=0)
        layout["legend"] = legend | {"y": -22 / max(height - top - bottom, 1), "yanchor": "top"}
    return {"data": data, "layout": layout}
