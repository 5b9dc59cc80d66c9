"""Another coalition's templates, styles, texts and logo; and what is said where something is missing."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pikepdf
import pypdf
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from charter.cli import cli
from charter.console import InputProblem
from charter.reports import fonts
from charter.reports.assessment import assessment_report
from charter.reports.errors import ReportError
from charter.reports.form_paper import form_paper
from charter.reports.pdf import pdf
from charter.reports.picture_files import MOST_BYTES, picture_data
from charter.reports.report_folder import SHIPPED, ReportFolder, read_report_folder
from tests.integration.pages import flat, text_of
from tests.unit.reports import made_up

BASICS = "safeguarding-basics"
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20" width="40" height="20">'
    '<rect width="40" height="20" fill="#b00"/></svg>'
)
OWN = """{% extends "base.html.j2" %}
{% block title %}{{ _("Self-assessment report") }}{% endblock %}
{% block body %}
<section class="new-page"><h2>Our own chapter</h2>
<p>{{ overall.rated }} of {{ overall.applicable }} <img src="{{ picture("tree.png") }}" alt="A tree"></p></section>
{% endblock %}
"""


def png(size: tuple[int, int] = (40, 20)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#b00").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small coalition's own: one template, one style sheet, two texts, a logo."""
    own = tmp_path / "harbour"
    (own / "assessment").mkdir(parents=True)
    (own / "assessment" / "report.html.j2").write_text(OWN, "utf-8")
    (own / "assessment" / "report.css").write_text("h2 { color: #b00000 }", "utf-8")
    (own / "texts.yaml").write_text(
        "Self-assessment report:\n  en: Harbour check\n  km: ការពិនិត្យ\nContents:\n  en: What is inside\n", "utf-8"
    )
    (own / "logo.svg").write_text(SVG, "utf-8")
    (own / "tree.png").write_bytes(png())
    return own


def made(own: ReportFolder, language: str = "en") -> bytes:
    return assessment_report(made_up.pack(), made_up.answers(), made_up.result(), language=language, folder=own)


def broken(own: Path, template: str) -> str:
    (own / "assessment" / "report.html.j2").write_text(template, "utf-8")
    with pytest.raises(ReportError) as caught:
        made(read_report_folder(own))
    return str(caught.value)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def problem(*arguments: str) -> InputProblem:
    result = run(*arguments)
    assert isinstance(result.exception, InputProblem), result.output
    return result.exception


@pytest.fixture
def answers(tmp_path: Path) -> str:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"pack": BASICS, "version": "1.0", "ratings": {}}), "utf-8")
    return str(path)


def test_its_template_style_texts_and_logo_take_the_place_of_ours(folder: Path):
    data = made(read_report_folder(folder))
    text = text_of(data)
    assert "Harbour check" in text
    assert "What is inside" in text
    assert "Our own chapter" in text
    assert "5 of 6" in text
    assert "Strengths" not in text
    with pikepdf.open(io.BytesIO(data)) as document:
        assert b"0.690196 0 0 rg" in b"".join(page.Contents.read_bytes() for page in document.pages)
        assert str(document.docinfo.Title) == "Harbour check – Hope House"


def test_a_text_replaced_in_one_language_stays_ours_in_the_others(folder: Path):
    own = read_report_folder(folder)
    assert flat("ការពិនិត្យ") in flat(text_of(made(own, "km")))
    assert "Báo cáo tự đánh giá" in text_of(made(own, "vi"))


def test_what_the_folder_lacks_stays_ours(folder: Path):
    text = text_of(form_paper(made_up.pack(), language="en", folder=read_report_folder(folder)))
    assert "How to fill in this form" in text


def test_nothing_of_one_folder_reaches_the_reports_of_another(folder: Path):
    made(read_report_folder(folder))
    assert "Harbour check" not in text_of(made(SHIPPED))


@pytest.mark.parametrize("name", ["logo.png", "logo.svg", "logo.jpg"])
def test_a_logo_alone_stands_on_the_first_page(name: str, tmp_path: Path):
    path = tmp_path / name
    path.write_bytes(SVG.encode() if name.endswith("svg") else png())
    with pikepdf.open(io.BytesIO(made(read_report_folder(logo=path)))) as document:
        figures = [
            one
            for one in document.objects
            if isinstance(one, pikepdf.Dictionary) and str(one.get("/S", "")) == "/Figure"
        ]
        assert "Logo" in {str(one.Alt) for one in figures}


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "this is no picture"),
        (b"hello", "this is no picture"),
        (png()[:60], "this is no picture, or a damaged one"),
        (b"<html><p>x</p></html>", "this is no picture"),
        (b"<svg", "broken SVG"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>', "declares entities"),
        (b"GIF89a" + bytes(40), "use PNG, JPEG or SVG"),
        (bytes(MOST_BYTES + 1), "larger than 5 MB"),
        (png((20_000, 3_000)), "million pixels"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_logo_that_is_no_picture_is_refused(content: bytes, part: str, tmp_path: Path):
    path = tmp_path / "logo.png"
    path.write_bytes(content)
    with pytest.raises(ReportError, match=part) as caught:
        picture_data(path)
    assert str(caught.value).startswith(str(path))


def test_a_logo_cannot_fetch_anything():
    reaching = SVG.replace("<rect", '<image href="file:///etc/passwd"/><rect')
    html = f'<html lang="en"><title>x</title><img alt="x" src="data:image/svg+xml,{reaching.replace("#", "%23")}">'
    assert b"root:" not in pdf(html.replace('"http', "'http").replace("<svg", "%3Csvg"), css="")


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{{ nonsense }}", "report.html.j2:1: 'nonsense' is undefined"),
        ("\n{% if %}", "report.html.j2:2: "),
        ('{% extends "nothing.html.j2" %}', "nothing.html.j2"),
        ("{{ picture('../../secret.png') }}", "lies outside the folder"),
        ("{{ picture('gone.png') }}", "gone.png: the picture cannot be read: No such file"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ pack.__class__.__mro__ }}", "unsafe"),
        ("{% include '../../../pyproject.toml' %}", "pyproject.toml"),
    ],
)
def test_a_template_that_does_not_work_is_named_with_its_line(template: str, part: str, folder: Path):
    assert part in broken(folder, template)


@pytest.mark.parametrize(
    ("texts", "parts"),
    [
        ("- a", ["must hold texts"]),
        ("a: [", ["texts.yaml"]),
        ("a: b\nc: {xx: d}\ne: {en: 5}", ["'a': must be", "there is no language 'xx'", "'e': en must be a text"]),
    ],
)
def test_texts_that_cannot_be_used_are_all_named(texts: str, parts: list[str], folder: Path):
    (folder / "texts.yaml").write_text(texts, "utf-8")
    with pytest.raises(ReportError) as caught:
        read_report_folder(folder)
    assert all(part in str(caught.value) for part in parts)


def test_a_folder_that_is_none_or_holds_nothing_of_use_is_refused(tmp_path: Path):
    with pytest.raises(ReportError, match="there is no such folder"):
        read_report_folder(tmp_path / "nothing")
    (tmp_path / "report.html").write_text("x")
    with pytest.raises(ReportError, match="holds nothing that takes the place of anything"):
        read_report_folder(tmp_path)


def test_the_commands_take_a_folder_and_a_logo(folder: Path, answers: str, tmp_path: Path):
    report, form = tmp_path / "report.pdf", tmp_path / "form.pdf"
    assert run("report", BASICS, answers, "--template", str(folder), "-o", str(report)).exit_code == 0
    assert "Harbour check" in text_of(report.read_bytes())
    assert run("form", BASICS, "--logo", str(folder / "tree.png"), "-o", str(form)).exit_code == 0
    assert len(pypdf.PdfReader(form).pages[0].images) == 1
    wrong = problem("form", BASICS, "--logo", str(folder / "tree.png"), "-o", str(tmp_path / "form.xlsx"))
    assert (wrong.exit_code, "paper" in str(wrong)) == (2, True)


@pytest.mark.parametrize(
    ("option", "value", "part"),
    [
        ("--logo", "gone.png", "gone.png: the picture cannot be read: No such file or directory"),
        ("--logo", "answers.json", "answers.json: this is no picture"),
        ("--template", "gone", "gone: there is no such folder"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_written(
    option: str, value: str, part: str, answers: str, tmp_path: Path
):
    found = problem("report", BASICS, answers, option, str(tmp_path / value), "-o", str(tmp_path / "report.pdf"))
    assert found.exit_code == 1
    assert part in str(found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.json"]


def test_a_missing_font_is_said_and_nothing_is_written(answers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    empty = tmp_path / "fonts"
    empty.mkdir()
    monkeypatch.setattr(fonts, "FOLDER", empty)
    found = problem("report", BASICS, answers, "-o", str(tmp_path / "report.pdf"))
    assert "Font files are missing" in str(found)
    assert not (tmp_path / "report.pdf").exists()


def test_without_pango_it_is_said_what_to_install(answers: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Missing:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    for name in [name for name in sys.modules if name.partition(".")[0] == "weasyprint"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    found = problem("report", BASICS, answers, "-o", str(tmp_path / "report.pdf"))
    assert "The Pango library is missing" in str(found)
    assert "apt install libpango-1.0-0" in str(found)
    assert not (tmp_path / "report.pdf").exists()


@pytest.mark.parametrize("output", ["no/such/folder/report.pdf", "folder"])
def test_where_nothing_can_be_written_it_is_said(output: str, answers: str, tmp_path: Path):
    (tmp_path / "folder").mkdir()
    found = problem("report", BASICS, answers, "-o", str(tmp_path / output))
    assert "cannot be written" in str(found)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.json", "folder"]


@pytest.mark.parametrize("order", [("--xlsx", "--csv"), ("--csv", "--xlsx")])
def test_of_several_files_all_are_written_or_none(order: tuple[str, str], answers: str, tmp_path: Path):
    first, second = order
    good, bad = str(tmp_path / "good"), str(tmp_path / "no" / "bad")
    assert "cannot be written" in str(problem("score", BASICS, answers, first, good, second, bad))
    assert "cannot be written" in str(problem("score", BASICS, answers, first, good, "-o", bad))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["answers.json"]
    assert run("score", BASICS, answers, first, good, second, f"{good}2").exit_code == 0
    assert problem("score", BASICS, answers, first, good, second, f"{tmp_path}/./good").exit_code == 2
