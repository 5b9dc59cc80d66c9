"""Results and plans as workbooks: real numbers and days, filters, and no text that turns into a formula."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from openpyxl.utils import get_column_letter

from charter.reports.plan_workbook import TRACKING, plan_xlsx
from charter.reports.result_workbook import result_xlsx
from charter.reports.workbook import DAY, MONTH, MOST_CHARACTERS, PERCENT
from scoring.model import Answer, Answers
from tests.unit.reports import made_up
from tests.unit.reports.forms import LANGUAGES, made_up_plan, opened

pytestmark = pytest.mark.filterwarnings("error")

FORMULAS = ("=1+1", "+1", "-1", "@a", "\t=1", "\r=1")


def answers_with(note: str) -> Answers:
    return replace(made_up.answers(), ratings={**made_up.answers().ratings, "P1.1": Answer(1, note=note)})


def result_book(language: str = "en", answers: Answers | None = None):
    return opened(result_xlsx(made_up.pack(), answers or made_up.answers(), made_up.result(), language=language))


def plan_book(language: str = "en"):
    return opened(plan_xlsx(made_up.pack(), made_up.answers(), made_up.result(), made_up_plan(), language=language))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("make", [result_book, plan_book])
def test_each_workbook_explains_itself_and_its_tables_have_filters_and_frozen_headings(make, language: str) -> None:
    workbook = make(language)
    about, *tables = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    explained = {cell.value for (cell,) in about["A3:A20"]}
    assert len(tables) >= 2
    for sheet in tables:
        assert sheet.title in explained
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref == f"A1:{get_column_letter(sheet.max_column)}{sheet.max_row}"
        assert sheet.print_title_rows == "$1:$1"
        assert all(sheet.column_dimensions[get_column_letter(one)].width >= 6 for one in range(1, sheet.max_column + 1))


def test_scores_are_numbers_shown_as_percent() -> None:
    sheet = result_book().worksheets[1]
    assert [cell.value for cell in sheet[2]][:4] == [None, "Overall result", 0.6111, "Starting"]
    assert sheet["C2"].number_format == PERCENT
    assert sheet["B3"].value == "Protection"
    assert sheet["B4"].value == "    Safe people"
    assert sheet["C7"].value is None


def test_ratings_are_numbers_and_what_has_none_is_empty_not_zero() -> None:
    sheet = result_book().worksheets[2]
    rows = {row[2].value: [cell.value for cell in row] for row in sheet.iter_rows(min_row=2)}
    assert rows["P1.1"][6:12] == ["Rated", 1, "Begun", 0.25, 3, "Yes"]
    assert rows["P2.2"][6:10] == ["Not applicable", None, None, None]
    assert rows["P2.2"][13] == "We run no shelter."
    assert rows["T1.2"][6:10] == ["No rating yet", None, None, None]


def test_of_the_staff_only_what_may_be_shown_is_shown() -> None:
    sheet = result_book().worksheets[4]
    rows = {row[0].value: [cell.value for cell in row][3:] for row in sheet.iter_rows(min_row=2)}
    assert rows == {"P1.1": [1, 11, "few", "opinions differ"], "P1.2": [None, "<5", None, None]}


@pytest.mark.parametrize("note", FORMULAS)
def test_a_note_like_a_formula_stays_text(note: str) -> None:
    sheet = result_book(answers=answers_with(note)).worksheets[2]
    cell = next(row[12] for row in sheet.iter_rows(min_row=2) if row[2].value == "P1.1")
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert str(cell.value).replace("_x000D_", "\r") == note


@pytest.mark.parametrize("make", [result_book, plan_book])
def test_no_cell_of_any_sheet_is_a_formula(make) -> None:
    for sheet in make("km").worksheets:
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_a_note_longer_than_a_cell_is_cut_off_and_shows_it() -> None:
    sheet = result_book(answers=answers_with("ក" * 100_000 + "\x07")).worksheets[2]
    note = next(str(row[12].value) for row in sheet.iter_rows(min_row=2) if row[2].value == "P1.1")
    assert len(note) < MOST_CHARACTERS
    assert note.endswith("[…]")


def test_a_plan_has_real_days_and_numbers_and_room_to_follow_it() -> None:
    sheet = plan_book().worksheets[1]
    headings = [cell.value for cell in sheet[1]]
    row = dict(zip(headings, sheet[3], strict=True))
    assert row["Start"].value == datetime(2027, 2, 1)
    assert row["Due"].value == datetime(2027, 3, 31)
    assert row["Due"].number_format == DAY
    assert (row["Days of work"].value, row["Cost"].value) == (6.5, 150)
    assert row["Status"].value == "Not started"
    assert (row["Percent done"].value, row["Percent done"].number_format) == (0, PERCENT)
    assert row["Responsible person"].value is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_status_is_chosen_from_the_list_of_statuses(language: str) -> None:
    workbook = plan_book(language)
    hidden = workbook.worksheets[-1]
    assert hidden.sheet_state == "hidden"
    assert hidden.max_row == len(TRACKING)
    assert len({cell.value for (cell,) in hidden["A1:A7"]}) == len(TRACKING)
    rules = {rule.type: rule for rule in workbook.worksheets[1].data_validations.dataValidation}
    assert rules["list"].formula1 == "'charter'!$A$1:$A$7"
    assert (rules["decimal"].formula1, rules["decimal"].formula2) == ("0", "1")


def test_the_forecast_is_by_the_last_day_of_each_month() -> None:
    sheet = plan_book("vi").worksheets[2]
    assert sheet["A2"].value == datetime(2027, 1, 31)
    assert (sheet["A2"].number_format, sheet["B2"].value) == (MONTH, 0.6389)
    assert sheet.max_row == 4


def test_what_stays_open_is_listed_with_the_reason() -> None:
    plan = made_up.plan(capacity_days=3)
    sheet = opened(plan_xlsx(made_up.pack(), made_up.answers(), made_up.result(), plan, language="en")).worksheets[2]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [(row[0], row[2]) for row in rows] == [("P1.1", "Yes"), ("P2.1", None)]
    assert all(row[3] for row in rows)


def test_an_empty_plan_is_a_workbook_too() -> None:
    empty = replace(made_up_plan(), actions=(), open=(), forecast=None)
    result = made_up.result()
    workbook = opened(plan_xlsx(made_up.pack(), made_up.answers(organization=None), result, empty, language="en"))
    assert len(workbook.worksheets) == 3


def test_the_same_input_always_gives_the_same_file() -> None:
    made = [plan_xlsx(made_up.pack(), made_up.answers(), made_up.result(), made_up_plan(), language="km") for _ in "ab"]
    assert made[0] == made[1]
    assert date.today().isoformat().encode() not in made[0]


def test_a_row_is_as_high_as_its_longest_text_needs_whatever_the_program_works_out() -> None:
    long = "The plan is written and everybody knows it. " * 12
    answers = made_up.answers(note=long)
    sheet = opened(result_xlsx(made_up.pack(), answers, made_up.result(), language="en")).worksheets[2]
    heights = [
        sheet.row_dimensions[number].height
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1)
        if long in row
    ]
    assert heights and all(height is not None and height > 100 for height in heights)
