"""Which questions of a form are criteria and which are facts about an organization.

Our own forms say so. For the others: what can be put on a scale is rated, and what stands among questions that nobody
rates describes the organization.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator

from questionnaires.xlsform.findings import Findings, listed
from questionnaires.xlsform.scales import is_numbered
from questionnaires.xlsform.survey import Form, Question, Section, is_yes_no


class Role(enum.Enum):
    """What becomes of a question."""

    CRITERION = "criterion"
    FACT = "fact"
    LEFT_OUT = "left out"


def assign_roles(form: Form, findings: Findings) -> dict[int, Role]:
    """The role of every question, by the `id` of the object."""
    roles: dict[int, Role] = {}
    others = [section for section in form.root.sections() if not _says_itself(section, roles)]
    numbered = any(_is(form, question, "numbered") for section in others for question in section.questions)
    worded = any(_is(form, question, "worded") for section in others if section.name for question in section.questions)
    rated_elsewhere = numbered or worded or Role.CRITERION in roles.values()
    asked = set(_asked(form.root))
    for section in others:
        _assign(form, section, roles, asked, rated_elsewhere=rated_elsewhere)
    _tell(form, roles, findings)
    return roles


def _says_itself(section: Section, roles: dict[int, Role]) -> bool:
    """Take over what the column `charter_part` says; whether nothing is left to find out."""
    for question in section.questions:
        if question.part == "criterion" and question.kind == "select_one":
            roles[id(question)] = Role.CRITERION
        elif question.part == "fact":
            roles[id(question)] = Role.FACT
    return all(id(question) in roles for question in section.questions)


def _is(form: Form, question: Question, sort: str) -> bool:
    return _sort(form, question) == sort


def _sort(form: Form, question: Question) -> str:
    """numbered, worded or yes-no for what takes one choice, else fact."""
    if question.kind != "select_one":
        return "fact"
    choices = form.lists[question.list_name]
    if is_yes_no(choices):
        return "yes-no"
    return "numbered" if is_numbered(choices) else "worded"


def _assign(form: Form, section: Section, roles: dict[int, Role], asked: set[str], *, rated_elsewhere: bool) -> None:
    open_questions = [question for question in section.questions if id(question) not in roles]
    sorts = {_sort(form, question) for question in open_questions}
    known = {roles[id(question)] for question in section.questions if id(question) in roles}
    if "numbered" in sorts or Role.CRITERION in known:
        rated = True
    elif "worded" in sorts and sorts == {"worded"}:
        rated = section.name is not None or not rated_elsewhere
    else:
        # Yes and no alone are rated only in a form that rates nothing else.
        rated = "yes-no" in sorts and not rated_elsewhere
    for question in open_questions:
        if question.kind == "select_one":
            roles[id(question)] = Role.CRITERION if rated else Role.FACT
        else:
            wanted = not rated or question.name.text in asked
            roles[id(question)] = Role.FACT if wanted else Role.LEFT_OUT


def _asked(root: Section) -> Iterator[str]:
    """The names that some `relevant` looks at."""
    for section in root.sections():
        cells = [section.relevant, *(question.relevant for question in section.questions)]
        for cell in cells:
            if cell is not None:
                yield from re.findall(r"\$\{\s*([^}\s]+)\s*\}", cell.text)


def _tell(form: Form, roles: dict[int, Role], findings: Findings) -> None:
    questions = [question for section in form.root.sections() for question in section.questions]
    taken = [q.name.text for q in questions if roles[id(q)] is Role.FACT and q.part != "fact"]
    left = [q.name.text for q in questions if roles[id(q)] is Role.LEFT_OUT]
    if taken:
        findings.note(f"taken as facts about the organization, not as criteria: {listed(taken)}")
    if left:
        findings.note(f"left out, because they stand among ratings and are none: {listed(left)}")
