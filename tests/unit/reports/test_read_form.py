"""Filled forms read back: whatever people do to them, nothing is lost or misread silently."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from charter.reports.form_cells import CellProblem, Understanding
from charter.reports.read_form import FormError, read_form
from charter.reports.workbook_file import MOST_UNPACKED
from scoring.answers import parse_answers, read_answers
from scoring.model import Answer, Answers, Choice, FactValue
from tests.unit.reports.forms import (
    LANGUAGES,
    PACKS,
    as_other_programs_save_it,
    blank,
    changed,
    filled,
    opened,
    rate,
    rows_of,
    saved,
    the_pack,
    write,
)

CHARTER, BASICS = PACKS
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


def problems(data: bytes, name: str = BASICS) -> list[str]:
    with pytest.raises(FormError) as caught:
        read_form(data, the_pack(name))
    return [str(problem) for problem in caught.value.problems]


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


def _zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/"), data)
    return buffer.getvalue()


def _with_part(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO(blank(BASICS, "en"))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return buffer.getvalue()


def _other_workbook() -> bytes:
    workbook = Workbook()
    workbook.worksheets[0]["A1"].value = "shopping"
    return saved(workbook)


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "is empty"),
        (b"hello", "no Excel workbook"),
        (b"\xff" * 5000, "no Excel workbook"),
        (b"PK\x03\x04broken", "no Excel workbook"),
        (_zipped(a=b"b"), "no Excel workbook"),
        (_zipped(**{"mimetype": b"x", "content.xml": b"x"}), "OpenDocument"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + b"x" * 999, "old kind"),
        (bytes.fromhex("D0CF11E0A1B11AE1") + "EncryptedPackage".encode("utf-16-le"), "password"),
        (_with_part("xl/vbaProject.bin", b"x"), "macros"),
        (_with_part("xl/media/huge.bin", b"\0" * (MOST_UNPACKED + 1)), "far larger"),
        (_with_part("xl/x.xml", b'<!DOCTYPE a [<!ENTITY a "b">]><a/>'), "declarations"),
        (_with_part("xl/x.xml", '<!DOCTYPE a [<!ENTITY a "b">]><a/>'.encode("utf-16")), "declarations"),
        (_other_workbook(), "no form made by Charter"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,
)
def test_a_file_that_is_no_form_gets_one_clear_message(data: bytes, part: str) -> None:
    found = problems(data)
    assert len(found) == 1
    assert part in found[0]


@pytest.mark.parametrize(
    "part", ["xl/workbook.xml", "xl/worksheets/sheet2.xml", "xl/styles.xml", "[Content_Types].xml"]
)
@pytest.mark.parametrize("content", [b"", b"<a", b"<a/>"])
def test_a_damaged_workbook_is_refused(part: str, content: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blank(BASICS, "en"))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    try:
        read_form(buffer.getvalue(), the_pack(BASICS))
    except FormError as error:
        assert len(error.problems) == 1


def test_a_hundred_thousand_rows_are_refused_soon() -> None:
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 100_001))
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f"<worksheet {space}><sheetData>{rows}</sheetData></worksheet>"
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(blank(BASICS, "en"))) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, sheet if name.endswith("sheet2.xml") else old.read(name))
    assert problems(buffer.getvalue()) == ["the workbook has more than 20000 rows; a form has far fewer"]


def test_a_row_number_beyond_any_sheet_does_no_harm() -> None:
    data = blank(BASICS, "en")
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name.endswith("sheet2.xml"):
                text = text.replace(b"</sheetData>", b'<row r="99999999999"><c r="A1"/></row></sheetData>')
            new.writestr(name, text)
    assert read_form(buffer.getvalue(), the_pack(BASICS))["ratings"] == {}


@pytest.mark.parametrize("note", ODD_TEXTS)
def test_a_note_that_looks_like_a_formula_stays_the_text_it_is(note: str) -> None:
    def change(workbook: Workbook) -> None:
        rate(workbook, {"R1": 2})
        write(workbook, "R1", 5, note)

    data = changed(BASICS, change)
    sheet, row = rows_of(opened(data))["R1"]
    assert sheet.cell(row, 5).data_type == "s"
    assert read_form(data, the_pack(BASICS))["ratings"]["R1"]["note"] == note


CELLS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=40),
    st.integers(-10, 10),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.dates().map(lambda day: datetime(max(day.year, 1901), day.month, min(day.day, 28))),
    st.sampled_from(["3", "n/a", "=1+1", "R1", "Code", "Rating", "Note", "Your answer", "charter-form", "yes"]),
)


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
