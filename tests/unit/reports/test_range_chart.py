"""The chart of ranges: quartiles and medians of groups, and no mark for anybody."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import pytest

from charter.reports import charts


def drawn(*rows: charts.Range) -> dict[str, Any]:
    return charts.ranges(rows, half_name="Middle half", median_name="Median")


def test_a_range_begins_and_ends_at_the_quartiles() -> None:
    figure = drawn(charts.Range("All", 45, 60, 75, "60"), charts.Range("Small", None, 55, None, "55"))
    go.Figure(figure)
    _ground, halves, medians = figure["data"]
    assert (halves["base"], halves["x"], halves["y"]) == ([45], [30], [0])
    assert (medians["x"], medians["y"]) == ([60, 55], [0, 1])


def test_quartiles_that_are_alike_can_still_be_seen() -> None:
    assert drawn(charts.Range("All", 60, 60, 60, "60"))["data"][1]["x"][0] > 1


def test_without_any_quartile_the_key_names_the_median_alone() -> None:
    names = [trace.get("name") for trace in drawn(charts.Range("Few", None, 55, None, "55"))["data"]]
    assert names == [None, "Median"]


@pytest.mark.parametrize("label", ["<b>Bold</b>", "ក្រុមអង្គការដែលផ្តល់ទីជម្រកសម្រាប់កុមារ" * 4, "x" * 300])
def test_any_title_has_room_and_is_no_markup(label: str) -> None:
    figure = drawn(charts.Range(label, 45, 60, 75, "60 (45–75)"))
    layout = figure["layout"]
    assert layout["margin"]["l"] + layout["margin"]["r"] < layout["width"] - 200
    assert "<b>" not in str(layout["annotations"])
