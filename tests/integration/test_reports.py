"""Finished PDF files: both reports, in every language, with whatever people type."""

from __future__ import annotations

import io
import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import pypdf
import pytest

from action_plans import Limits, Month, propose
from charter.i18n import LANGUAGES
from charter.reports import fonts, pdf
from charter.reports.assessment import assessment_report
from charter.reports.errors import ReportError
from charter.reports.plan import plan_report
from charter.reports.render import paragraphs
from charter.reports.words import khmer_words
from questionnaires import load_pack
from questionnaires.model import Pack
from scoring import read_answers, score
from scoring.model import Answers
from tests.integration.pages import flat, off_the_page, text_of
from tests.unit.reports import made_up

ROOT = Path(__file__).resolve().parents[2]
OURS = {"Noto-Sans", "Noto-Sans-Bold", "Noto-Sans-Khmer", "Noto-Sans-Khmer-Bold"}
TITLES = {
    "assessment": {"en": "Self-assessment report", "km": "របាយការណ៍វាយតម្លៃខ្លួនឯង", "vi": "Báo cáo tự đánh giá"},
    "plan": {"en": "Proposed improvement plan", "km": "សំណើផែនការកែលម្អ", "vi": "Đề xuất kế hoạch cải thiện"},
}


def _report(kind: str, language: str, answers: Answers | None = None, pack: Pack | None = None) -> bytes:
    if answers is None and pack is None:
        return _usual(kind, language)
    return _made(kind, language, answers or made_up.answers(), pack or made_up.pack())


@cache
def _usual(kind: str, language: str) -> bytes:
    """Made once for all tests here."""
    return _made(kind, language, made_up.answers(), made_up.pack())


def _made(kind: str, language: str, answers: Answers, pack: Pack) -> bytes:
    if kind == "assessment":
        return assessment_report(pack, answers, made_up.result(), language=language)
    return plan_report(pack, answers, made_up.result(), made_up.plan(), language=language)


def flat_of(data: bytes) -> str:
    return flat(text_of(data))


def _torn(data: bytes) -> list[str]:
    """Lines of the long Khmer sentence that begin within a word."""
    sentence = made_up.KHMER_SENTENCE
    words = khmer_words(sentence)
    beginnings = {sum(map(len, words[:number])) for number in range(len(words))}
    lines = [line.strip().removesuffix("(P1.1)").strip() for line in text_of(data).splitlines()]
    found = [(line, sentence.find(line)) for line in lines if len(line) > 20]
    assert sum(place >= 0 for _, place in found) > 5
    return [line for line, place in found if place >= 0 and place not in beginnings]


def _bookmarks(outline: list) -> list[str]:
    return [title for item in outline for title in (_bookmarks(item) if isinstance(item, list) else [item.title])]


def _root(data: bytes) -> Any:
    return pypdf.PdfReader(io.BytesIO(data), strict=True).trailer["/Root"]


def _fonts(data: bytes) -> set[str]:
    found = set()
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        for font in cast("Any", page["/Resources"]).get("/Font", {}).values():
            found.add(str(font.get_object()["/BaseFont"]).split("+")[-1].lstrip("/"))
    return found


@pytest.fixture(scope="module", params=[(kind, language) for kind in TITLES for language in LANGUAGES], ids="-".join)
def made(request) -> tuple[str, str, bytes]:
    kind, language = request.param
    return kind, language, _report(kind, language)


def test_a_report_opens_and_knows_its_language_and_title(made):
    kind, language, data = made
    reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
    assert len(reader.pages) >= 1
    assert _root(data)["/Lang"] == language
    assert reader.metadata is not None
    assert reader.metadata.title == f"{TITLES[kind][language]} – Hope House"


def test_a_report_is_tagged_and_has_bookmarks_without_zero_width_spaces(made):
    _, _, data = made
    reader = pypdf.PdfReader(io.BytesIO(data))
    assert _root(data)["/MarkInfo"]["/Marked"]
    chapters = _bookmarks(reader.outline)
    assert len(chapters) >= 4
    assert "\u200b" not in "".join(chapters)
    assert "pdfuaid" in _root(data)["/Metadata"].get_data().decode()


def test_only_the_vendored_fonts_are_used(made):
    _, _, data = made
    assert _fonts(data)
    assert _fonts(data) <= OURS


def test_no_line_runs_off_the_page(made):
    _, _, data = made
    assert off_the_page(data) == []


def test_text_comes_out_of_the_pdf_as_it_went_in(made):
    kind, language, data = made
    texts = made_up.pack().translated(language)
    for text in (texts.title, texts.criterion("P1.1").title, TITLES[kind][language]):
        assert re.sub(r"\s", "", text) in flat_of(data)


def test_khmer_lines_break_between_words_only(monkeypatch):
    assert _torn(_report("assessment", "km")) == []
    monkeypatch.setattr(pdf, "break_words_in_html", lambda html: html)
    assert _torn(_made("assessment", "km", made_up.answers(), made_up.pack())) != []


@pytest.mark.parametrize("kind", TITLES)
def test_what_is_provisional_unchecked_or_in_another_language_is_said(kind: str):
    assert "Provisional wording." in text_of(_report(kind, "en"))
    khmer = flat_of(_report(kind, "km"))
    assert "ការបកប្រែមិនទាន់បានពិនិត្យ។" in khmer
    assert "ការបកប្រែមិនទាន់បានពិនិត្យ។" not in flat_of(_report(kind, "vi"))
    without = made_up.pack()
    object.__setattr__(without, "translations", {})
    vietnamese = text_of(_report(kind, "vi", pack=without))
    assert "Tiếng Anh" in vietnamese
    assert "Harbour Charter" in vietnamese


def test_a_capped_band_is_explained():
    text = text_of(_report("assessment", "en"))
    assert "Why the result is no higher than “Starting”" in text
    assert "61%" in text


def test_of_the_staff_only_what_may_be_shown_is_shown():
    lines = [line for line in text_of(_report("assessment", "en")).splitlines() if "<5" in line]
    assert lines
    assert all("%" not in line for line in lines)


def test_markup_that_somebody_typed_is_printed_and_not_obeyed():
    typed = '<script>alert(1)</script><img src="file:///etc/passwd"><style>*{display:none}</style>{{ 7*7 }}'
    data = _report("assessment", "en", made_up.answers(note=typed, organization=typed))
    assert typed.replace(" ", "") in flat_of(data)
    assert "SomethingelsewouldbeblankSummary" not in flat_of(data)
    assert "Summary" in text_of(data)


@pytest.mark.parametrize(
    "note",
    [
        "أهلا وسهلا 😀👩‍👩‍👧 עברית",
        "\x00\x01\x1b[0m \ud800 \uffff \u2028 end",
        "=1+1\n\n- a\n- b\n",
        "W" * 5000,
        made_up.KHMER_SENTENCE * 30,
    ],
    ids=["rtl-emoji", "control", "lines", "one-word", "khmer"],
)
def test_whatever_is_typed_breaks_nothing(note: str):
    data = _report("assessment", "km", made_up.answers(note=note, organization=note))
    assert off_the_page(data) == []
    assert len(pypdf.PdfReader(io.BytesIO(data)).pages) >= 1


def test_a_note_of_100_000_characters_is_printed_whole():
    note = "word " * 6_000 + "ការពារកុមារ" * 3_000 + "x" * 37_000 + " THE END"
    data = _report("assessment", "en", made_up.answers(note=note))
    assert "THEEND" in flat_of(data)
    assert off_the_page(data) == []


def test_paragraphs_keep_every_word():
    text = "one two\n\nthree " + "word " * 1000 + "x" * 4000
    assert "".join("".join(paragraphs(text)).split()) == "".join(text.split())
    assert max(map(len, paragraphs(text))) <= 1500


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/x.png",
        "https://example.org/x.css",
        "file:///etc/passwd",
        "ftp://example.org/x.png",
        "package:///../pyproject.toml",
        "package:///%2e%2e/%2e%2e/etc/x.png",
        "package://host/static/vendor/fonts/NotoSans-Bold.ttf",
        "package:///i18n.py",
    ],
)
def test_nothing_outside_the_package_can_be_read(url: str):
    with pytest.raises(ValueError, match="may not read"):
        pdf._fetcher().fetch(url)


def test_fonts_and_data_addresses_can_be_read():
    fetcher = pdf._fetcher()
    assert fetcher.fetch("package:///static/vendor/fonts/NotoSans-Bold.ttf").read()[:4] == b"\x00\x01\x00\x00"
    assert fetcher.fetch("data:text/plain;base64,eA==").read() == b"x"


def test_a_missing_font_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FOLDER", tmp_path)
    with pytest.raises(ReportError, match=r"Font files are missing .*NotoSans-Regular\.ttf.*NotoSansKhmer-Bold\.ttf"):
        fonts.check_fonts()


@pytest.mark.parametrize(("name", "language"), [("river-outreach", "vi")])
def test_the_examples_make_both_reports(name: str, language: str):
    pack = load_pack("chab-dai-charter")
    answers = read_answers((ROOT / "examples" / f"{name}.json").read_bytes(), pack)
    result = score(pack, answers)
    plan = propose(pack, result, Limits(Month(2027, 1), months=3, max_actions=3))
    for data in (
        assessment_report(pack, answers, result, language=language),
        plan_report(pack, answers, result, plan, language=language),
    ):
        assert _fonts(data) <= OURS
        assert off_the_page(data) == []
        assert answers.organization is not None
        assert answers.organization.replace(" ", "") in flat_of(data)
