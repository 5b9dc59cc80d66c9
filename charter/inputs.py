"""What commands are given: a pack, answers, a language. What is wrong with them ends the command, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from charter.console import InputProblem, read_input

if TYPE_CHECKING:
    from questionnaires import Pack
    from scoring import Answers, Result


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
