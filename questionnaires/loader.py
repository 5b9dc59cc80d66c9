"""Reads a pack with its translations and standards: everything or nothing, and all problems at once."""

from __future__ import annotations

import glob
from collections import ChainMap
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from questionnaires.build import build_pack, build_standard
from questionnaires.compile import Scope, compile_condition
from questionnaires.conditions import Compare, Condition, Operator
from questionnaires.fingerprint import fingerprint
from questionnaires.grammar import LANGUAGE, PACK, PACK_TEXTS, STANDARD, STANDARD_TEXTS
from questionnaires.model import Pack, Standard
from questionnaires.places import PACK_FILE, display, find_pack, project_standards, standard_files
from questionnaires.problems import PackError, Problem, Problems
from questionnaires.references import Index, check_clauses, check_ids, check_references
from questionnaires.shapes import Record, Report
from questionnaires.source import YamlMap, read_yaml
from questionnaires.texts import Path as TextPath
from questionnaires.texts import check_translation, pack_texts, standard_texts


@dataclass
class TranslationSource:
    """One translation file: its raw content, and its texts by path."""

    report: Report
    raw: YamlMap
    texts: dict[TextPath, Any]

    @property
    def reviewed(self) -> bool:
        return bool(self.raw.get("reviewed", False))


@dataclass
class StandardSource:
    """One standard as it was read. `conditions` are those of its clauses, compiled for one pack."""

    report: Report
    raw: YamlMap
    texts: dict[TextPath, Any]
    translations: dict[str, TranslationSource] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)

    def build(self, language: str) -> Standard:
        """In that language where it has it, else in its own."""
        source = str(self.raw["language"])
        if language == source or language not in self.translations:
            return build_standard(self.raw, self.texts, self.conditions, source)
        texts = ChainMap(self.translations[language].texts, self.texts)
        return build_standard(self.raw, texts, self.conditions, language)


@dataclass
class PackSource:
    """One pack as it was read, with places; what the linter looks at."""

    report: Report
    index: Index
    texts: dict[TextPath, Any]
    translations: dict[str, TranslationSource]
    standards: dict[str, StandardSource]
    own_standards: tuple[str, ...]
    pack: Pack | None = None


def load_pack(reference: str | Path) -> Pack:
    """The pack with that id, or in that folder. PackError, with all problems, if it cannot be used."""
    problems = Problems()
    source = read_pack(reference, problems)
    if source is None or source.pack is None:
        raise PackError(problems.sorted())
    return source.pack


def read_pack(reference: str | Path, problems: Problems) -> PackSource | None:
    """Everything that could be read; `pack` is None where `problems` holds an error."""
    folder = find_pack(str(reference), problems)
    if folder is None:
        return None
    before = problems.errors
    report = Report(display(folder / PACK_FILE), problems)
    raw = _read(folder / PACK_FILE, PACK, report)
    if raw is None:
        return None
    index = check_references(raw, report)
    texts = pack_texts(raw)
    translations = _read_translations(folder, str(raw.get("language", "")), texts, report)
    standards, own = _read_standards(folder, index, report)
    for standard in standards.values():
        _compile_for(standard, index)
    source = PackSource(report, index, texts, translations, standards, own)
    if problems.errors == before:
        source.pack = _build(source)
    return source


def read_standard(path: Path, problems: Problems) -> StandardSource | None:
    """A standard and its translations, read by itself; conditions on facts are checked with a pack."""
    report = Report(display(path), problems)
    raw = _read(path, STANDARD, report)
    if raw is None:
        return None
    standard_id = raw.get("standard")
    if standard_id is not None and standard_id != path.stem:
        report.add(raw.value_at["standard"], "file-name", id=standard_id, name=path.name)
    check_ids((clause for clause in raw.get("clauses", ()) if "id" in clause), "clause", report)
    texts = standard_texts(raw)
    source = StandardSource(report, raw, texts)
    for file in sorted(path.parent.glob(f"{glob.escape(path.stem)}.*.yaml")):
        language = file.name.removeprefix(f"{path.stem}.").removesuffix(".yaml")
        inner = Report(display(file), problems)
        if not _is_language(language):
            inner.add((0, 0), "stray-file", wanted="a translation is called <id>.<language>.yaml")
        elif language == raw.get("language"):
            inner.add((0, 0), "source-language-file", language=language)
        elif (translation := _read_translation(file, STANDARD_TEXTS, texts, inner)) is not None:
            source.translations[language] = translation
    return source


def check_standard_conditions(source: StandardSource) -> None:
    """For a standard without a pack: whether its conditions have the form of conditions at all."""
    for clause in source.raw.get("clauses", ()):
        if "applies_when" in clause.key_at:
            scope = Scope(YamlMap((0, 0)), lambda _: None, (), lambda _: False, instead=_UNKNOWN)
            _compile_leniently(clause, scope, source.report, [])


def _read(path: Path, shape: Record, report: Report) -> YamlMap | None:
    found = read_yaml(path, report.file, report.problems)
    if found is None:
        return None
    read = shape.read(found, found.at, f"the {shape.name}", report)
    return read if isinstance(read, YamlMap) else None


def _read_translations(
    folder: Path, source_language: str, texts: dict[TextPath, Any], report: Report
) -> dict[str, TranslationSource]:
    found = {}
    for file in sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")]):
        if file.name == PACK_FILE:
            continue
        inner = Report(display(file), report.problems)
        language = file.stem
        if file.suffix != ".yaml" or not _is_language(language):
            inner.add((0, 0), "stray-file", wanted="a translation is called by its language, for example km.yaml")
        elif language == source_language:
            inner.add((0, 0), "source-language-file", language=language)
        elif (translation := _read_translation(file, PACK_TEXTS, texts, inner)) is not None:
            found[language] = translation
    return found


def _read_translation(
    file: Path, shape: Record, texts: dict[TextPath, Any], report: Report
) -> TranslationSource | None:
    raw = _read(file, shape, report)
    return None if raw is None else TranslationSource(report, raw, check_translation(raw, texts, report))


def _is_language(text: str) -> bool:
    return bool(LANGUAGE.read(text, (0, 0), "", Report("", Problems())) == text)


def _read_standards(folder: Path, index: Index, report: Report) -> tuple[dict[str, StandardSource], tuple[str, ...]]:
    """The pack's own standards, all of them, then the project's that a criterion names."""
    own = standard_files(folder / "standards", report.problems)
    project = project_standards()
    named = dict.fromkeys(
        ref.partition("/")[0] for criterion in index.criteria.values() for ref in criterion.get("clauses", ())
    )
    wanted = own | {name: project[name] for name in named if name in project and name not in own}
    found = {}
    for name, path in wanted.items():
        standard = read_standard(path, report.problems)
        if standard is not None:
            found[name] = standard
    raws = {name: standard.raw for name, standard in found.items()}
    unread = {name for name in wanted if name not in found}
    known = tuple(sorted({*own, *project}))
    check_clauses(index, raws, tuple(sorted({*known, *unread})), report)
    return found, tuple(own)


def _compile_for(standard: StandardSource, index: Index) -> None:
    scope = Scope(
        index.facts,
        index.levels_of,
        index.criteria,
        lambda name: name in index.groups,
        instead=_UNKNOWN,
    )
    for clause in standard.raw.get("clauses", ()):
        if "applies_when" in clause.key_at and "id" in clause:
            missing: list[str] = []
            compiled = _compile_leniently(clause, scope, standard.report, missing)
            if missing:
                standard.report.add(
                    clause.value_at["applies_when"],
                    "standard-condition",
                    clause=clause["id"],
                    standard=standard.raw.get("standard", "?"),
                    reason="; ".join(missing),
                )
            if compiled is not None:
                standard.conditions[clause["id"]] = compiled


_UNKNOWN = Compare("", False, Operator.IS, ("",))
"""A comparison that no fact can decide."""
_LACKING = ("unknown-name", "names-group", "unfit-operator", "unknown-option", "unknown-level", "unfit-value")


def _compile_leniently(clause: YamlMap, scope: Scope, report: Report, missing: list[str]) -> Condition | None:
    """A standard may have been written for other packs: what this pack lacks is unknown, not wrong."""

    def add(place: tuple[int, int], rule: str, /, **values: Any) -> None:
        if rule in _LACKING:
            missing.append(report.problems.text(rule, **values))
        else:
            report.add(place, rule, **values)

    return compile_condition(clause["applies_when"], clause.value_at["applies_when"], scope, add)


def _build(source: PackSource) -> Pack:
    language = str(source.index.raw["language"])
    content = {
        "pack": source.index.raw,
        "translations": {name: found.raw for name, found in source.translations.items()},
        "standards": {
            name: [found.raw, {lang: each.raw for lang, each in found.translations.items()}]
            for name, found in source.standards.items()
        },
    }
    common = {"fingerprint": fingerprint(content)}
    translations = {}
    for name, translation in source.translations.items():
        standards = tuple(standard.build(name) for standard in source.standards.values())
        texts = ChainMap(translation.texts, source.texts)
        translations[name] = build_pack(
            source.index, texts, standards, language=name, reviewed=translation.reviewed, **common
        )
    standards = tuple(standard.build(language) for standard in source.standards.values())
    pack = build_pack(source.index, source.texts, standards, language=language, **common)
    return replace(pack, translations=MappingProxyType(translations))


__all__ = ["PackError", "PackSource", "Problem", "StandardSource", "load_pack", "read_pack", "read_standard"]
