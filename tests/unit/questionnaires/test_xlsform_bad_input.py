"""Whatever is handed in as a form gets a clear answer in a short time, and never an exception."""

import io
import random
import re
import time
import zipfile

import openpyxl
import pytest

from questionnaires import load_pack
from questionnaires.workbook_safety import MAX_UNPACKED
from questionnaires.xlsform import read_xlsform, write_xlsform
from questionnaires.xlsform.assemble import MAX_CONDITIONS
from questionnaires.xlsform.findings import MOST
from questionnaires.xlsform.sheets import SheetOut, make_workbook
from questionnaires.xlsform.workbook import MAX_CHARACTERS, MAX_COLUMNS, MAX_ROWS
from tests.unit.questionnaires.workbooks import Rows, notes, problems, saved, workbook

HEAD = ["type", "name", "label"]
QUESTION = ["select_one lvl", "q1", "First"]
SCALE: Rows = [["list_name", "name", "label"], *(["lvl", number, f"Level {number}"] for number in (1, 2, 3))]
GOOD = workbook({"survey": [HEAD, QUESTION], "choices": SCALE})


def replaced(data, changes):
    """The archive with the content of some members changed by functions."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, changes[name](old.read(name)) if name in changes else old.read(name))
    return out.getvalue()


def with_survey(*rows, choices=SCALE, head=HEAD):
    return problems(read_xlsform(workbook({"survey": [head, *rows], "choices": choices})))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"type,name,label\n", "the file is no workbook of the kind .xlsx, or only part of one"),
        (b"PK\x03\x04" + b"\x00" * 40, "the file is no workbook of the kind .xlsx, or only part of one"),
        (GOOD[: len(GOOD) // 2], "the file is no workbook of the kind .xlsx, or only part of one"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "the file is a workbook of the old kind (.xls)"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "the file is protected with a password; save it without one",
        ),
        (b"\x00" * 17_000_000, "the file is larger than 16777216 bytes"),
    ],
    ids=["empty", "csv", "cut", "half", "xls", "password", "huge"],
)
def test_what_is_no_workbook_is_called_by_its_name(data, message):
    (problem,) = problems(read_xlsform(data))
    assert problem.startswith(message)


def test_another_kind_of_archive_is_no_workbook():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert problems(read_xlsform(out.getvalue())) == ["the file is no workbook of the kind .xlsx"]


def test_a_zip_bomb_is_refused_unopened():
    bomb = replaced(GOOD, {"xl/worksheets/sheet1.xml": lambda _: b" " * (MAX_UNPACKED + 1)})
    assert len(bomb) < 100_000
    began = time.monotonic()
    (problem,) = problems(read_xlsform(bomb))
    assert "unpacks to more than 32 MB" in problem
    assert time.monotonic() - began < 5


def test_a_thousand_parts_are_refused():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in ("[Content_Types].xml", *(f"xl/{number}.xml" for number in range(1_000))):
            archive.writestr(name, "<a/>")
    assert "500 parts" in problems(read_xlsform(out.getvalue()))[0]


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<?xml version='1.0' encoding='utf-16'?><a/>".encode("utf-16"),
    ],
)
def test_entities_and_other_encodings_are_refused(xml):
    data = replaced(GOOD, {"xl/worksheets/sheet1.xml": lambda _: xml})
    assert "holds XML that no spreadsheet program writes" in problems(read_xlsform(data))[0]


@pytest.mark.parametrize("member", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"])
def test_a_broken_part_is_said_to_be_broken(member):
    data = replaced(GOOD, {member: lambda content: content[: len(content) // 2]})
    (problem,) = problems(read_xlsform(data))
    assert problem.startswith("the file is a broken workbook (")


def test_flipped_bytes_never_raise():
    generator = random.Random(3)
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        names = [name for name in archive.namelist() if name.endswith(".xml")]
    answers = set()
    for _ in range(150):
        position = generator.random()

        def flip(content, position=position):
            at = int(position * len(content))
            return content[:at] + bytes([generator.randrange(32, 127)]) + content[at + 1 :]

        result = read_xlsform(replaced(GOOD, {generator.choice(names): flip}))
        answers.add(bool(result.problems))
    assert answers == {True, False}


def test_a_hundred_thousand_rows_are_refused_in_seconds():
    data = make_workbook([SheetOut("survey", HEAD, [["text", f"q{number}", "x"] for number in range(100_000)])])
    began = time.monotonic()
    found = problems(read_xlsform(data))
    assert time.monotonic() - began < 30
    assert f"sheet survey, row {MAX_ROWS + 1}: the sheet is too large; a form may have at most 20000 rows" in found[0]


def test_too_many_columns_are_refused():
    found = with_survey(QUESTION, head=[*HEAD, *(f"x{number}" for number in range(MAX_COLUMNS))])
    assert "the sheet is too large" in found[0]


def test_a_sheet_that_claims_to_be_endless_is_read_as_far_as_it_goes():
    far = b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    data = replaced(GOOD, {"xl/worksheets/sheet1.xml": lambda content: content.replace(b"</sheetData>", far)})
    began = time.monotonic()
    assert problems(read_xlsform(data)) == []
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("sheets", "message"),
    [
        ({"Sheet1": [["a"]]}, "there is no sheet survey (there is Sheet1)"),
        ({"suvrey": [["a"]], "x": [["b"]]}, "there is no sheet survey (there is suvrey, x); did you mean suvrey?"),
        ({"survey": []}, "the sheet survey has no questions"),
        ({"survey": [HEAD]}, "the sheet survey has no questions"),
        (
            {"survey": [["typ", "name"], ["text", "a"]]},
            "sheet survey, row 1: there is no column type; did you mean typ?",
        ),
        (
            {"survey": [["type", "nam"], ["text", "a"]]},
            "sheet survey, row 1: there is no column name; did you mean nam?",
        ),
        ({"survey": [HEAD, ["text", "a"]]}, "the form has no question that can be rated"),
        (
            {"survey": [HEAD, QUESTION]},
            "sheet survey, row 2, column A (type): there is no list lvl in the sheet choices",
        ),
        (
            {"survey": [HEAD, QUESTION], "choices": [["listname", "name"], ["lvl", "1"]]},
            "sheet choices, row 1: there is no column list_name; did you mean listname?",
        ),
    ],
)
def test_missing_sheets_and_columns_are_named(sheets, message):
    assert problems(read_xlsform(workbook(sheets)))[0].startswith(message)


def test_sheets_are_found_whatever_their_capitals():
    assert problems(read_xlsform(workbook({"Survey": [HEAD, QUESTION], "CHOICES": SCALE}))) == []


def test_every_slip_is_named_at_once_with_its_cell():
    found = with_survey(
        ["select_one lvll", "a", "A"],
        ["select_on lvl", "b", "B"],
        ["select_one", "c", "C"],
        ["select_one lvl", None, "D"],
        [None, "e", "E"],
        ["select_one lvl", "f", "F"],
        ["select_one lvl", "f", "F again"],
        ["begin_group", "g", "G"],
        ["end_repeat"],
        ["end_group"],
        ["begin_group", "h", "H"],
        choices=[*SCALE, ["lvl", 1, "Again"], [None, 2, "No list"], ["lvl", None, "No name"]],
    )
    assert found == [
        "sheet choices, row 5, column B (name): the list lvl has the choice 1 already in row 2",
        "sheet choices, row 6: the choice has no list_name",
        "sheet choices, row 7: the choice has no name",
        "sheet survey, row 2, column A (type): there is no list lvll in the sheet choices; did you mean lvl?",
        "sheet survey, row 3, column A (type): there is no question type select_on lvl; did you mean select_one?",
        "sheet survey, row 4, column A (type): the type names no list in the sheet choices",
        "sheet survey, row 5: the question has no name",
        "sheet survey, row 6: the row has no type",
        "sheet survey, row 8, column B (name): the name f is already taken in row 7",
        "sheet survey, row 10, column A (type): end_repeat cannot close the group of row 9",
        "sheet survey, row 11, column A (type): end_group closes nothing",
        "sheet survey, row 12, column A (type): this group is never closed; add a row end_group",
    ]


def test_a_condition_on_a_question_that_is_not_there_is_a_problem():
    found = with_survey([*QUESTION, None], ["select_one lvl", "q2", "B", "${q11} > 1"], head=[*HEAD, "relevant"])
    assert found == ["sheet survey, row 3, column D (relevant): there is no question q11; did you mean q1?"]


def test_columns_that_stand_twice_are_a_problem():
    assert with_survey(QUESTION, head=["type", "name", "label", "Label"]) == [
        "sheet survey, row 1, column D: the column Label stands twice, first as label; delete one"
    ]
    sheets = {
        "survey": [["type", "name", "label::English (en)", "label::American (en)"], [*QUESTION, "x"]],
        "choices": SCALE,
    }
    assert "the language en has two kinds of columns" in problems(read_xlsform(workbook(sheets)))[0]


def test_two_sheets_of_one_name_are_a_problem():
    data = workbook({"survey": [HEAD, QUESTION], "Survey ": [HEAD, QUESTION], "choices": SCALE})
    assert problems(read_xlsform(data)) == ["the workbook has two sheets called survey; delete or rename one"]


def test_numbers_booleans_and_dates_in_cells_are_read_as_people_see_them():
    choices: Rows = [["list_name", "name", "label"], ["lvl", 1.0, 1.5], ["lvl", 2, True]]
    survey: Rows = [HEAD, ["select_one lvl", 2024, 7]]
    result = read_xlsform(workbook({"survey": survey, "choices": choices}))
    assert problems(result) == []
    assert 'title: "7"' in result.files["pack.yaml"]
    assert 'title: "1.5"' in result.files["pack.yaml"]
    assert 'id: "2024"' in result.files["pack.yaml"]


def formulas(cell, value):
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    book["survey"][cell] = value
    return saved(book)


def test_a_formula_without_a_result_is_a_problem():
    assert problems(read_xlsform(formulas("C2", '=CONCATENATE("a","b")'))) == [
        "sheet survey, row 2, column C (label): the formula in C2 has no result; write what it should give as text, or "
        "open the file in a spreadsheet program and save it"
    ]
    assert "a heading cannot be a formula" in problems(read_xlsform(formulas("C1", '="label"')))[0]


def test_the_result_of_a_formula_is_taken():
    def calculated(content):
        # The library writes an empty result in one way or another.
        filled, times = re.subn(rb"</f><v\s*(/>|></v>)", b"</f><v>ab</v>", content)
        assert times == 1
        return filled.replace(b'<c r="C2">', b'<c r="C2" t="str">')

    data = replaced(formulas("C2", '=CONCATENATE("a","b")'), {"xl/worksheets/sheet1.xml": calculated})
    result = read_xlsform(data)
    assert problems(result) == []
    assert "title: ab" in result.files["pack.yaml"]


def test_error_values_are_a_problem():
    assert problems(read_xlsform(formulas("C2", "#REF!"))) == [
        "sheet survey, row 2, column C: the cell holds the error #REF!"
    ]


def test_merged_cells_are_pointed_out():
    book = openpyxl.load_workbook(io.BytesIO(GOOD))
    book["survey"].merge_cells("A4:C4")
    result = read_xlsform(saved(book))
    assert problems(result) == []
    assert any("only the first holds the text: A4:C4" in note for note in notes(result))


def test_a_thousand_slips_are_cut_to_what_somebody_reads():
    found = with_survey(*(["select_onee lvl", f"q{number}", "x"] for number in range(1_000)))
    assert len(found) == MOST + 1
    assert found[-1] == "and 800 more problems"


def test_groups_without_end_are_refused():
    found = with_survey(*(["begin_group", f"g{number}", "x"] for number in range(200)))
    assert any("groups may stand in one another 60 deep at most" in problem for problem in found)


def test_a_large_form_is_read_in_seconds():
    rows = []
    for group in range(50):
        rows.append(["begin_group", f"g{group}", f"Group {group}"])
        rows += [["select_one lvl", f"q{group}_{number}", f"Question {group} {number}"] for number in range(40)]
        rows.append(["end_group"])
    began = time.monotonic()
    result = read_xlsform(workbook({"survey": [HEAD, *rows], "choices": SCALE}))
    assert problems(result) == []
    assert time.monotonic() - began < 60


def test_one_long_text_in_thousands_of_cells_is_refused():
    rows = [["select_one lvl", f"q{number}", "long " * 6_000] for number in range(2_000)]
    found = problems(read_xlsform(make_workbook([SheetOut("survey", HEAD, rows)])))
    assert f"{MAX_CHARACTERS} characters" in found[0]


def test_conditions_are_read_up_to_a_limit():
    condition = " or ".join(["${q} > 1"] * 2_000)
    rows = [["select_one lvl", "q", "x"], *(["select_one lvl", f"q{n}", "x", condition] for n in range(40))]
    data = workbook({"survey": [[*HEAD, "relevant"], *rows], "choices": SCALE})
    began = time.monotonic()
    result = read_xlsform(data)
    assert problems(result) == []
    assert any(f"all conditions together have more than {MAX_CONDITIONS} characters" in note for note in notes(result))
    assert time.monotonic() - began < 60


def test_a_deep_value_in_the_sheet_charter_is_a_problem():
    book = openpyxl.load_workbook(io.BytesIO(write_xlsform(load_pack("safeguarding-basics"))[0]))
    for row in book["charter"].iter_rows(min_row=2):
        if row[2].value == "improves":
            row[4].value = "[" * 5_000
        if row[2].value == "essential":
            row[4].value = "true}, a: {b: 1"
    found = problems(read_xlsform(saved(book)))
    assert any("this is no value for improves" in problem for problem in found)
    assert any("this is no value for essential" in problem for problem in found)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x"])
def test_text_that_begins_like_a_formula_is_text(text):
    rows = [HEAD, ["select_one lvl", "q1", "x"]]
    book = openpyxl.load_workbook(io.BytesIO(workbook({"survey": rows, "choices": SCALE})))
    cell = book["survey"]["C2"]
    cell.value = text
    cell.data_type = "s"
    result = read_xlsform(saved(book))
    assert problems(result) == []
    assert text in result.files["pack.yaml"]
