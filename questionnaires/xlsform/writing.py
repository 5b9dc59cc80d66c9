"""A pack as an XLSForm: questions that ODK and KoboToolbox can ask, and one sheet for what they have no words for."""

from __future__ import annotations

from collections.abc import Callable

from questionnaires.conditions import Condition
from questionnaires.model import Criterion, Fact, FactType, Group, Pack
from questionnaires.xlsform.carried import HEADINGS, SHEET, Carrier
from questionnaires.xlsform.names import (
    CRITERION,
    FACT,
    GROUP,
    ID_COLUMN,
    NOTE,
    PART_COLUMN,
    PROFILE,
    REASON,
    FormNames,
)
from questionnaires.xlsform.relevance import relevant_when
from questionnaires.xlsform.sheets import SheetOut, make_workbook
from questionnaires.xlsform.texts import MOST_CHARACTERS, hint_cell, label_cell, level_cell
from questionnaires.xlsform.words import NO, NOT_APPLICABLE, YES, english_name, has_words, headings, word

YES_NO = "yes_no"

_TYPES = {FactType.CHOICE: "select_one", FactType.CHOICES: "select_multiple", FactType.INTEGER: "integer"}


def write_xlsform(pack: Pack) -> tuple[bytes, tuple[str, ...]]:
    """The workbook (.xlsx) of `pack` in all its languages, and in plain sentences what a form made from it cannot do.

    Reading the workbook back with `read_xlsform` gives the same pack again; those sentences are about ODK and Kobo.
    """
    return _Writer(pack).write()


class _Writer:
    def __init__(self, pack: Pack) -> None:
        self._pack = pack
        self._headings = headings(pack.languages)
        self._packs = {heading: pack.translated(tag) for tag, heading in self._headings.items()}
        self._carrier = Carrier(pack, self._headings)
        self._notes: list[str] = []
        self._cut: list[str] = []
        texts = [f"{column}::{heading}" for column in ("label", "hint") for heading in self._packs]
        logic = ["relevant", "required", "constraint"]
        columns = ["type", "name", *texts, *logic, PART_COLUMN, ID_COLUMN]
        self._survey = SheetOut("survey", columns, wide=("label", "hint", "relevant"))
        labels = [f"label::{heading}" for heading in self._packs]
        self._choices = SheetOut("choices", ["list_name", "name", *labels], wide=("label",))
        names = FormNames()
        self._names = self._give_names(names)
        self._profile = names.give("profile")
        self._extra = {
            (criterion.id, part): names.give(f"{self._names[criterion.id]}_{part}")
            for criterion in pack.criteria
            for part in (REASON, NOTE)
        }
        lists = FormNames()
        self._yes_no = lists.give(YES_NO)
        self._scale_lists = {scale_id: lists.give(scale_id) for scale_id in pack.scales}
        self._fact_lists = {name: lists.give(name) for name, fact in pack.profile.items() if fact.options}

    def write(self) -> tuple[bytes, tuple[str, ...]]:
        pack = self._pack
        if pack.profile:
            self._row("begin_group", self._profile, PROFILE, "", label=lambda each: word(PROFILE, each.language))
            for fact in pack.profile.values():
                self._fact(fact)
            self._survey.rows.append(["end_group"])
        for group in pack.groups:
            self._group(group)
        self._lists()
        source = self._headings[pack.language]
        settings = SheetOut("settings", ["form_title", "form_id", "version", "default_language"])
        settings.rows.append([pack.title[:MOST_CHARACTERS], pack.id, pack.version[:MOST_CHARACTERS], source])
        charter = SheetOut(SHEET, HEADINGS, list(self._carrier.everything(self._scale_lists)), wide=("value",))
        self._tell()
        return make_workbook([self._survey, self._choices, settings, charter]), tuple(self._notes)

    def _give_names(self, names: FormNames) -> dict[str, str]:
        """The form's name of every fact, group and criterion."""
        ids = [*self._pack.profile, *(group.id for group in self._pack.all_groups)]
        return {each: names.give(each) for each in [*ids, *(criterion.id for criterion in self._pack.criteria)]}

    def _row(
        self,
        kind: str,
        name: str,
        part: str,
        of: str,
        *,
        label: Callable[[Pack], str],
        hint: Callable[[Pack], str] = lambda pack: "",
        relevant: str = "",
        required: str = "",
        constraint: str = "",
    ) -> None:
        texts = [get(pack) for get in (label, hint) for pack in self._packs.values()]
        self._survey.rows.append([kind, name, *texts, relevant, required, constraint, part, of])

    def _fact(self, fact: Fact) -> None:
        name = self._names[fact.id]
        kind = f"select_one {self._yes_no}" if fact.type is FactType.BOOLEAN else _TYPES[fact.type]
        if fact.options:
            kind = f"{kind} {self._fact_lists[fact.id]}"
        constraint = f". >= {fact.minimum}" if fact.minimum is not None else ""
        label = self._label(lambda pack: pack.profile[fact.id].title)
        self._row(kind, name, FACT, fact.id, label=label, constraint=constraint)

    def _group(self, group: Group) -> None:
        self._row(
            "begin_group",
            self._names[group.id],
            GROUP,
            group.id,
            label=self._label(lambda pack: pack.group(group.id).title),
            relevant=self._relevant(GROUP, group.id, group.applies_when),
        )
        for inner in group.groups:
            self._group(inner)
        for criterion in group.criteria:
            self._criterion(criterion)
        self._survey.rows.append(["end_group"])

    def _criterion(self, criterion: Criterion) -> None:
        name, of = self._names[criterion.id], criterion.id

        def hint(pack: Pack) -> str:
            here = pack.criterion(of)
            whole = hint_cell(here.guidance, here.evidence)
            if len(whole) >= MOST_CHARACTERS:
                self._cut.append(of)
            return whole

        self._row(
            f"select_one {self._scale_lists[criterion.scale.id]}",
            name,
            CRITERION,
            of,
            label=self._label(lambda pack: pack.criterion(of).title),
            hint=hint,
            relevant=self._relevant(CRITERION, of, criterion.applies_when),
        )
        # An unanswered question is no text at all, so both stay away with the criterion that does not apply.
        self._row(
            "text",
            self._extra[of, REASON],
            REASON,
            of,
            label=lambda pack: word(REASON, pack.language),
            relevant=f"${{{name}}} = '{NOT_APPLICABLE}'",
            required="yes",
        )
        self._row(
            "text",
            self._extra[of, NOTE],
            NOTE,
            of,
            label=lambda pack: word(NOTE, pack.language),
            relevant=f"${{{name}}} != '' and ${{{name}}} != '{NOT_APPLICABLE}'",
        )

    def _relevant(self, part: str, of: str, condition: Condition | None) -> str:
        if condition is None:
            return ""
        expression = relevant_when(condition, self._names, self._pack.profile)
        if len(expression) > MOST_CHARACTERS:
            self._notes.append(
                f"The condition of the {part} {of} is too long for a cell; the form asks it of everybody. "
                f"The sheet {SHEET} keeps it."
            )
            expression = ""
        self._carrier.relevance(part, of, expression, condition)
        return expression

    def _label(self, get: Callable[[Pack], str]) -> Callable[[Pack], str]:
        def label(pack: Pack) -> str:
            text = get(pack)
            if len(text) >= MOST_CHARACTERS:
                self._cut.append(text[:30])
            return label_cell(text)

        return label

    def _lists(self) -> None:
        rows = self._choices.rows
        packs = self._packs.values()
        for scale_id, name in self._scale_lists.items():
            for value in self._pack.scales[scale_id].values:
                levels = [pack.scales[scale_id].level(value) for pack in packs]
                cells = [label_cell(level_cell(each.title, each.description)) for each in levels]
                rows.append([name, str(value), *cells])
            rows.append([name, NOT_APPLICABLE, *(word(NOT_APPLICABLE, pack.language) for pack in packs)])
        for fact_id, name in self._fact_lists.items():
            rows.extend(
                [name, option, *(label_cell(pack.profile[fact_id].options[option]) for pack in packs)]
                for option in self._pack.profile[fact_id].options
            )
        if any(fact.type is FactType.BOOLEAN for fact in self._pack.profile.values()):
            rows.extend([self._yes_no, each, *(word(each, pack.language) for pack in packs)] for each in (YES, NO))

    def _tell(self) -> None:
        """What whoever works with the form alone will miss."""
        pack = self._pack
        self._notes.insert(
            0,
            "Weights, bands, thresholds, essential criteria, clauses, actions, translated titles of the form and "
            f"whether a text was reviewed have no place in a form; the sheet {SHEET} keeps them.",
        )
        several = [fact.id for fact in pack.profile.values() if fact.type is FactType.CHOICES]
        if several:
            self._notes.append(f"A form cannot tell “none of them” from “not answered” for {', '.join(several)}.")
        if self._cut:
            self._notes.append(
                f"Texts longer than {MOST_CHARACTERS} characters are cut in the form ({', '.join(self._cut[:5])}); "
                f"the sheet {SHEET} keeps them whole."
            )
        for tag in pack.languages:
            if not has_words(tag):
                self._notes.append(f"“Not applicable”, “Note” and the like stand in English in the language {tag}.")
            if english_name(tag) is None:
                self._notes.append(f"The language {tag} is not known to ODK and KoboToolbox, which will warn of it.")
        self._notes.extend(self._carrier.notes)
