"""A pack that goes through a form and back is the same pack, and what people change in the form is taken over."""

import io
from dataclasses import fields, replace
from pathlib import Path

import openpyxl
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from questionnaires import lint, load_pack
from questionnaires.problems import Problems
from questionnaires.source import parse_yaml
from questionnaires.xlsform import read_xlsform, write_xlsform
from questionnaires.xlsform.reading import write_files
from questionnaires.xlsform.texts import hint_cell, level_cell, plain_text, read_hint_cell, read_level_cell
from questionnaires.xlsform.yaml_text import yaml_text
from tests.unit.questionnaires.test_xlsform_writing import PACKS, small_pack
from tests.unit.questionnaires.workbooks import loaded, notes, problems, saved


def content(pack):
    """Everything that a pack says; its fingerprint also knows how it was written down."""
    return replace(pack, fingerprint="", translations={tag: content(each) for tag, each in pack.translations.items()})


@pytest.mark.parametrize("reference", PACKS, ids=lambda reference: Path(reference).name)
def test_a_pack_comes_back_as_it_was(reference, tmp_path):
    pack = load_pack(reference)
    data, said = write_xlsform(pack)
    result = read_xlsform(data)
    back = content(loaded(result, tmp_path))
    before = content(pack)
    lost = {"standards"} if any("clause" in note and "is not carried" in note for note in said) else set()
    differ = {each.name for each in fields(before) if getattr(before, each.name) != getattr(back, each.name)}
    assert differ <= lost | ({"translations"} if lost else set())
    assert notes(result) == []
    assert [str(each) for each in lint(tmp_path) if each.severity == "error"] == []


def changed(pack, change):
    """The form of a pack after `change(book)`."""
    book = openpyxl.load_workbook(io.BytesIO(write_xlsform(pack)[0]))
    change(book)
    return saved(book)


def cell_of(book, sheet, column, **where):
    """The cell of a column in the first row whose other cells hold what `where` says."""
    headings = {str(cell.value): cell.column for cell in book[sheet][1]}
    for row in book[sheet].iter_rows(min_row=2):
        if all(row[headings[name] - 1].value == value for name, value in where.items()):
            return row[headings[column] - 1]
    raise AssertionError(where)


def test_a_title_changed_in_the_form_is_the_new_title(tmp_path):
    def change(book):
        where = {"charter_id": "R1", "charter_part": "criterion"}
        cell_of(book, "survey", "label::English (en)", **where).value = "A new title"
        cell_of(book, "survey", "hint::Khmer (km)", **where).value = "ថ្មី\n• មួយ\n• ពីរ"

    pack = loaded(read_xlsform(changed(load_pack("safeguarding-basics"), change)), tmp_path)
    assert pack.criterion("R1").title == "A new title"
    assert pack.translated("km").criterion("R1").evidence == ("មួយ", "ពីរ")


def test_a_condition_changed_in_the_form_is_the_new_condition(tmp_path):
    def change(book):
        cell_of(book, "survey", "relevant", charter_id="R2", charter_part="criterion").value = "${R1} >= 3"

    result = read_xlsform(changed(load_pack("safeguarding-basics"), change))
    condition = loaded(result, tmp_path).criterion("R2").applies_when
    assert condition is not None
    assert condition.holds({}, {"R1": 2}) is False
    assert condition.holds({}, {"R1": 3}) is True
    assert any("a question stays hidden until the answers" in note and "R2" in note for note in notes(result))


def test_a_condition_deleted_in_the_form_is_gone(tmp_path):
    def change(book):
        cell_of(book, "survey", "relevant", charter_id="R2", charter_part="criterion").value = None

    pack = loaded(read_xlsform(changed(load_pack("safeguarding-basics"), change)), tmp_path)
    assert pack.criterion("R2").applies_when is None


def test_without_the_sheet_charter_the_form_alone_is_read(tmp_path):
    pack = load_pack("safeguarding-basics")
    result = read_xlsform(changed(pack, lambda book: book.remove(book["charter"])))
    back = loaded(result, tmp_path)
    assert [criterion.id for criterion in back.criteria] == [criterion.id for criterion in pack.criteria]
    assert [each.title for each in back.translated("km").criteria] == [
        each.title for each in pack.translated("km").criteria
    ]
    assert back.profile == pack.profile
    assert [band.id for band in back.bands] == ["starting", "growing", "strong"]
    conditions = [criterion.applies_when for criterion in back.criteria]
    assert [bool(each) for each in conditions] == [bool(criterion.applies_when) for criterion in pack.criteria]
    assert conditions[1] == pack.criteria[1].applies_when
    assert any("a form has no bands" in note for note in notes(result))


def test_without_our_columns_names_stand_for_ids(tmp_path):
    def strip(book):
        book.remove(book["charter"])
        book["survey"].delete_cols(book["survey"].max_column - 1, 2)

    pack = load_pack("safeguarding-basics")
    result = read_xlsform(changed(pack, strip))
    back = loaded(result, tmp_path)
    assert [criterion.id for criterion in back.criteria] == [criterion.id for criterion in pack.criteria]
    assert back.profile == pack.profile
    assert any("taken as facts about the organization" in note for note in notes(result))


def test_official_wording_stays_official_only_as_long_as_it_is_the_same(tmp_path):
    pack = small_pack(tmp_path, more="")
    text = (tmp_path / "pack.yaml").read_text(encoding="utf-8").replace("provisional", "official")
    (tmp_path / "pack.yaml").write_text(text, encoding="utf-8")
    pack = load_pack(tmp_path)
    assert "status: official" in read_xlsform(write_xlsform(pack)[0]).files["pack.yaml"]

    def change(book):
        cell_of(book, "survey", "label::English (en)", charter_id="C1", charter_part="criterion").value = "Other"

    result = read_xlsform(changed(pack, change))
    assert "status: provisional" in result.files["pack.yaml"]
    assert any("differs from the official one" in note for note in notes(result))


def test_a_reviewed_translation_counts_as_reviewed_only_as_long_as_it_is_the_same(tmp_path):
    small_pack(tmp_path)
    (tmp_path / "km.yaml").write_text("reviewed: true\ncriteria: {C1: {title: មួយ}}\n", encoding="utf-8")
    pack = load_pack(tmp_path)
    assert "reviewed: true" in read_xlsform(write_xlsform(pack)[0]).files["km.yaml"]

    def change(book):
        cell_of(book, "survey", "label::Khmer (km)", charter_id="C1", charter_part="criterion").value = "ពីរ"

    result = read_xlsform(changed(pack, change))
    assert "reviewed: false" in result.files["km.yaml"]
    assert any("differ from those that a native reader has reviewed" in note for note in notes(result))


def test_a_slip_in_the_sheet_charter_is_named_with_its_cell():
    def change(book):
        cell_of(book, "charter", "value", part="action", id="SB-1", key="improves").value = '{"R9": 3}'
        cell_of(book, "charter", "value", part="group", id="people", key="weight").value = "heavy"
        cell_of(book, "charter", "part", part="band", id="sound", key="from").value = "bnad"
        cell_of(book, "charter", "value", part="defaults", key="met_from").value = "1.5"

    found = problems(read_xlsform(changed(load_pack("safeguarding-basics"), change)))
    assert any("there is no part bnad; did you mean band?" in problem for problem in found)

    # What each part says is looked at once the sheet as such is right.
    def again(book):
        change(book)
        cell_of(book, "charter", "part", part="bnad", id="sound", key="from").value = "band"

    found = problems(read_xlsform(changed(load_pack("safeguarding-basics"), again)))
    assert any("column E (value): there is no criterion R9" in problem for problem in found)
    assert any("weight of group people must be a number" in problem for problem in found)
    assert any("met_from of" in problem and "at most 1" in problem for problem in found)
    assert all(problem.startswith("sheet charter, row ") for problem in found)


def test_parts_that_the_form_no_longer_has_are_named():
    def change(book):
        sheet = book["survey"]
        for row in range(sheet.max_row, 1, -1):
            if sheet.cell(row, sheet.max_column).value == "D1":
                sheet.delete_rows(row)
        values = cell_of(book, "charter", "value", part="action", id="SB-11", key="improves")
        values.value = '{"P3": 2}'

    result = read_xlsform(changed(load_pack("safeguarding-basics"), change))
    assert problems(result) == []
    assert any("no longer has: criterion D1" in note for note in notes(result))


def test_another_version_of_the_sheet_is_refused():
    def change(book):
        cell_of(book, "charter", "value", part="form", key="format").value = "2"

    found = problems(read_xlsform(changed(load_pack("safeguarding-basics"), change)))
    assert found == [
        "sheet charter, row 2, column E (value): the sheet charter is of another version of this program; "
        "1 is the one that can be read"
    ]


@pytest.mark.parametrize(
    "title",
    [
        "'Costs ${C1} and ${'",
        "• a bullet",
        "'  spaces inside   stay'",
        "'5 < 6 & 7 > 2'",
        "'1e3'",
        "'no'",
        "'=SUM(A1)'",
        "'_x0041_ stays'",
        '"two\\nlines"',
        '"two\\n\\nparagraphs\\n• with a bullet"',
        "“curly” ‘quotes’ – and 😀",
        "ស្ដី​ការ",
    ],
)
def test_strange_texts_come_back_letter_by_letter(tmp_path, title):
    criteria = f"[{{id: C1, title: {title}, guidance: {title}, evidence: [{title}, more]}}]"
    pack = small_pack(tmp_path, title=title, level=title, criteria=criteria)
    back = loaded(read_xlsform(write_xlsform(pack)[0]), tmp_path)
    assert content(back) == content(pack)


def test_a_text_longer_than_a_cell_comes_back_whole(tmp_path):
    pack = small_pack(tmp_path, criteria=f"[{{id: C1, title: {'long ' * 20_000}end, guidance: {'ខ្មែរ' * 9_000}}}]")
    assert content(loaded(read_xlsform(write_xlsform(pack)[0]), tmp_path)) == content(pack)


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1).map(str.strip)
TEXTS = PLAIN.filter(lambda text: text and plain_text(text) == (text, False))


@given(TEXTS, st.one_of(st.none(), TEXTS))
def test_a_level_and_its_description_share_a_cell(title, description):
    assert read_level_cell(level_cell(title, description)) == (title, description)


@given(st.one_of(st.none(), TEXTS), st.lists(TEXTS).map(tuple))
def test_guidance_and_evidence_share_a_cell(guidance, evidence):
    if any(text.startswith("• ") or text == "•" for text in (guidance or "", *evidence)):
        return
    assert read_hint_cell(hint_cell(guidance, evidence)) == (guidance, evidence)


YAML_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
VALUES = st.recursive(
    st.one_of(YAML_TEXTS, st.integers(-1_000, 1_000), st.booleans()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(YAML_TEXTS, inner)),
    max_leaves=12,
)


@given(VALUES)
def test_yaml_is_read_by_the_loader_as_it_was_written(value):
    problems_found = Problems()
    text = yaml_text({"value": value})
    assert parse_yaml(text.encode(), "test", problems_found) == {"value": value}, text
    assert yaml.safe_load(text) == {"value": value}


def test_files_can_be_written_into_a_folder_that_has_standards(tmp_path):
    write_files({"pack.yaml": "a: 1\n", "standards/x.yaml": "b: 2\n"}, tmp_path)
    assert (tmp_path / "standards" / "x.yaml").read_bytes() == b"b: 2\n"
