"""The commands that make blank forms and read filled ones back."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING

import click

from charter.console import InputProblem, emit, read_input, waiting
from charter.inputs import LOGO, TEMPLATE, language_for, loaded, report_folder

if TYPE_CHECKING:
    from charter.reports.report_folder import ReportFolder
    from questionnaires import Pack

_PACK = click.argument("pack", metavar="PACK")


@click.command("form", epilog="Example: charter form chab-dai-charter --language km -o form.pdf")
@_PACK
@click.option("--language", metavar="L", help="Language of the form; without it, that of the pack.")
@TEMPLATE
@LOGO
@click.option("-o", "--output", metavar="FILE", required=True, help=".pdf for paper, .xlsx to fill in.")
def form_command(pack: str, language: str | None, template: str | None, logo: str | None, output: str) -> None:
    """Make a blank form: a PDF that staff fill in with a pen, or a workbook for what the organization agrees on."""
    suffix = PurePath(output).suffix.casefold()
    if suffix not in (".pdf", ".xlsx"):
        text = f"-o: {output}: the name must end in .pdf (a form for paper) or .xlsx (a workbook to fill in)"
        raise InputProblem([text], exit_code=2)
    if suffix == ".xlsx" and (template or logo):
        raise InputProblem(["--template and --logo are for the form on paper (.pdf)"], exit_code=2)
    questionnaire = loaded(pack)
    language = language_for(questionnaire, language)
    folder = report_folder(template, logo) if suffix == ".pdf" else None
    emit(_made(questionnaire, language=language, folder=folder), output)


@click.command("read-form", epilog="Example: charter read-form chab-dai-charter filled.xlsx -o answers.json")
@_PACK
@click.argument("file", metavar="FILE.xlsx")
@click.option("-o", "--output", metavar="ANSWERS.json", help="Write there instead of on the screen.")
def read_form_command(pack: str, file: str, output: str | None) -> None:
    """Read a filled workbook back into an answers file.

    Every problem is named with its cell; while there is one, nothing is written.
    """
    from charter.reports.read_form import FormError, read_form

    questionnaire = loaded(pack)
    data = read_input(file)
    try:
        with waiting("Reading the form"):
            answers = read_form(data, questionnaire)
    except FormError as error:
        raise InputProblem([f"{file}: {problem}" for problem in error.problems]) from error
    emit(json.dumps(answers, ensure_ascii=False, indent=2) + "\n", output)


def _made(pack: Pack, *, language: str, folder: ReportFolder | None) -> bytes:
    """A workbook, or on paper what the folder says."""
    from charter.reports.errors import ReportError

    try:
        with waiting("Making the form"):
            if folder is not None:
                from charter.reports.form_paper import form_paper

                return form_paper(pack, language=language, folder=folder)
            from charter.reports.form_workbook import form_workbook

            return form_workbook(pack, language=language)
    except ReportError as error:
        raise InputProblem([str(error)]) from error
