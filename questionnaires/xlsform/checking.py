"""Checks a raw pack as the loader would, and turns it into files."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from questionnaires.build import build_pack
from questionnaires.grammar import PACK, PACK_TEXTS, STANDARD, STANDARD_TEXTS
from questionnaires.loader import read_standard
from questionnaires.model import Pack
from questionnaires.places import PACK_FILE, project_standards
from questionnaires.problems import Problems, Severity
from questionnaires.references import Index, check_clauses, check_references
from questionnaires.shapes import Report, Shape
from questionnaires.source import YamlMap
from questionnaires.texts import check_translation, pack_texts, standard_texts
from questionnaires.xlsform.carried_in import CarriedIn
from questionnaires.xlsform.findings import Findings
from questionnaires.xlsform.places import finding
from questionnaires.xlsform.raw import wording
from questionnaires.xlsform.yaml_text import yaml_text

Standards = Mapping[str, tuple[YamlMap, dict[str, YamlMap]]]
_COMMENT = "Made from an XLSForm by charter from-xlsform."


@dataclass(frozen=True)
class Checked:
    """A raw pack without errors, with its translations and standards, and what it is once read."""

    raw: YamlMap
    translations: Mapping[str, YamlMap]
    standards: Standards
    packs: Mapping[str, Pack]

    def files(self, carried: CarriedIn, findings: Findings) -> dict[str, str]:
        """The text of every file."""
        raw: dict[str, Any] = {key: self.raw[key] for key in PACK.keys if key in self.raw}
        source = str(raw["language"])
        if raw["status"] == "official" and not self._is_as_carried(source, carried):
            raw["status"] = "provisional"
            findings.note("the wording differs from the official one, so the pack is provisional")
        files = {PACK_FILE: yaml_text(raw, _COMMENT)}
        for language, texts in self.translations.items():
            kept = carried.cell("pack", "", "reviewed", language)
            reviewed = kept is not None and kept.text == "true"
            if reviewed and not self._is_as_carried(language, carried):
                reviewed = False
                findings.note(f"the texts in {language} differ from those that a native reader has reviewed")
            files[f"{language}.yaml"] = yaml_text({"reviewed": reviewed, **_in_order(texts)}, _COMMENT)
        for name, (standard, translations) in self.standards.items():
            files[f"standards/{name}.yaml"] = yaml_text(standard, _COMMENT)
            for language, texts in translations.items():
                files[f"standards/{name}.{language}.yaml"] = yaml_text({"reviewed": False, **texts}, _COMMENT)
        return files

    def _is_as_carried(self, language: str, carried: CarriedIn) -> bool:
        """Whether the texts are still those that the form was made from."""
        kept = carried.cell("pack", "", "wording", language)
        return kept is not None and kept.text == wording(self.packs[language])


def _in_order(texts: YamlMap) -> dict[str, Any]:
    return {key: texts[key] for key in PACK_TEXTS.keys if key in texts}


def check(
    raw: YamlMap,
    translations: Mapping[str, YamlMap],
    standards: Standards,
    headings: dict[tuple[str, int], str],
    findings: Findings,
) -> Checked | None:
    """Everything that the loader would find wrong, said of the cells of the form; None if there is something."""
    problems = Problems()
    report = Report("", problems)
    read = PACK.read(raw, raw.at, "the form", report)
    index = check_references(read, report)
    texts = pack_texts(read)
    shaped = {tag: _shaped(each, PACK_TEXTS, report) for tag, each in translations.items()}
    translated = {tag: check_translation(each, texts, report) for tag, each in shaped.items()}
    checked_standards = {name: _standard(found, report) for name, found in standards.items()}
    _clauses(index, {name: found[0] for name, found in checked_standards.items()}, report)
    for problem in problems.sorted():
        if problem.severity is Severity.ERROR:
            place = finding(problem, headings)
            findings.add_problem(place)
    if problems.errors:
        return None
    source = str(read["language"])
    packs = {source: build_pack(index, texts, (), language=source)}
    for tag, each in translated.items():
        packs[tag] = build_pack(index, ChainMap(each, texts), (), language=tag)
    return Checked(read, shaped, checked_standards, packs)


def _shaped(raw: YamlMap, shape: Shape, report: Report) -> YamlMap:
    read: YamlMap = shape.read(raw, raw.at, "the form", report)
    return read


def _standard(found: tuple[YamlMap, dict[str, YamlMap]], report: Report) -> tuple[YamlMap, dict[str, YamlMap]]:
    raw = _shaped(found[0], STANDARD, report)
    translations = {tag: _shaped(each, STANDARD_TEXTS, report) for tag, each in found[1].items()}
    texts = standard_texts(raw)
    for each in translations.values():
        check_translation(each, texts, report)
    return raw, translations


def _clauses(index: Index, own: dict[str, YamlMap], report: Report) -> None:
    project = project_standards()
    named = {str(ref).partition("/")[0] for each in index.criteria.values() for ref in each.get("clauses", ())}
    raws = dict(own)
    for name in sorted(named):
        if name in project and name not in own and (source := read_standard(project[name], Problems())) is not None:
            raws[name] = source.raw
    check_clauses(index, raws, tuple(sorted({*own, *project})), report)
