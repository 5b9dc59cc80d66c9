"""Any XLSForm as the files of a pack."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from questionnaires.lint import lint
from questionnaires.problems import Severity, near_miss
from questionnaires.xlsform.assemble import Assembler
from questionnaires.xlsform.carried import HEADINGS, SHEET
from questionnaires.xlsform.carried_in import CarriedIn
from questionnaires.xlsform.checking import Checked, check
from questionnaires.xlsform.columns import Columns, Languages, unknown_columns
from questionnaires.xlsform.findings import Finding, Findings
from questionnaires.xlsform.head import Head
from questionnaires.xlsform.raw_texts import RawTexts
from questionnaires.xlsform.survey import CHOICE_COLUMNS, SURVEY_COLUMNS, read_lists, read_survey
from questionnaires.xlsform.workbook import Table, Unreadable, read_workbook

_SETTINGS = ("form_title", "form_id", "version", "default_language")


@dataclass(frozen=True)
class XlsformResult:
    """What came of a form. With problems there are no files."""

    files: Mapping[str, str] = field(default_factory=dict)
    """Texts by path inside the pack's folder: pack.yaml, km.yaml, standards/…"""
    notes: tuple[Finding, ...] = ()
    """What did not come along or was decided for want of a better way."""
    problems: tuple[Finding, ...] = ()
    """What must be put right first."""


def read_xlsform(data: bytes) -> XlsformResult:
    """The files of a pack from the workbook `data` (.xlsx), whoever made it; never an exception for what it holds."""
    findings = Findings()
    files: Mapping[str, str] = {}
    try:
        tables = read_workbook(data, findings)
    except Unreadable as error:
        return XlsformResult(problems=(Finding(f"the file {error}"),))
    if "survey" not in tables:
        names = tables["?"].name
        hint = near_miss("survey", names.split(", "))
        findings.problem(f"there is no sheet survey (there is {names}){hint}")
    else:
        files = _files(tables, findings)
    return XlsformResult({} if findings.problems else files, findings.notes, findings.problems)


def _files(tables: Mapping[str, Table], findings: Findings) -> Mapping[str, str]:
    carried = CarriedIn(Columns(tables[SHEET], HEADINGS, findings) if SHEET in tables else None, findings)
    survey = Columns(tables["survey"], SURVEY_COLUMNS, findings)
    choices = Columns(tables.get("choices", Table("choices")), CHOICE_COLUMNS, findings)
    settings = Columns(tables.get("settings", Table("settings")), _SETTINGS, findings)
    if not tables["survey"].rows:
        findings.problem("the sheet survey has no questions")
        return {}
    usable = [survey.require(name, findings) for name in ("type", "name")]
    if choices.table.rows:
        usable += [choices.require(name, findings) for name in ("list_name", "name")]
    if not all(usable):
        return {}
    for columns in (survey, choices, settings):
        unknown_columns(columns, findings)
    first = next(settings.rows(), None)
    cells = dict(first.cells) if first else {}
    languages = Languages(carried.languages)
    languages.settle(cells.get("default_language"), {**choices.languages, **survey.languages}, findings)
    lists = read_lists(choices, languages, findings)
    form = read_survey(survey, lists, languages, findings)
    if findings.problems:
        return {}
    texts = RawTexts(languages, carried, findings)
    parts = Assembler(form, carried, texts, findings)
    parts.run()
    head = Head(carried, texts, findings)
    raw = head.pack(cells, parts)
    if findings.problems:
        return {}
    headings = {(name, cell.column): cell.text for name, table in tables.items() for cell in table.heading_row}
    checked: Checked | None = check(raw, texts.translations, head.standards(), headings, findings)
    if checked is None:
        return {}
    files = checked.files(carried, findings)
    _lint(files, findings)
    return files


def _lint(files: Mapping[str, str], findings: Findings) -> None:
    """What has been checked part by part is checked once more as what it will be: the files of a pack."""
    with tempfile.TemporaryDirectory() as folder:
        write_files(files, Path(folder))
        for problem in lint(folder):
            if problem.severity is Severity.ERROR:
                findings.problem(f"the pack made from the form would be wrong: {problem.message}")


def write_files(files: Mapping[str, str], folder: Path) -> None:
    """Write the files of a pack into an existing folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
