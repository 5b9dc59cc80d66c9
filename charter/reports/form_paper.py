"""The form on paper: one staff member's own view, ticked with a pen, without a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from charter.i18n import Translator, translator
from charter.reports.common import group_code, in_language
from charter.reports.form_wording import concerns
from charter.reports.notices import notices
from charter.reports.render import report
from charter.reports.report_folder import SHIPPED, ReportFolder
from charter.reports.spoken import pack_mark
from questionnaires.model import Criterion, Group, Pack, Scale

MOST_BOXES_BESIDE = 9
"""With more boxes than these in a row, they go below the text instead of beside it."""
SIGN_DONT_KNOW = "?"
SIGN_NOT_APPLICABLE = "–"


@dataclass(frozen=True, slots=True)
class Question:
    """A criterion and the conditions, in words, under which it is asked."""

    criterion: Criterion
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Questions of one group that stand in one table, because they have the same scale."""

    scale: Scale
    questions: tuple[Question, ...]

    @property
    def boxes(self) -> tuple[str, ...]:
        """What is printed in the boxes of each question."""
        return (*(str(value) for value in self.scale.values), SIGN_DONT_KNOW, SIGN_NOT_APPLICABLE)

    @property
    def beside(self) -> bool:
        return len(self.boxes) <= MOST_BOXES_BESIDE


def form_paper(pack: Pack, *, language: str, folder: ReportFolder = SHIPPED) -> bytes:
    """The PDF in `language` (one of `i18n.LANGUAGES`); texts that the pack lacks in it are in its own, which is said.

    `folder` says how it looks. ReportError if it cannot be made; ValueError for an unknown language.
    """
    return report("form", form_context(pack, language=language), language=language, folder=folder)


def form_context(pack: Pack, *, language: str) -> dict[str, Any]:
    """What the template shows."""
    words = translator(language)
    shown = in_language(pack, language)
    sections = [(group, list(_blocks(shown, group, words))) for group in shown.all_groups if group.criteria]
    used = {criterion.scale.id: criterion.scale for criterion in shown.criteria}
    return {
        "pack": shown,
        "foreign": pack_mark(shown, within=language),
        "notices": notices(pack, words),
        "scales": list(used.values()),
        "sections": sections,
        "parents": {inner.id: group for group in shown.all_groups for inner in group.groups},
        "code": group_code,
        "dont_know": SIGN_DONT_KNOW,
        "not_applicable": SIGN_NOT_APPLICABLE,
    }


def _blocks(pack: Pack, group: Group, words: Translator) -> Iterator[Block]:
    for _, criteria in groupby(group.criteria, key=lambda criterion: criterion.scale.id):
        questions = tuple(Question(each, tuple(concerns(pack, each, words))) for each in criteria)
        yield Block(questions[0].criterion.scale, questions)
