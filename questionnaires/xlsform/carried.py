"""What a form has no place for, as rows of the sheet `charter`: part, id, key, language, value.

A value longer than a cell goes on in the next row. Lists, mappings and conditions are JSON.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from questionnaires.conditions import Condition
from questionnaires.loader import read_standard
from questionnaires.model import Action, Clause, Criterion, Defaults, Group, Pack, Standard
from questionnaires.places import project_standards
from questionnaires.problems import Problems
from questionnaires.xlsform.raw import names_nothing, number, raw_condition, wording
from questionnaires.xlsform.texts import (
    MOST_CHARACTERS,
    hint_cell,
    label_cell,
    level_cell,
    plain_text,
    read_hint_cell,
    read_level_cell,
)

SHEET = "charter"
HEADINGS = ("part", "id", "key", "language", "value")
FORMAT = "1"
Row = tuple[str, str, str, str, str]


class Carrier:
    """Collects the rows for one pack. `notes` are sentences on what not even these rows hold."""

    def __init__(self, pack: Pack, headings: Mapping[str, str]) -> None:
        self.rows: list[Row] = []
        self.notes: list[str] = []
        self._pack = pack
        self._put("form", "", "format", FORMAT)
        for tag, heading in headings.items():
            self._put("language", tag, "heading", heading)

    def everything(self, lists: Mapping[str, str]) -> list[Row]:
        """All rows. `lists`: the form's list of each scale."""
        self._head()
        for scale_id, scale in self._pack.scales.items():
            self._put("scale", scale_id, "list", lists[scale_id])
            self._texts("scale", scale_id, "title", lambda pack, of=scale_id: pack.scales[of].title)
            for level in scale.levels:
                self._level(scale_id, level.value)
        for band in self._pack.bands:
            self._put("band", band.id, "from", number(band.start))
            self._texts("band", band.id, "title", lambda pack, of=band.id: pack.band(of).title)
        for name, fact in self._pack.profile.items():
            self._put("fact", name, "type", fact.type)
            for option in fact.options:
                get = lambda pack, of=name, one=option: pack.profile[of].options[one]  # noqa: E731
                self._label("option", f"{name}/{option}", get)
            self._label("fact", name, lambda pack, of=name: pack.profile[of].title)
        for group in self._pack.all_groups:
            self._group(group)
        for criterion in self._pack.criteria:
            self._criterion(criterion)
        for action in self._pack.actions:
            self._action(action)
        for standard in self._pack.standards:
            if not _is_project_standard(standard):
                self._standard(standard)
        return self.rows

    def relevance(self, part: str, of: str, expression: str, condition: Condition) -> None:
        """The condition in full, and the expression that it stands behind as long as nobody changes it."""
        self._put(part, of, "relevant", expression)
        self._put(part, of, "applies_when", _json(raw_condition(condition)))

    def _put(self, part: str, of: str, key: str, value: str, language: str = "") -> None:
        for start in range(0, max(len(value), 1), MOST_CHARACTERS):
            self.rows.append((part, of, key, language, value[start : start + MOST_CHARACTERS]))

    def _texts(self, part: str, of: str, key: str, get: Any, *, translations_only: bool = False) -> None:
        source = get(self._pack)
        if source is not None and not translations_only:
            self._put(part, of, key, source, self._pack.language)
        for language, translated in self._pack.translations.items():
            text = get(translated)
            if text is not None and text != source:
                self._put(part, of, key, text, language)

    def _head(self) -> None:
        pack = self._pack
        self._put("pack", "", "status", pack.status)
        if pack.source is not None:
            self._put("pack", "", "source", pack.source)
        if pack.essential_cap is not None:
            self._put("pack", "", "essential_cap", pack.essential_cap)
        self._texts("pack", "", "title", lambda each: each.title)
        self._texts("pack", "", "description", lambda each: each.description)
        for language in pack.languages:
            translated = pack.translated(language)
            self._put("pack", "", "wording", wording(translated), language)
            self._put("pack", "", "reviewed", _json(translated.reviewed), language)
        for key in Defaults.__slots__:
            value = getattr(pack.defaults, key)
            if value is not None:
                self._put("defaults", "", key, value if isinstance(value, str) else number(value))

    def _label(self, part: str, of: str, get: Any) -> None:
        """The original where a label of the form cannot say the same."""
        for language in self._pack.languages:
            text = get(self._pack.translated(language))
            if plain_text(label_cell(text))[0] != text:
                self._put(part, of, "title", text, language)

    def _level(self, scale_id: str, value: int) -> None:
        for language in self._pack.languages:
            level = self._pack.translated(language).scales[scale_id].level(value)
            cell = level_cell(level.title, level.description)
            if read_level_cell(plain_text(label_cell(cell))[0]) != (level.title, level.description):
                self._put("level", f"{scale_id}/{value}", "title", level.title, language)
                self._put("level", f"{scale_id}/{value}", "description", level.description or "", language)

    def _group(self, group: Group) -> None:
        self._label("group", group.id, lambda pack: pack.group(group.id).title)
        if group.weight != self._pack.defaults.weight:
            self._put("group", group.id, "weight", number(group.weight))

    def _criterion(self, criterion: Criterion) -> None:
        put, name, defaults = self._put, criterion.id, self._pack.defaults
        self._label("criterion", name, lambda pack: pack.criterion(name).title)
        for language in self._pack.languages:
            here = self._pack.translated(language).criterion(name)
            if read_hint_cell(plain_text(hint_cell(here.guidance, here.evidence))[0]) != (here.guidance, here.evidence):
                put("criterion", name, "guidance", here.guidance or "", language)
                put("criterion", name, "evidence", _json(here.evidence), language)
        if criterion.kind is not None:
            put("criterion", name, "kind", criterion.kind)
        if criterion.weight != defaults.weight:
            put("criterion", name, "weight", number(criterion.weight))
        if criterion.essential:
            put("criterion", name, "essential", "true")
        if criterion.essential_from != defaults.essential_from:
            put("criterion", name, "essential_from", number(criterion.essential_from))
        if criterion.clauses:
            put("criterion", name, "clauses", _json([str(ref) for ref in criterion.clauses]))
        if criterion.renamed_from:
            put("criterion", name, "renamed_from", _json(criterion.renamed_from))

    def _action(self, action: Action) -> None:
        put, name, defaults = self._put, action.id, self._pack.defaults
        for key in ("title", "owner", "indicator"):
            self._texts("action", name, key, lambda pack, key=key: getattr(pack.action(name), key))
        put("action", name, "improves", _json(dict(action.improves)))
        if action.effort_days != defaults.effort_days:
            put("action", name, "effort_days", number(action.effort_days))
        if action.cost != Fraction(0):
            put("action", name, "cost", number(action.cost))
        if action.duration_months != defaults.duration_months:
            put("action", name, "duration_months", number(action.duration_months))
        for key in ("after", "trainings", "resources"):
            if values := getattr(action, key):
                put("action", name, key, _json(values))

    def _standard(self, standard: Standard) -> None:
        put, name = self._put, standard.id
        languages = {
            language: self._pack.translated(language).standard(name)
            for language in self._pack.languages
            if language == self._pack.language or self._pack.translated(language).standard(name).language == language
        }
        for key in ("version", "status", "language", "adopted", "source", "remedy_days"):
            if (value := getattr(standard, key)) is not None:
                put("standard", name, key, str(value))
        if standard.binding:
            put("standard", name, "binding", "true")
        for each in languages.values():
            for key in ("title", "authority"):
                if (text := getattr(each, key)) is not None:
                    put("standard", name, key, text, each.language)
        for clause in standard.clauses:
            self._clause(standard, clause, [each for each in languages.values() if each is not standard])

    def _clause(self, standard: Standard, clause: Clause, translations: list[Standard]) -> None:
        put, name = self._put, f"{standard.id}/{clause.id}"
        put("clause", name, "title", clause.title, standard.language)
        if clause.number is not None:
            put("clause", name, "number", clause.number)
        if clause.met_from is not None:
            put("clause", name, "met_from", number(clause.met_from))
        if clause.text is not None:
            put("clause", name, "text", clause.text, standard.language)
        for other in translations:
            for key in ("title", "text"):
                text = getattr(other.clause(clause.id), key)
                if text is not None and text != getattr(clause, key):
                    put("clause", name, key, text, other.language)
        if clause.applies_when is not None and names_nothing(clause.applies_when):
            self.notes.append(
                f"When clause {clause.id} of the standard {standard.id} applies is not carried: it depends on "
                "something that the pack does not ask."
            )
        elif clause.applies_when is not None:
            put("clause", name, "applies_when", _json(raw_condition(clause.applies_when)))


def _is_project_standard(standard: Standard) -> bool:
    """Whether every pack finds this very standard with the project, so that no copy of it has to travel."""
    path = project_standards().get(standard.id)
    source = read_standard(path, Problems()) if path is not None else None
    if source is None:
        return False
    # Conditions are compiled for each pack anew, and so are no part of what makes the standard.
    return _without_conditions(source.build(standard.language)) == _without_conditions(standard)


def _without_conditions(standard: Standard) -> tuple[Standard, list[Clause]]:
    clauses = [replace(clause, applies_when=None) for clause in standard.clauses]
    return replace(standard, clauses=()), clauses


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
