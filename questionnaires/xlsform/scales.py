"""Choice lists as scales and as options."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from questionnaires.xlsform.findings import Cell, Findings
from questionnaires.xlsform.names import PackIds
from questionnaires.xlsform.survey import Choice, answer_of, is_yes_no
from questionnaires.xlsform.words import NO, NOT_APPLICABLE, YES

_WHOLE = re.compile(r"-?[0-9]{1,4}")
_NO_LEVEL = re.compile(
    r"not[-_ ]?applicable|n[-_/. ]?a|dont[-_ ]?know|do[-_ ]not[-_ ]know|dk|unknown|refused|prefer[-_ ]not.*|other",
    re.IGNORECASE,
)
_CODES = ("77", "88", "97", "98", "99", "777", "888", "999", "-77", "-88", "-98", "-99")
"""What forms commonly number “don't know” and “refused” with."""


@dataclass(frozen=True)
class Levels:
    """The levels that a list gives, lowest first: (value, choice). `values`: choice name → value. `counts`: the names
    of the choices are the values."""

    levels: tuple[tuple[int, Choice], ...]
    counts: bool

    @property
    def values(self) -> Mapping[str, int]:
        return {choice.name.text: value for value, choice in self.levels}


def is_numbered(choices: Sequence[Choice]) -> bool:
    """Whether the choices are whole numbers, those apart that stand for no level."""
    rated = _rated(choices)
    return len(rated) > 1 and _all_numbers(rated)


def levels_of(list_name: str, choices: Sequence[Choice], findings: Findings, *, ours: bool = False) -> Levels | None:
    """The levels of a list; None, with a note, if it has not two. `ours`: all choices but one are sure to be levels."""
    if not ours and is_yes_no(choices):
        answers = {answer_of(choice): choice for choice in choices}
        return Levels(((0, answers[NO]), (1, answers[YES])), False)
    rated = [choice for choice in choices if choice.name.text != NOT_APPLICABLE] if ours else _rated(choices)
    at = choices[0].name
    if len(rated) < 2:
        findings.note(f"the list {list_name[:60]} has fewer than two choices that can be levels, so it is no scale", at)
        return None
    dropped = [c.name.text for c in choices if c not in rated and c.name.text != NOT_APPLICABLE]
    if dropped:
        findings.note(f"no levels of the scale {list_name[:60]}, but answers apart: {', '.join(dropped)}", at)
    if not _all_numbers(rated):
        findings.note(
            f"the choices of {list_name[:60]} are no numbers; they are numbered from 0 in the order of the list, so "
            "look whether the lowest stands first",
            at,
        )
        return Levels(tuple(enumerate(rated)), False)
    numbers = [int(choice.name.text) for choice in rated]
    if len(set(numbers)) < len(numbers):
        findings.problem(f"two choices of {list_name[:60]} are the same number", at)
        return None
    if numbers != sorted(numbers):
        findings.note(f"the choices of {list_name[:60]} are put in rising order, the lowest number first", at)
    return Levels(tuple(sorted(zip(numbers, rated, strict=True), key=lambda pair: pair[0])), True)


def options_of(list_name: str, choices: Sequence[Choice], findings: Findings) -> dict[str, Choice]:
    """The options that a list gives, by id."""
    ids = PackIds(())
    options: dict[str, Choice] = {}
    for choice in choices:
        option = ids.give(choice.name.text, "option")
        if option != choice.name.text:
            findings.note(f"the choice {choice.name.text[:60]} of {list_name[:60]} is called {option}", choice.name)
        options[option] = choice
    return options


def minimum_of(constraint: Cell | None, findings: Findings) -> int | None:
    """The minimum that a constraint such as `. >= 0` sets."""
    if constraint is None:
        return None
    found = re.fullmatch(r"\.\s*(>=?)\s*(-?\d{1,9})", constraint.text)
    if found is None:
        text = constraint.text[:80]
        findings.note(f"the constraint “{text}” is not carried; only a minimum, as in . >= 0, can be", constraint)
        return None
    return int(found[2]) + (found[1] == ">")


def _all_numbers(choices: Sequence[Choice]) -> bool:
    names = [choice.name.text for choice in choices]
    return all(_WHOLE.fullmatch(name) and abs(int(name)) <= 1_000 for name in names)


def _rated(choices: Sequence[Choice]) -> list[Choice]:
    """The choices that may be levels."""
    left = [choice for choice in choices if not _NO_LEVEL.fullmatch(choice.name.text)]
    numbers = [choice for choice in left if choice.name.text not in _CODES]
    # 99 is “don't know” beside a handful of small numbers, and a level among large ones.
    small = all(_WHOLE.fullmatch(c.name.text) and abs(int(c.name.text)) <= 12 for c in numbers)
    return numbers if small and len(numbers) > 1 else left
