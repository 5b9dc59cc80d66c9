"""Filled forms read back: whatever people do to them, nothing is lost or misread silently."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

from charter.reports.read_form import read_form
from scoring.answers import parse_answers, read_answers
from scoring.model import Answer, Answers, Choice, FactValue
from tests.unit.reports.forms import (
    BASICS,
    CHARTER,
    LANGUAGES,
    PACKS,
    as_other_programs_save_it,
    blank,
    changed,
    filled,
    opened,
    problems,
    rate,
    rows_of,
    the_pack,
    write,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
ODD_TEXTS = ("=1+1", "+855 12 345", "-", "@home", "\t=1", "\r=1", "'quoted", "_x000D_", "a\nb", "<b>&amp;</b>", "ស្ត្រី ១")


def answers_to(name: str) -> Answers:
    if name == CHARTER:
        return read_answers((EXAMPLES / "hope-house.json").read_bytes(), the_pack(name))
    criteria = the_pack(name).criteria
    ratings = {one.id: Answer(1 + place % 4, note=ODD_TEXTS[place % 5]) for place, one in enumerate(criteria)}
    ratings[criteria[3].id] = Answer(Choice.NOT_APPLICABLE, reason="=we have none")
    facts: dict[str, FactValue] = {"team_size": 9, "overnight_care": False, "serves": ("children", "adults")}
    return Answers(name, the_pack(name).version, "+Team @ work", facts, ratings)


@pytest.mark.parametrize("save", [lambda data: data, as_other_programs_save_it], ids=["written", "saved-again"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PACKS)
def test_what_was_filled_in_is_read_back_in_every_language(
    name: str, language: str, save: Callable[[bytes], bytes]
) -> None:
    given_answers = answers_to(name)
    read = parse_answers(read_form(save(filled(name, given_answers, language)), the_pack(name)), the_pack(name))
    assert (read.organization, read.facts) == (given_answers.organization, given_answers.facts)
    assert read.ratings == {key: one for key, one in given_answers.ratings.items() if one != Answer(None)}


@pytest.mark.parametrize("name", PACKS)
def test_a_blank_form_holds_no_answers(name: str) -> None:
    pack = the_pack(name)
    assert read_form(blank(name, "km"), pack) == {
        "pack": pack.id,
        "version": pack.version,
        "organization": {},
        "ratings": {},
    }


def test_a_form_in_one_language_may_be_filled_in_in_another() -> None:
    def change(workbook: Workbook) -> None:
        rate(workbook, {"R1": "មិនទាន់មាន", "R3": "3 – Working"})
        write(workbook, "overnight_care", 3, "បាទ")
        write(workbook, "serves=children", 3, "yes")
        write(workbook, "team_size", 3, "១២ នាក់")

    read = read_form(changed(BASICS, change, "vi"), the_pack(BASICS))
    assert read["organization"] == {"team_size": 12, "overnight_care": True, "serves": ["children"]}
    assert read["ratings"]["R3"] == 3


def test_rows_may_be_moved_inserted_and_sheets_renamed_and_columns_added() -> None:
    def change(workbook: Workbook) -> None:
        rate(workbook, {"R1": 3, "R3": "2", "P1": 4})
        sheet, row = rows_of(workbook)["R1"]
        sheet.insert_rows(row, 3)
        sheet.insert_cols(4)
        sheet["D2"].value = "Note"
        sheet["H2"].value = "What Dara thinks"
        sheet.cell(row + 3, 8).value = "a remark of our own"
        sheet.title = "Our rules, final (2)"
        first, second = (rows_of(workbook)[key] for key in ("P1", "P2"))
        for column in range(1, 7):
            here, there = first[0].cell(first[1], column), second[0].cell(second[1], column)
            here.value, there.value = there.value, here.value

    read = read_form(changed(BASICS, change), the_pack(BASICS))
    assert read["ratings"] == {"R1": 3, "R3": 2, "P1": 4}


def test_a_no_is_an_answer_and_silence_is_not_known() -> None:
    def change(workbook: Workbook) -> None:
        write(workbook, "serves=adults", 3, "No")

    assert read_form(changed(BASICS, change), the_pack(BASICS))["organization"] == {"serves": []}


def test_all_problems_are_named_at_once_each_with_its_cell() -> None:
    def change(workbook: Workbook) -> None:
        rate(workbook, {"R1": 9, "R2": "n/a", "P2": 2})
        places = rows_of(workbook)
        sheet, row = places["R3"]
        sheet.cell(row, 5).value = "=SUM(A1:A2)"
        sheet, row = places["P1"]
        sheet.cell(row, 6).value = "no rating, but a reason"
        sheet, row = places["P2"]
        sheet.cell(row, 1).value = "P22"
        sheet.cell(row + 1, 1).value = None
        sheet.cell(row + 1, 4).value = 3
        sheet, row = places["S1"]
        sheet.cell(row, 4).value = 1
        sheet.cell(row + 1, 1).value = "S1"
        sheet.cell(row + 1, 4).value = 2
        write(workbook, "overnight_care", 3, "sometimes")
        write(workbook, "team_size", 3, 0)
        write(workbook, "serves=adults", 3, "many")

    found = problems(changed(BASICS, change))
    expected = (
        ("'Start here'!C", "“0” is no whole number", "0 is less than 1"),
        ("'Start here'!C", "“sometimes” is neither yes nor no"),
        ("'Start here'!C", "“many” is neither yes nor no"),
        ("!D", "R1: “9” is no rating; there are 1 – Missing"),
        ("!F", "R2: “not applicable” needs a reason"),
        ("!E", "R3: this cell holds a formula"),
        ("!D", "P1: there is a reason but no rating"),
        ("!A", "the pack has no criterion “P22”; did you mean P2?"),
        ("!D", "this row has no code in A"),
        ("!D", "S1: this stands in the form twice, with different answers; the other is"),
    )
    for cell, *texts in expected:
        assert any(cell in problem and any(text in problem for text in texts) for problem in found), (
            cell,
            texts,
            found,
        )
    assert len(found) == len(expected)


def test_a_row_that_stands_twice_with_the_same_answer_is_no_problem() -> None:
    def change(workbook: Workbook) -> None:
        rate(workbook, {"R1": 3})
        sheet = rows_of(workbook)["R1"][0]
        sheet.title = "Rules"
        workbook.copy_worksheet(sheet)

    assert read_form(changed(BASICS, change), the_pack(BASICS))["ratings"] == {"R1": 3}


def test_merged_answers_and_a_lost_heading_are_named() -> None:
    def merge(workbook: Workbook) -> None:
        rate(workbook, {"R1": 3})
        sheet, row = rows_of(workbook)["R1"]
        sheet.merge_cells(start_row=row, end_row=row + 1, start_column=4, end_column=4)

    assert "merged with others" in problems(changed(BASICS, merge))[0]

    def behead(workbook: Workbook) -> None:
        rate(workbook, {"R1": 3})
        rows_of(workbook)["R1"][0].delete_rows(2)

    assert any("R1: there is no heading" in one for one in problems(changed(BASICS, behead)))


def test_a_form_of_another_pack_or_version_is_refused_by_name() -> None:
    assert problems(blank(CHARTER, "en")) == [
        "the form belongs to chab-dai-charter 2026.1, the pack at hand is safeguarding-basics 1.0; "
        "read it with the pack that it was made for"
    ]

    def older(workbook: Workbook) -> None:
        workbook.worksheets[-1]["C3"].value = "0.9"

    assert "belongs to safeguarding-basics 0.9" in problems(changed(BASICS, older))[0]


@pytest.mark.parametrize("note", ODD_TEXTS)
def test_a_note_that_looks_like_a_formula_stays_the_text_it_is(note: str) -> None:
    def change(workbook: Workbook) -> None:
        rate(workbook, {"R1": 2})
        write(workbook, "R1", 5, note)

    data = changed(BASICS, change)
    sheet, row = rows_of(opened(data))["R1"]
    assert sheet.cell(row, 5).data_type == "s"
    assert read_form(data, the_pack(BASICS))["ratings"]["R1"]["note"] == note
