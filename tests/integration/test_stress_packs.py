"""Packs and answers that ask too much: whatever is made of them opens, and holds what was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import icalendar
import openpyxl
import pypdf
import pytest

from action_plans import Limits, Month, Plan, propose
from charter.reports.assessment import assessment_report
from charter.reports.csv_files import plan_csv, result_csv
from charter.reports.form_paper import form_paper
from charter.reports.form_workbook import form_workbook
from charter.reports.pdf import pdf
from charter.reports.plan import plan_report
from charter.reports.plan_calendar import plan_ics
from charter.reports.plan_workbook import plan_xlsx
from charter.reports.read_form import read_form
from charter.reports.result_workbook import result_xlsx
from questionnaires import lint, load_pack
from questionnaires.model import Pack
from questionnaires.xlsform import read_xlsform, write_xlsform
from questionnaires.xlsform.reading import write_files
from scoring import score
from scoring.answers import parse_answers
from scoring.model import Answers, Result
from tests.integration.pages import MILLIMETRE, flat, off_the_page, text_of

STRESS = Path(__file__).resolve().parents[1] / "packs" / "stress"
PACKS = sorted(path.name for path in STRESS.iterdir())
NOTES = (
    "כל העובדים חתמו על קוד ההתנהגות – 12 מתוך 13.",
    "جميع الموظفين وقّعوا على مدونة السلوك (12/13) yes وشكرا",
    "👩‍👩‍👧 🇰🇭 😀 \U0001f9d1🏽‍🦽 done ✅",
    "=cmd|' /C calc'!A0",
    "one\u2028two\r\nthree\tfour",
)
LONG_NOTES = ("@" * 4_000, "ការពារកុមារ" * 200)
ORGANIZATION = "Supercalifragilistic" * 12 + " 😀 مرحبا"


@cache
def the_pack(name: str) -> Pack:
    return load_pack(STRESS / name)


@cache
def answered(name: str) -> tuple[Answers, Result]:
    """Every level, every odd note, and sheets of the staff."""
    pack = the_pack(name)
    values = [level.value for level in pack.criteria[0].scale.levels]
    notes = [*LONG_NOTES, *(NOTES[place % len(NOTES)] for place in range(len(pack.criteria)))]
    ratings = {
        one.id: {"rating": values[place % len(values)], "note": note}
        for place, (one, note) in enumerate(zip(pack.criteria, notes, strict=False))
    }
    sheets = [{one.id: values[(place + sheet) % 2] for place, one in enumerate(pack.criteria)} for sheet in range(9)]
    data: dict[str, Any] = {"pack": pack.id, "version": pack.version, "organization": {"name": ORGANIZATION}}
    answers = parse_answers({**data, "ratings": ratings, "sheets": sheets}, pack)
    return answers, score(pack, answers)


@cache
def the_plan(name: str) -> Plan:
    limits = Limits(Month(2027, 1), months=12, max_actions=12)
    return propose(the_pack(name), answered(name)[1], limits, time_limit=2)


@cache
def _assessment(name: str, language: str) -> bytes:
    return assessment_report(the_pack(name), *answered(name), language=language)


def _plan(name: str, language: str) -> bytes:
    return plan_report(the_pack(name), *answered(name), the_plan(name), language=language)


def _form(name: str, language: str) -> bytes:
    return form_paper(the_pack(name), language=language)


@pytest.mark.parametrize(
    ("make", "margin", "language"), [(_assessment, 18, "en"), (_plan, 18, "km"), (_form, 15, "km")]
)
@pytest.mark.parametrize("name", PACKS)
def test_no_pdf_breaks(name: str, make: Callable[[str, str], bytes], margin: int, language: str):
    data = make(name, language)
    assert off_the_page(data, margin=margin * MILLIMETRE) == []
    assert len(pypdf.PdfReader(io.BytesIO(data), strict=True).pages) >= 1
    text = flat(text_of(data))
    texts = [one.title for one in the_pack(name).criteria] if make is not _plan else []
    assert [one for one in texts if one.isascii() and flat(one) not in text] == []


def test_a_note_in_any_script_is_printed_whole():
    text = flat(text_of(_assessment("crowded", "en")))
    # Between two pages stands the foot of one.
    assert text.count("@") >= 4_000
    assert text.count("ការពារកុមារ") >= 200
    # Whether letters are given back from right to left or as they were typed, all of them are there.
    assert sorted(set(flat(NOTES[0])) - set(text)) == []


@pytest.mark.parametrize("name", PACKS)
def test_no_workbook_breaks(name: str):
    pack, (answers, result) = the_pack(name), answered(name)
    for data in (
        result_xlsx(pack, answers, result, language="km"),
        plan_xlsx(pack, answers, result, the_plan(name), language="km"),
    ):
        workbook = openpyxl.load_workbook(io.BytesIO(data))
        cells = [cell for sheet in workbook for row in sheet.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        assert all(len(sheet.title) <= 31 for sheet in workbook)
    notes = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert notes


@pytest.mark.parametrize("name", PACKS)
def test_the_form_to_fill_in_can_be_read_back(name: str):
    pack = the_pack(name)
    read = read_form(form_workbook(pack, language="km"), pack)
    assert (read["pack"], read["ratings"]) == (pack.id, {})


@pytest.mark.filterwarnings("default::DeprecationWarning")
@pytest.mark.parametrize("name", PACKS)
def test_the_xlsform_converts_and_comes_back(name: str, tmp_path: Path):
    from pyxform.xls2xform import convert

    pack = the_pack(name)
    data, _ = write_xlsform(pack)
    assert convert(io.BytesIO(data), file_type=".xlsx").xform
    back = read_xlsform(data)
    assert back.problems == ()
    write_files(back.files, tmp_path)
    assert [(one.id, one.title) for one in load_pack(tmp_path).criteria] == [
        (one.id, one.title) for one in pack.criteria
    ]


@pytest.mark.parametrize("name", PACKS)
def test_tables_and_calendar_hold_one_row_for_each(name: str):
    pack, (answers, result), plan = the_pack(name), answered(name), the_plan(name)
    rows = list(csv.reader(io.StringIO(result_csv(pack, answers, result, language="en").decode("utf-8-sig"))))
    assert len(rows) == 1 + 1 + len(pack.all_groups) + len(pack.criteria)
    assert len({len(row) for row in rows}) == 1
    rows = list(csv.reader(io.StringIO(plan_csv(pack, answers, result, plan, language="en").decode("utf-8-sig"))))
    assert len(rows) == 1 + len(plan.actions)
    calendar = icalendar.Calendar.from_ical(plan_ics(pack, answers, result, plan, language="en"))
    assert len(calendar.events) == len(plan.actions) > 0


@pytest.mark.parametrize("name", PACKS)
def test_a_stress_pack_is_a_valid_pack(name: str):
    assert [str(one) for one in lint(STRESS / name) if one.severity == "error"] == []


def test_the_crowded_pack_is_crowded_and_the_lonely_one_lonely():
    assert [len(group.criteria) for group in the_pack("crowded").groups] == [200]
    assert len(the_pack("lonely").criteria) == 1


def _sentences() -> list[str]:
    """200 sentences without a space, out of the Khmer of the packs that ship."""
    found: dict[str, None] = {}
    for name in ("chab-dai-charter", "safeguarding-basics"):
        for one in load_pack(name).translated("km").criteria:
            for text in (one.title, *(one.guidance or "").split("។")):
                sentence = "".join(text.split())
                if len(sentence) >= 40 and all("\u1780" <= letter <= "\u17ff" for letter in sentence):
                    found[sentence] = None
    return list(found)[:200]


@cache
def _two_hundred() -> tuple[list[str], bytes]:
    pack, sentences = the_pack("crowded"), _sentences()
    ratings = {one.id: {"rating": 1, "note": text} for one, text in zip(pack.criteria, sentences, strict=True)}
    answers = parse_answers({"pack": pack.id, "version": pack.version, "ratings": ratings}, pack)
    return sentences, assessment_report(pack, answers, score(pack, answers), language="km")


def test_no_word_of_200_khmer_sentences_stands_in_a_margin():
    sentences, data = _two_hundred()
    assert len(set(sentences)) == 200
    assert off_the_page(data) == []


def test_200_khmer_sentences_are_copied_out_as_they_went_in():
    sentences, data = _two_hundred()
    text = flat(text_of(data))
    assert [one for one in sentences if flat(one) not in text] == []


def test_a_line_that_does_run_off_the_page_is_found():
    html = f'<html lang="km"><title>x</title><p>short</p><p style="white-space: nowrap">{"ការពារកុមារ" * 30}</p></html>'
    assert off_the_page(pdf(html, css="@page { size: A4; margin: 18mm } body { margin: 0 }")) != []


@cache
def _basics() -> tuple[Pack, Answers, Result, Plan]:
    pack = load_pack("safeguarding-basics")
    notes = {"en": "Signed by all", "vi": "Tất cả đã ký, kể cả người gác cổng", "km": "គ្រប់គ្នាបានចុះហត្ថលេខា"}
    ratings = {
        one.id: {"rating": one.scale.values[place % 2], "note": list(notes.values())[place % 3]}
        for place, one in enumerate(pack.criteria)
    }
    answers = parse_answers({"pack": pack.id, "version": pack.version, "ratings": ratings}, pack)
    result = score(pack, answers)
    return pack, answers, result, propose(pack, result, Limits(Month(2027, 1), months=6), time_limit=2)


@pytest.mark.parametrize("pack_language", ["en", "km"])
def test_what_is_copied_out_of_a_report_equals_what_went_in(pack_language: str):
    pack, answers, result, plan = _basics()
    language = pack_language
    shown = pack.translated(language)
    text = flat(text_of(assessment_report(pack, answers, result, language=language)))
    wanted = [shown.title, *(one.title for one in shown.criteria), *(one.title for one in shown.all_groups)]
    wanted += [level.title for level in shown.criteria[0].scale.levels[:2]]
    wanted += [one.note for one in answers.ratings.values() if one.note]
    assert [one for one in wanted if flat(one) not in text] == []
    text = flat(text_of(plan_report(pack, answers, result, plan, language=language)))
    wanted = [shown.action(one.id).title for one in plan.actions]
    wanted += [indicator for one in plan.actions if (indicator := shown.action(one.id).indicator)]
    assert [one for one in wanted if flat(one) not in text] == []


def test_vietnamese_is_copied_out_as_it_went_in():
    pack = load_pack("chab-dai-charter")
    shown = pack.translated("vi")
    text = flat(text_of(form_paper(pack, language="vi")))
    wanted = [text for one in shown.criteria for text in (one.title, one.guidance) if text]
    wanted += [level.description for scale in shown.scales.values() for level in scale.levels if level.description]
    assert [one for one in wanted if flat(one) not in text] == []
