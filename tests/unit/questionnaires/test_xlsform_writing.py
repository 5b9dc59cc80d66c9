"""Every pack becomes a form that the tools of ODK and KoboToolbox take without a word of complaint."""

import io
from pathlib import Path

import openpyxl
import pytest
from pyxform.xls2xform import convert

from questionnaires import load_pack
from questionnaires.model import FactType
from questionnaires.xlsform import write_xlsform
from questionnaires.xlsform.words import headings, tag_of_name
from tests.unit.questionnaires.workbooks import rows_of

VALID = Path(__file__).parents[2] / "packs" / "valid"
PROJECT = ["chab-dai-charter", "safeguarding-basics"]
PACKS = [*PROJECT, *(str(folder) for folder in sorted(VALID.glob("*")) if (folder / "pack.yaml").is_file())]


def small_pack(folder, **changes):
    """A pack of one criterion in one group, with what a test changes in it."""
    parts = {
        "title": "Small",
        "more": "",
        "criterion": "",
        "criteria": "[{id: C1, title: One}]",
        "level": "No",
        **changes,
    }
    (folder / "pack.yaml").write_text(
        "pack: small\nversion: '1'\nstatus: provisional\nlanguage: en\n"
        f"title: {parts['title']}\n{parts['more']}\n"
        f"scales: {{s: {{title: S, levels: [{{value: 0, title: {parts['level']}}}, {{value: 1, title: Done}}]}}}}\n"
        "bands: [{id: b, title: B, from: 0}]\ndefaults: {scale: s}\n"
        f"groups: [{{id: G, title: Group, criteria: {parts['criteria']}}}]\n",
        encoding="utf-8",
    )
    return load_pack(folder)


@pytest.mark.parametrize("pack", PACKS, ids=lambda reference: Path(reference).name)
def test_the_form_converts_without_errors_and_warnings(pack):
    warnings: list[str] = []
    convert(write_xlsform(load_pack(pack))[0], warnings=warnings)
    assert warnings == []


def test_every_language_has_its_columns_with_name_and_code():
    data, _ = write_xlsform(load_pack("chab-dai-charter"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    languages = ["English (en)", "Khmer (km)", "Vietnamese (vi)"]
    survey = [cell.value for cell in book["survey"][1]]
    assert survey[:8] == ["type", "name", *(f"label::{name}" for name in languages), "hint::English (en)", *survey[6:8]]
    assert [cell.value for cell in book["choices"][1]][2:] == [f"label::{name}" for name in languages]
    settings = rows_of(data, "settings")[0]
    assert settings["form_id"] == "chab-dai-charter"
    assert settings["default_language"] == "English (en)"


def test_a_criterion_is_one_choice_with_a_reason_and_a_note():
    rows = rows_of(write_xlsform(load_pack("safeguarding-basics"))[0], "survey")
    at = next(position for position, row in enumerate(rows) if row.get("charter_id") == "R1")
    criterion, reason, note = rows[at : at + 3]
    assert criterion["type"] == "select_one steps"
    assert "• The policy with the date of approval" in criterion["hint::English (en)"]
    assert (reason["type"], reason["required"]) == ("text", "yes")
    assert reason["relevant"] == f"${{{criterion['name']}}} = 'not-applicable'"
    assert note["type"] == "text"


def test_not_applicable_is_a_choice_of_every_scale_in_every_language():
    choices = rows_of(write_xlsform(load_pack("safeguarding-basics"))[0], "choices")
    last = [row for row in choices if row["list_name"] == "steps"][-1]
    assert last["name"] == "not-applicable"
    assert (last["label::English (en)"], last["label::Khmer (km)"]) == ("Not applicable", "មិនអាចអនុវត្តបាន")


def test_facts_are_questions_of_their_type():
    pack = load_pack("chab-dai-charter")
    rows = rows_of(write_xlsform(pack)[0], "survey")
    found = {row["charter_id"]: row for row in rows if row.get("charter_part") == "fact"}
    kinds = {name: row["type"].split()[0] for name, row in found.items()}
    assert kinds["services"] == "select_multiple"
    assert kinds["kind"] == "select_one"
    assert found["registered"]["type"] == "select_one yes_no"
    assert (kinds["staff"], found["staff"]["constraint"]) == ("integer", ". >= 0")


def test_names_are_plain_and_ids_stand_beside_them():
    pack = load_pack("chab-dai-charter")
    rows = [row for row in rows_of(write_xlsform(pack)[0], "survey") if "name" in row]
    names = [row["name"] for row in rows]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(name.replace("_", "a").isascii() and name.replace("_", "a").isalnum() for name in names)
    assert {row["charter_id"] for row in rows if row["charter_part"] == "criterion"} == {c.id for c in pack.criteria}


def test_names_that_would_be_the_same_are_told_apart(tmp_path):
    pack = small_pack(tmp_path, criteria="[{id: A.1, title: One}, {id: A-1, title: Two}, {id: a_1, title: Three}]")
    data, _ = write_xlsform(pack)
    names = [row["name"] for row in rows_of(data, "survey") if row.get("charter_part") == "criterion"]
    assert names == ["A_1", "A_1_2", "a_1_3"]
    warnings: list[str] = []
    convert(data, warnings=warnings)
    assert warnings == []


@pytest.mark.parametrize("start", ["=1+1", "+855 23", "- none", "@home", "=HYPERLINK(1)"])
def test_text_never_becomes_a_formula(tmp_path, start):
    data, _ = write_xlsform(small_pack(tmp_path, title=f"'{start}'", level=f"'{start}'"))
    book = openpyxl.load_workbook(io.BytesIO(data))
    kinds = {cell.data_type for sheet in book for row in sheet for cell in row if cell.value is not None}
    assert kinds == {"s"}
    assert book["settings"]["A2"].value == start
    assert all(cell.number_format == "@" for cell in book["settings"][2])


def test_text_that_looks_like_a_reference_stays_text(tmp_path):
    data, _ = write_xlsform(small_pack(tmp_path, criteria="[{id: C1, title: 'Costs ${C1} and ${more}'}]"))
    assert "Costs $ {C1} and $ {more}" in convert(data).xform


def test_the_same_pack_gives_the_same_bytes():
    pack = load_pack("safeguarding-basics")
    assert write_xlsform(pack) == write_xlsform(load_pack("safeguarding-basics"))


def test_a_text_longer_than_a_cell_is_cut_and_kept_beside(tmp_path):
    pack = small_pack(tmp_path, criteria=f"[{{id: C1, title: {'long ' * 8_000}end}}]")
    data, notes = write_xlsform(pack)
    assert any("Texts longer than 32767 characters are cut" in note for note in notes)
    longest = max(len(str(value)) for row in rows_of(data, "charter") for value in row.values())
    assert longest == 32_767


def test_what_a_form_cannot_do_is_said_in_sentences():
    _, notes = write_xlsform(load_pack("chab-dai-charter"))
    assert any(note.startswith("Weights, bands, thresholds") for note in notes)
    assert any("“none of them”" in note and "services" in note for note in notes)
    assert all(note.endswith(".") for note in notes)


def test_a_condition_too_long_for_a_cell_is_left_out_of_the_form_and_kept(tmp_path):
    options = [f"option-with-a-long-name-{number:04}" for number in range(900)]
    more = "profile: {services: {title: S, type: choices, options: {" + ", ".join(f"{o}: T" for o in options) + "}}}"
    pack = small_pack(
        tmp_path,
        more=more,
        criteria=f"[{{id: C1, title: One, applies_when: {{services: {{includes_any: [{', '.join(options)}]}}}}}}]",
    )
    data, notes = write_xlsform(pack)
    assert any("criterion C1 is too long for a cell" in note for note in notes)
    row = next(row for row in rows_of(data, "survey") if row.get("charter_id") == "C1")
    assert "relevant" not in row


def test_a_pack_without_profile_asks_no_facts(tmp_path):
    rows = rows_of(write_xlsform(small_pack(tmp_path))[0], "survey")
    assert {row.get("charter_part") for row in rows} == {"group", "criterion", "reason", "note", None}


def test_languages_are_headed_by_names_that_odk_knows():
    assert headings(["en", "zh-Hant", "zh-Hans", "qq"]) == {
        "en": "English (en)",
        "zh-Hant": "Chinese Traditional (zh)",
        "zh-Hans": "Chinese Simplified (zh)",
        "qq": "qq (qq)",
    }
    assert [tag_of_name(name) for name in ("Khmer", "ខ្មែរ", "Klingonish")] == ["km", "km", None]


def test_a_language_without_our_words_has_them_in_english(tmp_path):
    small_pack(tmp_path)
    (tmp_path / "fr.yaml").write_text("title: Petit\n", encoding="utf-8")
    data, notes = write_xlsform(load_pack(tmp_path))
    assert any("stand in English in the language fr" in note for note in notes)
    note = next(row for row in rows_of(data, "survey") if row.get("charter_part") == "note")
    assert note["label::French (fr)"] == "Note"


def test_a_yes_no_list_is_there_only_for_facts_that_need_it(tmp_path):
    lists = {row["list_name"] for row in rows_of(write_xlsform(small_pack(tmp_path))[0], "choices")}
    assert lists == {"s"}
    pack = load_pack("safeguarding-basics")
    assert any(fact.type is FactType.BOOLEAN for fact in pack.profile.values())
    assert "yes_no" in {row["list_name"] for row in rows_of(write_xlsform(pack)[0], "choices")}
