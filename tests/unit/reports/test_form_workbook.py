"""The blank workbook: complete, locked where nobody writes, and without a single formula."""

from dataclasses import replace
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.datavalidation import DataValidation

from charter.i18n import translator
from charter.reports.form_data import MARK, SHEET
from charter.reports.form_wording import COLUMNS, RATING
from charter.reports.form_workbook import form_workbook
from charter.reports.read_form import read_form
from charter.reports.workbook import Looks, put
from tests.unit.reports import made_up
from tests.unit.reports.forms import LANGUAGES, PACKS, blank, opened, rows_of, saved, the_pack

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PACKS)
def test_the_form_has_a_first_sheet_one_per_group_at_the_top_and_a_hidden_one(name: str, language: str) -> None:
    workbook = opened(blank(name, language))
    pack = the_pack(name)
    assert len(workbook.worksheets) == len(pack.groups) + 2
    assert [sheet.sheet_state for sheet in workbook.worksheets] == ["visible"] * (len(pack.groups) + 1) + ["hidden"]
    assert workbook.worksheets[-1].title == SHEET
    assert workbook.worksheets[-1]["A1"].value == MARK
    assert workbook.properties.language == language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PACKS)
def test_every_criterion_and_every_fact_is_asked_in_the_language(name: str, language: str) -> None:
    pack = the_pack(name)
    shown = pack.translated(language) if language in pack.languages else pack
    workbook = opened(blank(name, language))
    places = rows_of(workbook)
    for criterion in shown.criteria:
        sheet, row = places[criterion.id]
        assert sheet.cell(row, 2).value == criterion.title
        assert (criterion.guidance or "") in str(sheet.cell(row, 3).value)
    for fact in shown.profile.values():
        sheet, row = places[fact.id]
        assert sheet.cell(row, 2).value == fact.title
        for option in fact.options if fact.type == "choices" else ():
            assert f"{fact.id}={option}" in places
    assert sheet.column_dimensions["A"].hidden


@pytest.mark.parametrize("name", PACKS)
def test_only_input_cells_can_be_changed_and_no_password_is_needed_to_lift_that(name: str) -> None:
    workbook = opened(blank(name, "km"))
    for sheet in workbook.worksheets:
        assert sheet.protection.sheet
        assert not sheet.protection.password
        for row in sheet.iter_rows():
            for cell in row:
                inputs = (3,) if sheet is workbook.worksheets[0] else (4, 5, 6)
                if not cell.protection.locked:
                    assert cell.column in inputs
                    assert cell.value is None
    places = rows_of(workbook)
    for criterion in the_pack(name).criteria:
        page, number = places[criterion.id]
        assert [page.cell(number, column).protection.locked for column in (4, 5, 6)] == [False] * 3


def listed(workbook: Workbook, rule: DataValidation) -> list[object]:
    """What a drop-down offers."""
    title, _, reference = str(rule.formula1).partition("!")
    cells = workbook[title.strip("'")][reference.replace("$", "")]
    return [cell.value for (cell,) in cells]


def test_ratings_are_chosen_from_a_list_of_the_scale_s_levels() -> None:
    workbook = opened(blank("chab-dai-charter", "en"))
    sheet, row = rows_of(workbook)["PR1.1"]
    rules = [rule for rule in sheet.data_validations.dataValidation if f"D{row}" in rule.sqref]
    assert len(rules) == 1
    assert listed(workbook, rules[0]) == [
        "0 – Not started",
        "1 – Begun",
        "2 – Partly in place",
        "3 – In place",
        "4 – A model for others",
        "Not applicable",
    ]


@pytest.mark.parametrize("name", PACKS)
def test_every_drop_down_names_a_list_that_exists_and_its_message_is_short_enough(name: str) -> None:
    workbook = opened(blank(name, "km"))
    count = 0
    for sheet in workbook.worksheets:
        for rule in sheet.data_validations.dataValidation:
            count += 1
            assert len(rule.error or "") <= 225
            if rule.type == "list":
                assert all(listed(workbook, rule))
    assert count > len(the_pack(name).groups)


@pytest.mark.parametrize("name", PACKS)
def test_there_is_no_formula_and_nothing_is_merged(name: str) -> None:
    for sheet in opened(blank(name, "vi")).worksheets:
        assert not sheet.merged_cells.ranges
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_headings_are_frozen_and_repeated_on_a4_as_wide_as_the_paper() -> None:
    workbook = opened(blank("chab-dai-charter", "km"))
    for sheet in workbook.worksheets[1:-1]:
        assert sheet.freeze_panes == "B3"
        assert sheet.print_title_rows == "$2:$2"
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert sheet.sheet_properties.pageSetUpPr is not None
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet["D2"].value == translator("km").render(COLUMNS[RATING])


def test_khmer_cells_name_a_font_that_has_khmer() -> None:
    sheet = opened(blank("chab-dai-charter", "km")).worksheets[1]
    assert {cell.font.name for row in sheet["A1:F9"] for cell in row if cell.value} == {"Khmer OS Siemreap"}


def test_the_same_pack_always_gives_the_same_file() -> None:
    pack = made_up.pack()
    assert form_workbook(pack, language="km") == form_workbook(pack, language="km")


def test_titles_that_a_sheet_cannot_have_and_texts_like_formulas_do_no_harm() -> None:
    pack = made_up.pack()
    top = pack.groups[0]
    criterion = top.groups[0].criteria[0]
    odd = replace(criterion, title='=HYPERLINK("http://x")', guidance="+1\x0b")
    inner = replace(top.groups[0], criteria=(odd, *top.groups[0].criteria[1:]))
    groups = tuple(
        replace(top, id=f"{name}-long-id", title=title, groups=(), criteria=())
        for name, title in (
            ("a", "A/B: what? [*]"),
            ("b", "a/b: what? [*]"),
            ("c", "History"),
            ("d", "x" * 50),
            ("e", ":"),
        )
    )
    strange = replace(pack, groups=(replace(top, groups=(inner, *top.groups[1:])), *groups), translations={})
    workbook = opened(form_workbook(strange, language="en"))
    titles = [sheet.title for sheet in workbook.worksheets]
    assert len({title.casefold() for title in titles}) == len(titles)
    assert all(len(title) <= 31 and title.casefold() != "history" for title in titles)
    sheet, row = rows_of(workbook)[criterion.id]
    assert sheet.cell(row, 2).data_type == "s"
    assert sheet.cell(row, 2).value == '=HYPERLINK("http://x")'
    assert sheet.cell(row, 2).quotePrefix
    assert sheet.cell(row, 3).value == "+1\ufffd"


def test_a_group_that_is_called_like_the_hidden_sheet_does_no_harm() -> None:
    pack = made_up.pack()
    same = replace(pack, groups=(replace(pack.groups[0], title=SHEET), pack.groups[1]), translations={})
    workbook = opened(form_workbook(same, language="en"))
    for rule in workbook.worksheets[1].data_validations.dataValidation:
        assert listed(workbook, rule)[0] == "0 – Not started"


def test_two_hundred_criteria_with_any_script_in_one_group_come_back() -> None:
    pack = made_up.pack()
    titles = ("مرحبا بالعالم", "👩‍👩‍👧 family 🎉", "x" * 400, "ក" * 300, "a & b < c")
    many = tuple(
        replace(pack.criteria[0], id=f"X{number}", title=titles[number % len(titles)]) for number in range(200)
    )
    long = replace(pack, groups=(replace(pack.groups[1], groups=(), criteria=many),), translations={})
    workbook = opened(form_workbook(long, language="en"))
    sheet, first = rows_of(workbook)["X0"]
    for number, row in enumerate(range(first, first + 200)):
        assert sheet.cell(row, 2).value == many[number].title
        put(sheet.cell(row, 4), f"{number % 5} – {pack.scales['practice'].level(number % 5).title}", Looks("en"))
    assert read_form(saved(workbook), long)["ratings"] == {f"X{number}": number % 5 for number in range(200)}


def test_footers_hold_what_spreadsheet_programs_read_as_codes() -> None:
    pack = replace(made_up.pack(), title="1 & 2 &P")
    sheet = opened(form_workbook(pack, language="en")).worksheets[0]
    footer: Any = sheet.oddFooter
    assert "&&P" in footer.left.text


def test_a_pack_without_the_language_says_so() -> None:
    texts = [cell.value for (cell,) in opened(blank("safeguarding-basics", "vi")).worksheets[0]["B1:B8"]]
    assert any("Tiếng Anh" in str(text) or "tiếng Anh" in str(text).casefold() for text in texts)
