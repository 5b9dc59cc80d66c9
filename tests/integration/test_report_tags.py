"""What a screen reader finds in the PDF files: structure, headings, table headers, alternative texts, language."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import outloud  # type: ignore[import-untyped]
import pdfua
import pikepdf
import pytest

from charter.i18n import LANGUAGES
from charter.reports.assessment import assessment_report
from charter.reports.form_paper import form_paper
from charter.reports.plan import plan_report
from tests.unit.reports import made_up

KINDS = ("assessment", "plan", "form")


@cache
def _data(kind: str, language: str) -> bytes:
    """One file of each kind and language for all tests here."""
    if kind == "form":
        return form_paper(made_up.pack(), language=language)
    if kind == "plan":
        return plan_report(
            made_up.pack(), made_up.answers(), made_up.result(), made_up.plan(capacity_days=5), language=language
        )
    return assessment_report(made_up.pack(), made_up.answers(), made_up.result(), language=language)


@pytest.fixture(params=[(kind, language) for kind in KINDS for language in LANGUAGES], ids="-".join)
def made(request: pytest.FixtureRequest) -> tuple[str, str, bytes]:
    kind, language = request.param
    return kind, language, _data(kind, language)


def _elements(node: Any) -> Iterator[Any]:
    """Every structure element in reading order."""
    if isinstance(node, pikepdf.Array):
        for kid in node:
            yield from _elements(kid)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            yield node
        if "/K" in node:
            yield from _elements(node.K)


def _opened(data: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(data))


def _tags(data: bytes) -> list[str]:
    with _opened(data) as document:
        return [str(element.S) for element in _elements(document.Root.StructTreeRoot)]


def test_pdfua_finds_no_error(made: tuple[str, str, bytes], tmp_path: Path):
    path = tmp_path / "report.pdf"
    path.write_bytes(made[2])
    errors = [one for one in pdfua.validate(str(path)).findings if one.severity is pdfua.Severity.ERROR]
    assert [(one.rule_id, one.message) for one in errors] == []


def test_outloud_finds_no_error(made: tuple[str, str, bytes], tmp_path: Path):
    path = tmp_path / "report.pdf"
    path.write_bytes(made[2])
    found = [one for one in outloud.check(str(path)).findings if one.severity == "error"]
    assert [(one.rule, one.message, one.evidence) for one in found] == []


def test_headings_come_in_order(made: tuple[str, str, bytes]):
    levels = [int(tag[2:]) for tag in _tags(made[2]) if tag in ("/H1", "/H2", "/H3", "/H4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_picture_has_an_alternative_text(made: tuple[str, str, bytes]):
    with _opened(made[2]) as document:
        figures = [one for one in _elements(document.Root.StructTreeRoot) if str(one.S) == "/Figure"]
        assert figures or made[0] != "assessment"
        assert all(len(str(one.Alt)) > 10 for one in figures)


def test_every_header_cell_says_what_it_heads(made: tuple[str, str, bytes]):
    with _opened(made[2]) as document:
        heads = [one for one in _elements(document.Root.StructTreeRoot) if str(one.S) == "/TH"]
        assert heads
        assert {str(one.A.Scope) for one in heads} <= {"/Column", "/Row"}


def _tables(data: bytes) -> Iterator[list[list[tuple[str, str]]]]:
    """Each table as rows of cells, each with its tag and what it heads."""
    with _opened(data) as document:
        for table in _elements(document.Root.StructTreeRoot):
            if str(table.S) == "/Table":
                rows = [one for one in _elements(table.K) if str(one.S) == "/TR"]
                yield [
                    [
                        (str(cell.S), str(cell.A.get("/Scope", "")))
                        for cell in _elements(row.K)
                        if str(cell.S) in ("/TH", "/TD")
                    ]
                    for row in rows
                ]


@pytest.mark.parametrize("kind", ["assessment", "plan"])
def test_every_row_has_a_head_where_the_table_has_more_cells_than_heads(kind: str):
    wide = 0
    for table in _tables(_data(kind, "en")):
        rows = [row for row in table if any(tag == "/TD" for tag, _ in row)]
        heads = sum(tag == "/TH" for row in table for tag, _ in row)
        cells = sum(tag == "/TD" for row in table for tag, _ in row)
        assert heads <= cells or len(rows) == 0
        if len(rows) >= 3 and len(rows[0]) >= 3:
            wide += 1
            assert all([scope for _, scope in row].count("/Row") == 1 for row in rows), table
    assert wide >= (2 if kind == "assessment" else 0)


def test_every_data_cell_names_heads_that_are_there(made: tuple[str, str, bytes]):
    with _opened(made[2]) as document:
        elements = list(_elements(document.Root.StructTreeRoot))
        names = {str(one.ID) for one in elements if "/ID" in one and str(one.S) == "/TH"}
        for cell in elements:
            if str(cell.S) == "/TD":
                assert {str(name) for name in cell.A.get("/Headers", [])} <= names


def _languages(data: bytes) -> set[str]:
    with _opened(data) as document:
        return {str(one.Lang) for one in _elements(document.Root.StructTreeRoot) if "/Lang" in one}


def test_a_note_in_another_language_says_in_which():
    notes = {
        "en": ("បុគ្គលិកទាំងអស់បានចុះហត្ថលេខា", "km"),
        "km": ("Everybody has signed it", "en"),
        "vi": ("សិស្ស", "km"),
    }
    for language, (note, spoken) in notes.items():
        data = assessment_report(made_up.pack(), made_up.answers(note=note), made_up.result(), language=language)
        assert spoken in _languages(data)
        assert language not in _languages(data)


@pytest.mark.parametrize("kind", KINDS)
def test_the_texts_of_a_pack_without_that_language_say_in_which_they_are(kind: str):
    pack = made_up.pack()
    object.__setattr__(pack, "translations", {})
    if kind == "form":
        data = form_paper(pack, language="vi")
    elif kind == "plan":
        data = plan_report(pack, made_up.answers(), made_up.result(), made_up.plan(), language="vi")
    else:
        data = assessment_report(pack, made_up.answers(), made_up.result(), language="vi")
    with _opened(data) as document:
        marked = [one for one in _elements(document.Root.StructTreeRoot) if str(one.get("/Lang", "")) == "en"]
    assert len(marked) >= 7


def test_the_document_says_its_language_and_shows_its_title(made: tuple[str, str, bytes]):
    _, language, data = made
    with _opened(data) as document:
        assert str(document.Root.Lang) == language
        assert document.Root.ViewerPreferences.DisplayDocTitle
        assert str(document.docinfo.Title)
        assert document.Root.MarkInfo.Marked


def test_bookmarks_lead_to_the_chapters(made: tuple[str, str, bytes]):
    with _opened(made[2]) as document, document.open_outline() as outline:
        titles = [item.title for top in outline.root for item in (top, *top.children)]
    assert len(titles) >= 3
    assert all(title.strip() and "\u200b" not in title for title in titles)


@pytest.mark.parametrize("kind", ["assessment", "plan"])
def test_the_contents_lead_to_every_chapter(kind: str):
    with _opened(_data(kind, "en")) as document:
        links = [
            one for page in document.pages for one in page.get("/Annots", []) if str(one.get("/Subtype")) == "/Link"
        ]
        names = {str(one.Dest) for one in links if "/Dest" in one}
    assert "Summary" in names
    assert len(names) >= 4


def test_running_headers_are_no_content():
    with _opened(_data("assessment", "en")) as document:
        for page in list(document.pages)[1:]:
            stream: list[Any] = list(pikepdf.parse_content_stream(page))
            marks = [list(one.operands) for one in stream if str(one.operator) == "BDC"]
            in_margin = [properties for tag, properties in marks if str(tag) == "/Artifact"]
            assert [str(one.Type) for one in in_margin] == ["/Pagination"] * 2
