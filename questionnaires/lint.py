"""What a careful reader would say of packs and standards: every error, and the warnings that do not refuse them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from questionnaires.compare import compare
from questionnaires.loader import (
    PackSource,
    StandardSource,
    TranslationSource,
    check_standard_conditions,
    read_pack,
    read_standard,
)
from questionnaires.places import find_standard
from questionnaires.problems import Problem, Problems
from questionnaires.reachability import reachable_criteria
from questionnaires.shapes import INVALID, Report
from questionnaires.source import YamlList, YamlMap
from questionnaires.texts import is_written, path_name, place_of


def lint(reference: str | Path, *, against: str | Path | None = None) -> tuple[Problem, ...]:
    """Everything to say about one pack (id or folder) or standard (id or file).

    With `against`, an earlier published version of the pack, also what would lose answers.
    """
    problems = Problems()
    standard = find_standard(str(reference))
    if standard is not None:
        found = read_standard(standard, problems)
        if found is not None:
            check_standard_conditions(found)
            _translations(found.texts, found.translations)
        return problems.sorted()
    source = read_pack(reference, problems)
    if source is not None:
        _warn(source)
    if source is not None and source.pack is not None and against is not None:
        old = read_pack(against, problems)
        if old is not None and old.pack is not None:
            compare(source, old.pack)
    return problems.sorted()


def _warn(source: PackSource) -> None:
    _same_titles(source)
    _unreachable(source)
    _unimproved(source)
    _translations(source.texts, source.translations)
    for name, standard in source.standards.items():
        _uncovered(source, name, standard)
        _translations(standard.texts, standard.translations)
        own_language = standard.raw.get("language")
        for language in source.translations:
            if language != own_language and language not in standard.translations:
                standard.report.add((0, 0), "standard-untranslated", id=name, language=language)


def _translations(texts: Mapping[Any, Any], translations: Mapping[str, TranslationSource]) -> None:
    for translation in translations.values():
        raw = translation.raw
        if not translation.reviewed and ("reviewed" in raw or "reviewed" not in raw.key_at):
            place = raw.key_at.get("reviewed", (1, 1))
            translation.report.add(place, "unreviewed")
        for path, text in texts.items():
            if path not in translation.texts and text is not INVALID and not is_written(translation.raw, path):
                translation.report.add(place_of(translation.raw, path), "untranslated", path=path_name(path))


def _same_titles(source: PackSource) -> None:
    index = source.index
    groups = _titles(index.groups.values())
    for what, entries in (
        ("group", groups),
        ("criterion", _titles(index.criteria.values())),
        ("action", _titles(index.actions.values())),
    ):
        seen: dict[str, tuple[str, int]] = {}
        for entry, title in entries:
            line = entry.value_at["title"][0]
            if title in seen:
                other, other_line = seen[title]
                place = entry.value_at["title"]
                source.report.add(place, "same-title", what=what, id=entry["id"], other=other, line=other_line)
            else:
                seen[title] = (entry["id"], line)


def _titles(entries: Iterable[YamlMap]) -> Iterator[tuple[YamlMap, str]]:
    for entry in entries:
        if "title" in entry:
            yield entry, " ".join(entry["title"].casefold().split())


def _unimproved(source: PackSource) -> None:
    actions = source.index.raw.get("actions", YamlList((0, 0)))
    if "actions" in source.index.illegible or any("improves" not in action for action in actions):
        return
    improved = {name for action in actions for name in action["improves"].key_at}
    for name, criterion in source.index.criteria.items():
        if name not in improved:
            source.report.add(criterion.at, "criterion-unimproved", id=name)


def _unreachable(source: PackSource) -> None:
    if source.pack is None:
        return
    reachable = reachable_criteria(source.pack)
    for name, criterion in source.index.criteria.items():
        if name not in reachable:
            source.report.add(criterion.at, "criterion-unreachable", id=name)
    for name, action in source.index.actions.items():
        if not reachable.intersection(action["improves"]):
            source.report.add(action.at, "action-unreachable", id=name)


def _uncovered(source: PackSource, name: str, standard: StandardSource) -> None:
    covered = {ref for criterion in source.index.criteria.values() for ref in criterion.get("clauses", ())}
    report: Report = standard.report
    for clause in standard.raw.get("clauses", ()):
        if "id" in clause and f"{name}/{clause['id']}" not in covered:
            report.add(clause.at, "clause-uncovered", clause=clause["id"], standard=name)
