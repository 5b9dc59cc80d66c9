"""Forms for the tests: blank ones, filled ones, and workbooks as other programs save them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import pytest
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from action_plans import Plan
from charter.i18n import translator
from charter.reports.form_data import NAME_KEY, OPTION_MARK
from charter.reports.form_wording import WORDS, level_text
from charter.reports.form_workbook import form_workbook
from charter.reports.read_form import FormError, read_form
from charter.reports.workbook import Looks, put
from questionnaires import Pack, load_pack
from questionnaires.model import FactType
from scoring.model import Answers, Choice
from tests.unit.reports import made_up

_SHARED = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=40),
    st.integers(-10, 10),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.dates().map(lambda day: datetime(max(day.year, 1901), day.month, min(day.day, 28))),
    st.sampled_from(["3", "n/a", "=1+1", "R1", "Code", "Rating", "Note", "Your answer", "charter-form", "yes"]),
)
"""Whatever may stand in a cell."""

PACKS = CHARTER, BASICS = "chab-dai-charter", "safeguarding-basics"
LANGUAGES = ("en", "km", "vi")


@cache
def the_pack(name: str) -> Pack:
    return load_pack(name)


@cache
def made_up_plan() -> Plan:
    """Of the made-up organization: two actions, one after the other, in three months."""
    return made_up.plan(capacity_days=4)


@cache
def blank(name: str, language: str) -> bytes:
    return form_workbook(the_pack(name), language=language)


def opened(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


def saved(workbook: Workbook) -> bytes:
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def changed(name: str, change: Callable[[Workbook], object], language: str = "en") -> bytes:
    workbook = opened(blank(name, language))
    change(workbook)
    return saved(workbook)


def rows_of(workbook: Workbook) -> dict[str, tuple[Worksheet, int]]:
    """Where each code or key stands."""
    return {
        str(sheet.cell(row, 1).value): (sheet, row)
        for sheet in workbook.worksheets
        if sheet.sheet_state == "visible"
        for row in range(1, sheet.max_row + 1)
        if sheet.cell(row, 1).value
    }


def write(workbook: Workbook, key: str, column: int, value: Any) -> None:
    """As a spreadsheet program writes it: text stays text."""
    sheet, row = rows_of(workbook)[key]
    put(sheet.cell(row, column), value, Looks("en"))


def rate(workbook: Workbook, ratings: Mapping[str, Any]) -> None:
    """Write ratings into the cells of several criteria."""
    places = rows_of(workbook)
    for key, value in ratings.items():
        sheet, row = places[key]
        put(sheet.cell(row, 4), value, Looks("en"))


def filled(name: str, answers: Answers, language: str) -> bytes:
    """The form as somebody fills it in who chooses from the lists."""
    pack = the_pack(name)
    shown = pack.translated(language) if language in pack.languages else pack
    say = translator(language).render
    workbook = opened(blank(name, language))
    places = rows_of(workbook)

    def answer(key: str, column: int, value: Any) -> None:
        sheet, row = places[key]
        put(sheet.cell(row, column), value, Looks(language))

    answer(NAME_KEY, 3, answers.organization)
    for key, value in answers.facts.items():
        fact = shown.profile[key]
        if fact.type is FactType.CHOICES:
            assert isinstance(value, tuple)
            for option in value:
                answer(f"{key}{OPTION_MARK}{option}", 3, say(WORDS["yes"]))
        elif fact.type is FactType.CHOICE:
            answer(key, 3, fact.options[str(value)])
        elif fact.type is FactType.BOOLEAN:
            answer(key, 3, say(WORDS["yes" if value else "no"]))
        else:
            answer(key, 3, value)
    for criterion in shown.criteria:
        given = answers.ratings.get(criterion.id)
        if given is None:
            continue
        if given.rating is Choice.NOT_APPLICABLE:
            answer(criterion.id, 4, say(WORDS["not-applicable"]))
        elif isinstance(given.rating, int):
            answer(criterion.id, 4, level_text(given.rating, criterion.scale.level(given.rating).title))
        answer(criterion.id, 5, given.note)
        answer(criterion.id, 6, given.reason)
    return saved(workbook)


def problems(data: bytes, name: str = BASICS) -> list[str]:
    """What is wrong with a filled form; it fails where nothing is."""
    with pytest.raises(FormError) as caught:
        read_form(data, the_pack(name))
    return [str(problem) for problem in caught.value.problems]


def as_other_programs_save_it(data: bytes) -> bytes:
    """Texts in one shared list, as Excel and LibreOffice write them, instead of in their cells."""
    texts: list[str] = []

    def share(match: re.Match[str]) -> str:
        texts.append(match[2])
        return f'<c{match[1]}t="s"><v>{len(texts) - 1}</v></c>'

    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.startswith("xl/worksheets/sheet"):
                text = re.sub(r'<c([^>]*?)t="inlineStr"><is>(<t.*?</t>)</is></c>', share, text, flags=re.DOTALL)
            text = text.replace(
                "</Types>", f'<Override PartName="/xl/sharedStrings.xml" ContentType="{_SHARED}"/></Types>'
            )
            new.writestr(name, text)
        shared = "".join(f"<si>{text}</si>" for text in texts)
        space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        new.writestr("xl/sharedStrings.xml", f"<?xml version='1.0' encoding='UTF-8'?><sst {space}>{shared}</sst>")
    assert texts
    return result.getvalue()
