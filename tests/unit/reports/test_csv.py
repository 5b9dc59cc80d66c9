"""CSV: opens in Excel with its Khmer, and no cell is ever a formula."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from charter.reports.csv_files import plan_csv, result_csv
from charter.reports.formulas import formula_safe
from scoring.model import Answer
from tests.unit.reports import made_up
from tests.unit.reports.forms import LANGUAGES, made_up_plan


def rows(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def result(language: str = "en", note: str = "x") -> list[list[str]]:
    answers = replace(made_up.answers(), ratings={**made_up.answers().ratings, "P1.1": Answer(1, note=note)})
    return rows(result_csv(made_up.pack(), answers, made_up.result(), language=language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_result_has_one_row_for_the_whole_each_group_and_each_criterion(language: str) -> None:
    heading, *below = result(language)
    assert len(below) == 1 + 5 + len(made_up.CRITERIA)
    assert {len(row) for row in (heading, *below)} == {len(heading)}
    assert len(set(heading)) == len(heading)


def test_values_stand_below_their_headings() -> None:
    heading, *below = result()
    found = {row[1]: dict(zip(heading, row, strict=True)) for row in below}
    assert found[""]["Score"] == "0.6111"
    assert (found["P1"]["Kind of row"], found["P1"]["In a word"], found["P1"]["Note"]) == ("Group", "Starting", "")
    assert (found["P1.1"]["Rating"], found["P1.1"]["Score"], found["P1.1"]["Note"]) == ("1", "0.25", "x")
    assert found["P2.2"]["Reason, if not applicable"] == "We run no shelter."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_has_one_row_for_each_action_with_days_as_iso_dates(language: str) -> None:
    data = plan_csv(made_up.pack(), made_up.answers(), made_up.result(), made_up_plan(), language=language)
    heading, first, second = rows(data)
    assert second[3:7] == ["2027-02-01", "2027-03-31", "6.5", "150.0"]
    assert first[-1] == "close-P1.3"
    assert len(heading) == len(first)


HARMFUL = ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", " =1", '"=1', "＝1", "a;=1", "a\n-1"]


@pytest.mark.parametrize("note", HARMFUL)
def test_no_cell_begins_like_a_formula_wherever_lines_are_split(note: str) -> None:
    below = result(note=note)[1:]
    found = next(row[-2] for row in below if row[1] == "P1.1")
    assert found.replace("'", "") == note.replace("'", "")
    for delimiter in ",;\t":
        for part in found.split(delimiter):
            for line in part.splitlines():
                assert not line.lstrip(' \t"').startswith(tuple("=+-@＝")), found


@given(text=st.text())
@example("'=1")
@example("a\r\n\t =1")
def test_only_apostrophes_are_added(text: str) -> None:
    safe = formula_safe(text)
    assert safe.replace("'", "") == text.replace("'", "")
    assert not safe[:1].isspace() or safe[:1] not in "\t\r\n"
    assert not safe.lstrip().startswith(tuple("=+-@"))


def test_plain_text_is_left_alone() -> None:
    assert formula_safe("អង្គការ – 3 + 4 = 7; see P1.1") == "អង្គការ – 3 + 4 = 7; see P1.1"
