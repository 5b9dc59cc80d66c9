"""Forms as people ask for them: on paper in every language, as workbooks there and back."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2
import pytest
from click.testing import CliRunner, Result

from charter.console import InputProblem
from charter.form_commands import form_command, read_form_command
from charter.i18n import LANGUAGES
from charter.reports.form_paper import form_context, form_paper
from charter.reports.render import report_html
from charter.reports.report_folder import TEMPLATES
from questionnaires.model import Level
from scoring import read_answers
from tests.integration.pages import MILLIMETRE, flat, off_the_page, text_of
from tests.unit.reports import made_up
from tests.unit.reports.forms import PACKS, changed, filled, opened, rate, the_pack

MARGIN = 15 * MILLIMETRE
"""Left and right margin of the paper form."""
EXAMPLE = Path(__file__).parents[2] / "examples" / "hope-house.json"
BASICS = "safeguarding-basics"


@cache
def paper(name: str, language: str) -> bytes:
    return form_paper(the_pack(name), language=language)


def run(command, *arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def refused(command, *arguments: str) -> InputProblem:
    result = run(command, *arguments)
    assert isinstance(result.exception, InputProblem), result.exception
    return result.exception


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PACKS)
def test_the_paper_form_asks_every_question_in_the_language(name: str, language: str) -> None:
    pack = the_pack(name)
    shown = pack.translated(language) if language in pack.languages else pack
    text = flat(text_of(paper(name, language)))
    for criterion in shown.criteria:
        assert flat(criterion.id + criterion.title) in text, criterion.id
    for level in shown.criteria[0].scale.levels:
        assert flat(level.title) in text
        assert flat(level.description or "") in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_paper_form_is_tagged_names_its_language_and_numbers_its_pages(language: str) -> None:
    document = pypdf.PdfReader(io.BytesIO(paper(BASICS, language)))
    root: Any = document.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == language
    assert "/StructTreeRoot" in root
    assert document.metadata is not None
    assert document.metadata.title
    pages = len(document.pages)
    texts = pypdfium2.PdfDocument(paper(BASICS, language))
    for number, page in enumerate(texts, start=1):
        assert f"{number} / {pages}" in page.get_textpage().get_text_bounded()
    texts.close()
    assert [round(float(side)) for side in document.pages[0].mediabox[2:]] == [595, 842]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", PACKS)
def test_no_line_runs_off_the_page(name: str, language: str) -> None:
    assert off_the_page(paper(name, language), margin=MARGIN) == []


@pytest.mark.parametrize("name", PACKS)
def test_every_question_has_a_box_for_each_level_and_two_more_of_at_least_5_millimetres(name: str) -> None:
    pack = the_pack(name)
    html = report_html("form", form_context(pack, language="km"), language="km")
    questions = html.split('<tbody class="question">')[1:]
    assert [question.count("box-to-tick") for question in questions] == [
        len(criterion.scale.levels) + 2 for criterion in pack.criteria
    ]
    css = (TEMPLATES / "form" / "report.css").read_text("utf-8")
    sizes = re.search(r"\.box-to-tick \{[^}]*width: ([\d.]+)mm; height: ([\d.]+)mm", css)
    assert sizes is not None
    assert min(float(size) for size in sizes.groups()) >= 5


def test_the_paper_form_asks_for_no_name_and_says_that_it_is_private() -> None:
    text = text_of(paper(BASICS, "en"))
    assert "This form is private. Do not write your name on it" in text.replace("\r\n", " ").replace("\n", " ")
    assert "Choose the lower" in text


def test_a_scale_with_many_levels_and_one_criterion_in_all_make_a_form_too() -> None:
    pack = made_up.pack()
    scale = replace(pack.scales["practice"], levels=tuple(Level(value, f"Level {value}") for value in range(14)))
    criterion = replace(pack.criteria[0], scale=scale, title="ក" * 400, guidance="=x " * 300)
    group = replace(pack.groups[1], groups=(), criteria=(criterion,))
    small = replace(pack, groups=(group,), scales={"practice": scale}, translations={})
    assert "Level 13" in text_of(form_paper(small, language="en"))


@pytest.mark.parametrize("suffix", [".pdf", ".xlsx", ".XLSX"])
def test_the_command_writes_what_the_name_asks_for(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"form{suffix}"
    result = run(form_command, BASICS, "--language", "km", "-o", str(file))
    assert result.exit_code == 0, result.exception
    assert file.read_bytes().startswith(b"%PDF" if suffix == ".pdf" else b"PK")


def test_without_a_language_the_form_is_in_the_pack_s_own(tmp_path: Path) -> None:
    file = tmp_path / "form.xlsx"
    assert run(form_command, BASICS, "-o", str(file)).exit_code == 0
    assert opened(file.read_bytes()).properties.language == "en"


@pytest.mark.parametrize(
    ("arguments", "exit_code", "part"),
    [
        ((BASICS, "-o", "form.docx"), 2, "must end in .pdf"),
        ((BASICS, "-o", "form"), 2, "must end in .pdf"),
        ((BASICS, "--language", "kmm", "-o", "form.pdf"), 2, "did you mean km?"),
        (("no-such-pack", "-o", "form.pdf"), 1, "there is no pack no-such-pack"),
        ((BASICS, "-o", "no/such/folder/form.xlsx"), 1, "cannot be written"),
    ],
)
def test_wrong_usage_and_wrong_input_are_told_apart(arguments: tuple[str, ...], exit_code: int, part: str) -> None:
    problem = refused(form_command, *arguments)
    assert problem.exit_code == exit_code
    assert part in str(problem)


def test_a_filled_form_becomes_an_answers_file(tmp_path: Path) -> None:
    pack = the_pack("chab-dai-charter")
    given = read_answers(EXAMPLE.read_bytes(), pack)
    form, answers = tmp_path / "form.xlsx", tmp_path / "answers.json"
    form.write_bytes(filled("chab-dai-charter", given, "km"))
    result = run(read_form_command, "chab-dai-charter", str(form), "-o", str(answers))
    assert result.exit_code == 0, result.exception
    read = read_answers(answers.read_bytes(), pack)
    assert (read.facts, read.organization) == (given.facts, given.organization)
    assert {key: one.rating for key, one in read.ratings.items()} == {
        key: one.rating for key, one in given.ratings.items() if one.rating is not None
    }
    assert run(read_form_command, "chab-dai-charter", str(form)).output == answers.read_text("utf-8")
    assert json.loads(answers.read_text("utf-8"))["pack"] == "chab-dai-charter"


def test_while_there_is_a_problem_nothing_is_written(tmp_path: Path) -> None:
    form, answers = tmp_path / "form.xlsx", tmp_path / "answers.json"
    form.write_bytes(changed(BASICS, lambda workbook: rate(workbook, {"R1": 3, "R3": "no idea", "P1": 12})))
    problem = refused(read_form_command, BASICS, str(form), "-o", str(answers))
    assert problem.exit_code == 1
    lines = str(problem).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{form}: '") and "!D" in line for line in lines)
    assert "R3: “no idea” is no rating" in lines[0]
    assert not answers.exists()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "cannot be read" in str(refused(read_form_command, BASICS, str(tmp_path / "nothing.xlsx")))
