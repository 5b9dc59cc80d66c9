"""What a whole is made of: the clauses of a standard by how they stand, the ratings of the staff by level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from charter.reports.charts import layout as common

_LINE = {"color": common.PAPER, "width": 1}
_NARROW = 18


@dataclass(frozen=True, slots=True)
class Fill:
    """How a part is painted: colour, the pattern on it if any, and the colour of the number on it."""

    colour: str
    shape: str = ""
    ink: str = common.INK
    frame: str = common.PAPER


MET = Fill(common.STEPS[3], ink=common.PAPER)
PARTLY_MET = Fill(common.STEPS[1], shape="/", frame=common.STEPS[1])
NOT_MET = Fill("#f6d5bd", frame=common.SECOND)
UNKNOWN = Fill(common.PAPER, shape=".", frame=common.MUTED)
NOT_APPLICABLE = Fill(common.NOT_RATED, frame=common.RULE)
NOT_COVERED = Fill(common.PAPER, frame=common.RULE)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of every row: its name in the key and its fill."""

    name: str
    fill: Fill


@dataclass(frozen=True, slots=True)
class Shares:
    """One row: how many of each part, and what is printed beside it."""

    label: str
    counts: tuple[int, ...]
    value: str


@dataclass(frozen=True, slots=True)
class Ratings:
    """One criterion: how many of the staff gave each level, lowest first, and which of these was agreed on."""

    label: str
    counts: tuple[int, ...]
    agreed: int | None


def clause_status(parts: Sequence[Part], rows: Sequence[Shares], *, whole: int | None = None) -> dict[str, Any]:
    """One bar for each row, such as a standard; parts that no row has are left out. Each part carries its number.

    All bars are equally long; with `whole` each is as long as its numbers, and that many fill the width.
    """
    shown = [place for place in range(len(parts)) if any(row.counts[place] for row in rows)]
    labels = common.wrapped(row.label for row in rows)
    left = common.label_room(labels)
    right = max(common.widest(row.value for row in rows) + 14, 24)
    parts = [Part(common.short(part.name), part.fill) for part in parts]
    layout, plot = _layout([parts[place].name for place in shown], labels, left=left, right=right)
    layout["annotations"] = [*common.row_labels(labels), *common.row_values([row.value for row in rows])]
    data = []
    for place in shown:
        lengths = [100 * row.counts[place] / (whole or max(sum(row.counts), 1)) for row in rows]
        texts = _bar_numbers([row.counts[place] for row in rows], lengths, plot=plot)
        data.append(_part(parts[place], lengths, texts))
    for row_place, row in enumerate(rows):
        fills = [part.fill for part in parts]
        layout["annotations"] += _numbers(row_place, row.counts, fills, plot=plot, whole=whole)
    return {"data": data, "layout": layout}


def staff_ratings(levels: Sequence[str], rows: Sequence[Ratings], *, agreed_name: str) -> dict[str, Any]:
    """How the ratings of the staff are spread over the levels, criterion by criterion; a mark at the agreed level."""
    labels = common.wrapped((row.label for row in rows), lines=1)
    left, right = common.label_room(labels), 16
    marked = [place for place, row in enumerate(rows) if row.agreed is not None]
    levels = [common.short(level) for level in levels]
    names = [*levels, agreed_name] if marked else levels
    layout, plot = _layout(names, labels, left=left, right=right)
    fills = [_level_fill(place, len(levels)) for place in range(len(levels))]
    data = []
    for place, (name, fill) in enumerate(zip(levels, fills, strict=True)):
        lengths = [100 * row.counts[place] / max(sum(row.counts), 1) for row in rows]
        texts = _bar_numbers([row.counts[place] for row in rows], lengths, plot=plot)
        data.append(_part(Part(name, fill), lengths, texts))
    layout["annotations"] = common.row_labels(labels)
    if marked:
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": common.plain(agreed_name),
                "x": [_middle(rows[place].counts, rows[place].agreed or 0) for place in marked],
                "y": [place - 0.43 for place in marked],
                "cliponaxis": False,
                "hoverinfo": "skip",
                "marker": {
                    "symbol": "triangle-down",
                    "size": 9,
                    "color": common.SECOND,
                    "line": {"color": common.PAPER, "width": 1.2},
                },
            }
        )
    return {"data": data, "layout": layout}


def _layout(
    names: Sequence[str], labels: Sequence[Sequence[str]], *, left: float, right: float
) -> tuple[dict[str, Any], float]:
    """The layout of stacked bars with their key above, and the pixels of the plot's width."""
    plot = common.WIDTH - left - right
    legend, key = common.key(names, plot=plot, left=left)
    height = (common.row_height(labels) + 2) * len(labels) + key + 8
    layout = common.layout(height, margin={"l": left, "r": right, "t": key, "b": 8})
    layout["xaxis"] = {**common.axis(), "range": [0, 100], "showticklabels": False}
    layout["yaxis"] = common.row_axis(len(labels))
    layout["barmode"] = "stack"
    layout["bargap"] = 0.4
    layout["showlegend"] = True
    layout["legend"] = legend
    return layout, plot


def _bar_numbers(counts: Sequence[int], lengths: Sequence[float], *, plot: float) -> list[str]:
    return [
        f"<b>{count}</b>" if plot * length / 100 >= _NARROW else ""
        for count, length in zip(counts, lengths, strict=True)
    ]


def _part(part: Part, lengths: Sequence[float], texts: Sequence[str]) -> dict[str, Any]:
    fill = part.fill
    marker: dict[str, Any] = {"color": fill.colour, "line": {"color": fill.frame, "width": 1}}
    if fill.shape:
        marker["pattern"] = {
            "shape": fill.shape,
            "fillmode": "overlay",
            "fgcolor": common.PAPER if fill.colour != common.PAPER else common.MUTED,
            "size": 7,
            "solidity": 0.25,
        }
    return {
        "type": "bar",
        "orientation": "h",
        "name": common.plain(part.name),
        "x": list(lengths),
        "y": list(range(len(lengths))),
        "marker": marker,
        "text": ["" for _ in texts] if fill.shape else list(texts),
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "constraintext": "none",
        "textfont": {"size": common.LABEL, "color": fill.ink},
    }


def _numbers(
    row: int, counts: Sequence[int], fills: Sequence[Fill], *, plot: float, whole: int | None
) -> list[dict[str, Any]]:
    """The number on each part with a pattern that has room for one; see `_bar_numbers` for the others."""
    whole = whole or max(sum(counts), 1)
    found = []
    for place, (count, fill) in enumerate(zip(counts, fills, strict=True)):
        if fill.shape and count and plot * count / whole >= _NARROW:
            # On a pattern a number needs a ground of its own.
            ground: dict[str, Any] = {"bgcolor": common.PAPER, "borderpad": 1}
            x = _middle(counts, place, whole=whole)
            found.append(common.note(f"<b>{count}</b>", x=x, y=row, colour=fill.ink, xref="x", yref="y", **ground))
    return found


def _middle(counts: Sequence[int], place: int, *, whole: int | None = None) -> float:
    """Where the middle of one part is, 0–100; of an empty one where it would begin."""
    return 100 * (sum(counts[:place]) + counts[place] / 2) / (whole or max(sum(counts), 1))


def _level_fill(place: int, levels: int) -> Fill:
    """The lowest level white with a frame, the others ever darker."""
    if place == 0:
        return Fill(common.PAPER, frame=common.MUTED)
    colour = common.step_colour(place - 1, levels - 1)
    return Fill(colour, ink=common.PAPER if colour in common.STEPS[2:] else common.INK)
