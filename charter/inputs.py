"""What commands are given: a pack, answers, a language. What is wrong with them ends the command, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from charter.console import InputProblem, read_input

if TYPE_CHECKING:
    from charter.reports.report_folder import ReportFolder
    from questionnaires import Pack
    from scoring import Answers, Result


TEMPLATE = click.option("--template", metavar="FOLDER", help="Your own templates, styles, texts and logo.")
LOGO = click.option("--logo", metavar="PICTURE", help="Logo for the first page (PNG, JPEG or SVG).")


def loaded(reference: str) -> Pack:
    """The pack with that id, or in that folder."""
    from questionnaires import PackError, Severity, load_pack

    try:
        return load_pack(reference)
    except PackError as error:
        raise InputProblem([str(each) for each in error.problems if each.severity is Severity.ERROR]) from error


def scored(reference: str, answers: str) -> tuple[Pack, Answers, Result]:
    """The pack, the answers in that file (- for standard input), and the result."""
    from scoring import AnswersError, read_answers, score

    pack = loaded(reference)
    data = read_input(answers)
    try:
        given = read_answers(data, pack)
    except AnswersError as error:
        raise InputProblem([f"{answers}: {problem}" for problem in error.problems]) from error
    return pack, given, score(pack, given)


def language_for(pack: Pack, language: str | None) -> str:
    """The language asked for; without one the pack's, if Charter has it, else English."""
    from charter.i18n import LANGUAGES
    from questionnaires.problems import near_miss

    if language is None:
        return pack.language if pack.language in LANGUAGES else LANGUAGES[0]
    if language not in LANGUAGES:
        text = f"--language: there is no {language!r}; there are {', '.join(LANGUAGES)}{near_miss(language, LANGUAGES)}"
        raise InputProblem([text], exit_code=2)
    return language


def report_folder(template: str | None, logo: str | None) -> ReportFolder:
    """What `--template` and `--logo` name."""
    from charter.reports.errors import ReportError
    from charter.reports.report_folder import read_report_folder

    try:
        return read_report_folder(
            None if template is None else Path(template), logo=None if logo is None else Path(logo)
        )
    except ReportError as error:
        raise InputProblem([str(error)]) from error
