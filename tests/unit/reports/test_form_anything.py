"""Forms with anything in their cells: read back unchanged, or refused with a message."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from charter.reports.read_form import FormError, read_form
from scoring.answers import parse_answers
from tests.unit.reports.forms import BASICS, CELLS, changed, rate, the_pack, write


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(cells=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 16), st.integers(1, 8), CELLS), max_size=25))
def test_whatever_stands_in_the_cells_it_is_read_or_refused_with_a_message(
    cells: list[tuple[int, int, int, Any]],
) -> None:
    def change(workbook: Workbook) -> None:
        for place, row, column, value in cells:
            workbook.worksheets[place].cell(row, column).value = value

    pack = the_pack(BASICS)
    try:
        read = read_form(changed(BASICS, change), pack)
    except FormError as error:
        assert error.problems
        assert all(str(problem).strip() and "\n" not in str(problem) for problem in error.problems)
    else:
        parse_answers(read, pack)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(note=st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=200))
@example("=cmd|' /C calc'!A0")
@example("x005F_")
def test_every_note_is_read_back_unchanged(note: str) -> None:
    def change(workbook: Workbook) -> None:
        rate(workbook, {"R1": 2})
        write(workbook, "R1", 5, note)

    answer = read_form(changed(BASICS, change), the_pack(BASICS))["ratings"]["R1"]
    assert (answer["note"] if isinstance(answer, dict) else "") == note or not note.strip()
