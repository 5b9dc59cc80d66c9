"""What people write into a cell for a rating: understood however it is written, and refused where it is none."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from charter.reports.form_cells import CellProblem, Understanding
from scoring.model import Choice
from tests.unit.reports.forms import BASICS, CELLS, CHARTER, the_pack


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (3, 3),
        (3.0, 3),
        ("3", 3),
        (" 3 ", 3),
        ("៣", 3),
        ("3.0", 3),
        ("3 – In place", 3),
        ("3 - in place", 3),
        ("3-IN PLACE", 3),
        ("3: In place", 3),
        ("3 In plcae", 3),
        ("in place", 3),
        ("In\u00a0place\u200b", 3),
        ("3 – មានពេញលេញ", 3),
        ("មានពេញលេញ", 3),
        ("'3", 3),
        ("Not applicable", Choice.NOT_APPLICABLE),
        ("n/a", Choice.NOT_APPLICABLE),
        ("N.A.", Choice.NOT_APPLICABLE),
        ("មិនអាចអនុវត្តបាន", Choice.NOT_APPLICABLE),
        ("KHÔNG ÁP DỤNG", Choice.NOT_APPLICABLE),
        ("", None),
        ("  \u200b", None),
        (None, None),
    ],
)
def test_a_rating_is_understood_however_it_is_written(written: Any, meant: object) -> None:
    pack = the_pack(CHARTER)
    assert Understanding(pack, {}, "vi").rating(written, pack.criterion("PR1.1").scale) == meant


@pytest.mark.parametrize(
    ("written", "part"),
    [
        (7, "“7” is no rating; there are 0 – Not started"),
        (2.5, "lies between two levels"),
        ("2.5", "is no rating"),
        ("2-3", "is no rating"),
        ("2 or 3", "is no rating"),
        ("3 – Partly in place", "is no rating"),
        ("Patly in place", "did you mean 2 – Partly in place?"),
        ("don't know", "only; leave the cell empty"),
        ("?", "only; leave the cell empty"),
        (True, "is no rating"),
        ("x" * 5000, "…” is no rating"),
        (datetime(2026, 3, 2, tzinfo=UTC), "made a date of this"),
        ("#REF!", "is no rating"),
        ("-3", "is no rating"),
        ("3" * 500, "is no rating"),
    ],
)
def test_what_is_no_rating_is_refused_and_says_why(written: Any, part: str) -> None:
    pack = the_pack(CHARTER)
    with pytest.raises(CellProblem) as caught:
        Understanding(pack, {}, "en").rating(written, pack.criterion("PR1.1").scale)
    assert part in str(caught.value)


@given(value=CELLS)
def test_a_rating_is_a_level_not_applicable_nothing_or_refused(value: Any) -> None:
    pack = the_pack(BASICS)
    scale = pack.criterion("R1").scale
    try:
        rating = Understanding(pack, {}, "en").rating(value, scale)
    except CellProblem as problem:
        assert str(problem)
    else:
        assert rating is None or rating in (*scale.values, Choice.NOT_APPLICABLE)
