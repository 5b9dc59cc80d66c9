"""Puts a raw pack together from the tree of a form and from what the sheet `charter` adds to it."""

from __future__ import annotations

from typing import Any

from questionnaires.grammar import RESERVED
from questionnaires.source import YamlMap
from questionnaires.xlsform.carried_in import CarriedIn
from questionnaires.xlsform.conditions import Subject, condition_of
from questionnaires.xlsform.expressions import NotCarried, UnknownName
from questionnaires.xlsform.findings import Cell, Findings, listed
from questionnaires.xlsform.names import PackIds
from questionnaires.xlsform.places import listing, mapping, moved, put
from questionnaires.xlsform.raw_texts import RawTexts
from questionnaires.xlsform.roles import Role, assign_roles
from questionnaires.xlsform.scales import Levels, levels_of, minimum_of, options_of
from questionnaires.xlsform.survey import Choice, Form, Question, Section, answer_of, is_yes_no
from questionnaires.xlsform.words import NO, YES

MAX_CONDITIONS = 300_000
"""Characters of all conditions of a form that are read."""
_OF_THE_FORM = ("relevant", "list", "type")
"""Keys of the sheet `charter` that help to read the form and are no part of a pack."""


class Assembler:
    """Fills profile, scales and groups of a raw pack."""

    def __init__(self, form: Form, carried: CarriedIn, texts: RawTexts, findings: Findings) -> None:
        self._form = form
        self._carried = carried
        self._texts = texts
        self._findings = findings
        self._roles = assign_roles(form, findings)
        self._ids = PackIds((*RESERVED, "name"))
        self._given: dict[int, str] = {}
        self._subjects: dict[str, Subject] = {}
        self._scale_ids: dict[str, str] = {}
        self._levels: dict[str, Levels | None] = {}
        self._options: dict[str, dict[str, Choice]] = {}
        self._approximate: list[str] = []
        self._characters_left = MAX_CONDITIONS
        self.profile = mapping(Cell("", "survey", 0))
        self.scales = mapping(Cell("", "choices", 0))
        self.groups = listing(Cell("", "survey", 0), [])

    def run(self) -> None:
        """Do it; `profile`, `scales` and `groups` are then complete."""
        self._own_ids()
        self._own_scales()
        for section in self._form.root.sections():
            for question in section.questions:
                if self._roles[id(question)] is Role.FACT:
                    self._fact(question)
        root = self._form.root
        for child in self._groups_of(root, self._root_group(root)):
            self.groups.append(child)
            self.groups.item_at.append(child.at)
        if not self.groups:
            self._findings.problem("the form has no question that can be rated: none that takes one choice of several")
        if self._approximate:
            self._findings.note(
                "in a form a question stays hidden until the answers it depends on are given, in a pack it is asked "
                f"until they exclude it; so it will be for {listed(self._approximate)}"
            )

    # ids

    def _own_ids(self) -> None:
        """Ids that the form states come first, so that no other part takes them."""
        for section in self._form.root.sections():
            parts: list[Section | Question] = [section, *section.questions]
            for part in parts:
                if part.id is not None and part.part in ("group", "fact", "criterion"):
                    self._given[id(part)] = part.id.text
                    if not self._ids.take(part.id.text):
                        self._findings.problem(f"the id {part.id.text[:60]} stands twice", part.id)

    def _id(self, part: Section | Question, name: Cell) -> str:
        if id(part) not in self._given:
            given = self._ids.give(name.text, "part")
            if given.casefold() != name.text.casefold():
                self._findings.note(f"{name.text[:60]} is called {given}", name)
            self._given[id(part)] = given
        return self._given[id(part)]

    def _learn(self, name: Cell, subject: Subject) -> None:
        # Names that stand in several groups mean nothing in an expression.
        if len(self._form.names.get(name.text, ())) == 1:
            self._subjects[name.text] = subject

    # facts

    def _fact(self, question: Question) -> None:
        fact_id = self._id(question, question.name)
        fact = mapping(question.name)
        part = ("fact", fact_id)
        self._carried.use(*part)
        path = ("profile", fact_id)
        self._texts.label(fact, path, question.labels, part, question.name)
        kind = self._kind(question, fact_id)
        put(fact, "type", kind, question.name)
        if kind in ("choice", "choices"):
            choices = self._fact_options(fact, path, question)
        elif kind == "boolean":
            answers = {YES: True, NO: False}
            choices = {c.name.text: answers[answer_of(c) or NO] for c in self._form.lists[question.list_name]}
        else:
            choices = {}
            if (minimum := minimum_of(question.constraint, self._findings)) is not None:
                put(fact, "minimum", minimum, question.constraint or question.name)
        if question.relevant is not None:
            self._findings.note("whether a fact is asked cannot depend on others; it always is", question.relevant)
        put(self.profile, fact_id, fact, question.name)
        self._learn(question.name, Subject(fact_id, kind, choices))

    def _kind(self, question: Question, fact_id: str) -> str:
        if question.kind != "select_one":
            return {"select_multiple": "choices", "integer": "integer"}[question.kind]
        known = self._carried.cell("fact", fact_id, "type")
        yes_no = is_yes_no(self._form.lists[question.list_name])
        if known is not None and (known.text == "choice" or not yes_no):
            return "choice"
        return "boolean" if yes_no else "choice"

    def _fact_options(self, fact: YamlMap, path: tuple[str, str], question: Question) -> dict[str, Any]:
        name = question.list_name
        if name not in self._options:
            self._options[name] = options_of(name, self._form.lists[name], self._findings)
        options = mapping(question.name)
        for option, choice in self._options[name].items():
            part = ("option", f"{path[1]}/{option}")
            self._texts.option(options, (*path, "options", option), choice.labels, part, choice.name)
        put(fact, "options", options, question.name)
        return {choice.name.text: option for option, choice in self._options[name].items()}

    # scales

    def _own_scales(self) -> None:
        for scale_id in dict.fromkeys(self._carried.ids("scale")):
            cell = self._carried.cell("scale", scale_id, "list")
            if cell is not None and cell.text in self._form.lists:
                self._scale_ids[cell.text] = scale_id
                self._scale(cell.text)

    def _scale(self, list_name: str) -> Levels | None:
        if list_name in self._levels:
            return self._levels[list_name]
        choices = self._form.lists[list_name]
        ours = list_name in self._scale_ids
        levels = self._levels[list_name] = levels_of(list_name, choices, self._findings, ours=ours)
        if levels is None:
            return None
        taken = PackIds(tuple(self._scale_ids.values()))
        scale_id = self._scale_ids.setdefault(list_name, taken.give(list_name, "scale"))
        at = choices[0].name
        scale = mapping(at)
        self._carried.use("scale", scale_id)
        kept = {tag: (cell.text, cell) for tag, cell in self._carried.texts("scale", scale_id, "title").items()}
        source = self._texts.source
        fallback = Cell(list_name, at.sheet, at.row)
        self._texts.add(scale, ("scales", scale_id, "title"), kept or {source: (list_name, fallback)}, fallback)
        entries = []
        for value, choice in levels.levels:
            level = mapping(choice.name)
            put(level, "value", value, choice.name)
            part = ("level", f"{scale_id}/{value}")
            self._texts.level(level, ("scales", scale_id, "levels", value), choice.labels, part, choice.name)
            entries.append(level)
        put(scale, "levels", listing(at, entries), at)
        put(self.scales, scale_id, scale, at)
        return levels

    # groups and criteria

    def _root_group(self, root: Section) -> Section:
        """The group that questions outside of all groups are put into."""
        return Section(Cell("questions", "survey", 0), {}, None, "", None, list(root.questions))

    def _groups_of(self, section: Section, wrapper: Section) -> list[YamlMap]:
        """The groups of a section, in order; ratings beside them go into a group of their own."""
        groups: list[YamlMap] = []
        wrapped: YamlMap | None = None
        for child in section.children:
            if isinstance(child, Section):
                group = self._group(child)
            elif wrapped is None and self._roles[id(child)] is Role.CRITERION:
                group = wrapped = self._group(wrapper)
            else:
                continue
            if group is not None:
                groups.append(group)
        return groups

    def _group(self, section: Section) -> YamlMap | None:
        name = section.name or Cell("", "survey", 0)
        rated = [q for q in section.questions if self._roles[id(q)] is Role.CRITERION]
        inner = [child for child in section.children if isinstance(child, Section)]
        if not self._holds_ratings(section):
            if section.relevant is not None:
                self._findings.note("the group has no ratings, so its condition is not carried", section.relevant)
            return None
        group = mapping(name)
        group_id = self._id(section, name)
        put(group, "id", group_id, section.id or name)
        part = ("group", group_id)
        self._texts.label(group, ("groups", group_id), section.labels, part, name)
        self._condition(group, part, section.relevant)
        self._carried.fill(group, *part, without=(*_OF_THE_FORM, "applies_when"))
        if inner and any(self._holds_ratings(each) for each in inner):
            wrapper = Section(Cell(f"{name.text}-questions", name.sheet, name.row), section.labels)
            wrapper.children.extend(rated)
            if rated:
                self._findings.note("the ratings beside the groups in it are put into a group of their own", name)
            put(group, "groups", listing(name, self._groups_of(section, wrapper)), name)
        else:
            criteria = [self._criterion(question) for question in rated]
            put(group, "criteria", listing(name, [each for each in criteria if each is not None]), name)
        return group

    def _holds_ratings(self, section: Section) -> bool:
        questions = (question for each in section.sections() for question in each.questions)
        return any(
            self._roles[id(question)] is Role.CRITERION and self._scale(question.list_name) is not None
            for question in questions
        )

    def _criterion(self, question: Question) -> YamlMap | None:
        levels = self._scale(question.list_name)
        if levels is None:
            self._findings.note("left out: its list is no scale", question.name)
            return None
        criterion = mapping(question.name)
        criterion_id = self._id(question, question.name)
        part = ("criterion", criterion_id)
        path = ("criteria", criterion_id)
        put(criterion, "id", criterion_id, question.id or question.name)
        self._texts.label(criterion, path, question.labels, part, question.name)
        self._texts.hint(criterion, path, question.hints, part)
        put(criterion, "scale", self._scale_ids[question.list_name], question.name)
        self._condition(criterion, part, question.relevant)
        without = (*_OF_THE_FORM, "applies_when", "guidance", "evidence", "title")
        self._carried.fill(criterion, *part, without=without)
        if question.constraint is not None:
            self._findings.note("constraints of ratings are not carried", question.constraint)
        self._learn(question.name, Subject(criterion_id, "rating", levels.values, levels.counts))
        return criterion

    def _condition(self, target: YamlMap, part: tuple[str, str], relevant: Cell | None) -> None:
        written = self._carried.cell(*part, "relevant")
        kept = self._carried.cell(*part, "applies_when")
        if kept is not None and written is not None and written.text == (relevant.text if relevant else ""):
            put(target, "applies_when", self._carried.value("applies_when", kept), relevant or kept)
            return
        if relevant is None:
            return
        self._characters_left -= len(relevant.text)
        try:
            if self._characters_left < 0:
                raise NotCarried(f"all conditions together have more than {MAX_CONDITIONS} characters")
            carried = condition_of(relevant.text, self._subjects, self._form.names, self._findings.near_miss)
        except UnknownName as error:
            self._findings.problem(str(error), relevant)
        except NotCarried as error:
            self._findings.note(f"the condition is not carried, so this is always asked: {error}", relevant)
        else:
            put(target, "applies_when", _placed(carried.condition, relevant), relevant)
            if not carried.exact:
                self._approximate.append(part[1])


def _placed(raw: Any, cell: Cell) -> Any:
    """A condition of plain dictionaries and lists as one with places."""
    if isinstance(raw, dict):
        result = mapping(cell)
        for key, value in raw.items():
            put(result, key, _placed(value, cell), cell)
        return result
    if isinstance(raw, list):
        return listing(cell, [_placed(item, cell) for item in raw])
    return moved(raw, cell)
