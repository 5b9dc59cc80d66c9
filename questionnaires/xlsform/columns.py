"""The columns of a sheet by what they mean, and the languages that they are in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from questionnaires.grammar import LANGUAGE
from questionnaires.problems import Problems, closest
from questionnaires.shapes import Report
from questionnaires.xlsform.findings import Cell, Findings, listed
from questionnaires.xlsform.words import tag_of_name
from questionnaires.xlsform.workbook import Table

UNKNOWN_LANGUAGE = "und"
"""The tag for a language that nobody has named."""

_ALIASES = {
    "relevance": "relevant",
    "caption": "label",
    "value": "name",
    "command": "type",
    "set_form_title": "form_title",
    "title": "form_title",
    "id_string": "form_id",
    "set_form_id": "form_id",
    "read_only": "readonly",
    "required_message": "requiredmsg",
}
_TRANSLATED = ("label", "hint")


@dataclass(frozen=True)
class RowIn:
    """One row: its cells by column, and its translated texts by column and heading of the language ("" for none)."""

    number: int
    cells: Mapping[str, Cell]
    texts: Mapping[str, Mapping[str, Cell]]
    sheet: str

    def text(self, column: str) -> str:
        cell = self.cells.get(column)
        return cell.text if cell else ""

    def at(self, column: str) -> Cell:
        """The cell, or where it would be."""
        return self.cells.get(column) or Cell("", self.sheet, self.number)


class Columns:
    """Understands the first row of a sheet."""

    def __init__(self, table: Table, known: tuple[str, ...], findings: Findings) -> None:
        self.table = table
        self.unknown: list[str] = []
        self.languages: dict[str, Cell] = {}
        self._meaning: dict[int, tuple[str, str]] = {}
        seen: dict[tuple[str, str], Cell] = {}
        for cell in table.heading_row:
            meaning = _meaning(cell.text, known)
            if meaning in seen:
                other = seen[meaning].text
                findings.problem(f"the column {cell.text[:60]} stands twice, first as {other[:60]}; delete one", cell)
                continue
            seen[meaning] = cell
            column, language = meaning
            if column in _TRANSLATED and column in known:
                self.languages.setdefault(language, cell)
            elif column not in known or language:
                self.unknown.append(cell.text)
                continue
            self._meaning[cell.column] = meaning

    def has(self, column: str) -> bool:
        return any(name == column for name, _ in self._meaning.values())

    def require(self, column: str, findings: Findings) -> bool:
        """Whether the column is there; a problem, with the one that may be meant, if not."""
        if self.has(column):
            return True
        hint = findings.near_miss(column, self.unknown)
        findings.problem(f"there is no column {column}{hint}", Cell("", self.table.name, 1))
        return False

    def rows(self) -> Iterator[RowIn]:
        for found in self.table.rows:
            cells: dict[str, Cell] = {}
            texts: dict[str, dict[str, Cell]] = {name: {} for name in _TRANSLATED}
            number = next(iter(found.values())).row if found else 0
            for at, cell in found.items():
                column, language = self._meaning.get(at, ("", ""))
                if column in _TRANSLATED:
                    texts[column][language] = cell
                elif column:
                    cells[column] = cell
            yield RowIn(number, cells, texts, self.table.name)


def _meaning(heading: str, known: tuple[str, ...]) -> tuple[str, str]:
    """Column and heading of the language: `label::Khmer (km)`, and `label:Khmer` as old forms write it."""
    first, _, language = heading.partition("::" if "::" in heading else ":")
    name = "_".join(first.strip().lower().split())
    name = name if name in known else _ALIASES.get(name, name)
    if language and name not in _TRANSLATED:
        return heading, ""
    return name, language.strip()


class Languages:
    """Which tag each heading of a language stands for; the source language first."""

    def __init__(self, named: Mapping[str, str]) -> None:
        self._named = {heading: tag for tag, heading in named.items()}
        self.tags: dict[str, str] = {}
        self.source = UNKNOWN_LANGUAGE

    def settle(self, default: Cell | None, found: Mapping[str, Cell], findings: Findings) -> None:
        """Take the headings of all sheets, and the form's default language."""
        # The default language needs no column of its own where there are columns without a language.
        first = [default.text] if default and (default.text in found or "" in found) else []
        for heading in dict.fromkeys([*first, *found]):
            if not heading or (heading == "default" and heading not in found):
                continue
            tag = self._tag(heading)
            at = found.get(heading, default)
            if tag is None:
                findings.note(
                    f"the language “{heading[:60]}” is not known, so its texts are left out; write its code behind the "
                    "name, as in Khmer (km)",
                    at,
                )
            elif tag in self.tags.values():
                findings.problem(f"the language {tag} has two kinds of columns; “{heading[:60]}” is the second", at)
            else:
                self.tags[heading] = tag
        self._choose_source(default, found, findings)

    def _choose_source(self, default: Cell | None, found: Mapping[str, Cell], findings: Findings) -> None:
        if default is not None and default.text in self.tags:
            self.source = self.tags[default.text]
        elif "" not in found and self.tags:
            self.source = next(iter(self.tags.values()))
            if default is not None and default.text != "default":
                hint = closest(default.text, self.tags)
                meant = f"; did you mean {hint}?" if hint else ""
                findings.note(f"no column is in the default language; {self.source} is taken instead{meant}", default)
        if "" in found:
            # Columns without a language are in the default language.
            self.tags[""] = self.source
            if self.source == UNKNOWN_LANGUAGE:
                findings.note(
                    "the form does not say which language it is in; write its code for “und” in pack.yaml, or in the "
                    "column default_language of the sheet settings, as in English (en)"
                )

    @property
    def others(self) -> list[str]:
        """All tags but that of the source language."""
        return [tag for tag in dict.fromkeys(self.tags.values()) if tag != self.source]

    def _tag(self, heading: str) -> str | None:
        if heading in self._named:
            return self._named[heading]
        found = re.search(r"\(([^()]*)\)\s*$", heading)
        for candidate in ([found[1].strip()] if found else []) + [heading]:
            tag = candidate.replace("_", "-")
            if (found or len(tag) == 2 or "-" in tag) and LANGUAGE.read(tag, (0, 0), "", Report("", Problems())) == tag:
                return tag
        return tag_of_name(re.sub(r"\s*\([^()]*\)\s*$", "", heading))

    def split(self, texts: Mapping[str, Cell]) -> dict[str, Cell]:
        """The cells of a row by tag; a column of its own for the source language comes before one without language."""
        result = {self.tags[heading]: cell for heading, cell in texts.items() if heading in self.tags and not heading}
        result |= {self.tags[heading]: cell for heading, cell in texts.items() if heading in self.tags and heading}
        return result


def unknown_columns(columns: Columns, findings: Findings) -> None:
    """Say which columns are not carried."""
    if columns.unknown:
        heading = "not carried, because packs have nothing like them"
        findings.note(f"these columns are {heading}: {listed(columns.unknown)}", Cell("", columns.table.name, 0))
