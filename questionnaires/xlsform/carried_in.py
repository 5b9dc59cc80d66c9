"""The sheet `charter`, read back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from questionnaires.problems import Problems
from questionnaires.source import Word, YamlMap, parse_yaml
from questionnaires.xlsform.carried import FORMAT, HEADINGS
from questionnaires.xlsform.columns import Columns
from questionnaires.xlsform.findings import Cell, Findings
from questionnaires.xlsform.places import mapping, moved, put

_PARTS = (
    *("form", "language", "pack", "defaults", "scale", "level", "band", "fact", "option", "group", "criterion"),
    *("action", "standard", "clause"),
)
_TEXTS = (
    *("title", "description", "guidance", "owner", "indicator", "text", "authority", "number", "version", "source"),
    *("status", "kind", "scale", "essential_cap", "language", "adopted", "relevant", "list", "heading", "wording"),
    *("format", "type"),
)
"""Keys whose values are texts, whatever they look like."""

Key = tuple[str, str]


class CarriedIn:
    """What the sheet says, by part and id, then by key and language ("" where it is no text in a language)."""

    def __init__(self, columns: Columns | None, findings: Findings) -> None:
        self._findings = findings
        self._found: dict[Key, dict[Key, Cell]] = {}
        self._used: set[Key] = set()
        self.present = columns is not None and all([columns.require(name, findings) for name in HEADINGS])
        if columns is not None and self.present:
            self._read(columns)
            self._check_format()

    def _read(self, columns: Columns) -> None:
        for row in columns.rows():
            part, of, key, language = (row.text(name).strip() for name in HEADINGS[:4])
            if part not in _PARTS:
                self._findings.problem(
                    f"there is no part {part[:60]}{self._findings.near_miss(part, _PARTS)}", row.at("part")
                )
                continue
            values = self._found.setdefault((part, of), {})
            cell = row.at("value")
            before = values.get((key, language))
            if before is not None:
                # A long text goes on in the next row.
                cell = Cell(before.text + cell.text, before.sheet, before.row, before.column, before.heading)
            values[key, language] = cell

    def _check_format(self) -> None:
        at = self._found.get(("form", ""), {}).get(("format", ""))
        if at is None or at.text != FORMAT:
            message = f"the sheet charter is of another version of this program; {FORMAT} is the one that can be read"
            self._findings.problem(message, at or Cell("", "charter", 0))

    @property
    def languages(self) -> dict[str, str]:
        """Heading of its columns by language tag."""
        return {of: cell.text for of in self.ids("language") if (cell := self.cell("language", of, "heading"))}

    def ids(self, part: str) -> Iterator[str]:
        """All ids of one kind of part, in order."""
        return (of for kind, of in list(self._found) if kind == part)

    def use(self, part: str, of: str) -> None:
        """What is said about this part belongs to something that exists."""
        self._used.add((part, of))

    def cell(self, part: str, of: str, key: str, language: str = "") -> Cell | None:
        """One value with its place."""
        return self._found.get((part, of), {}).get((key, language))

    def texts(self, part: str, of: str, key: str) -> dict[str, Cell]:
        """A text by language."""
        return {tag: cell for (name, tag), cell in self._found.get((part, of), {}).items() if name == key and tag}

    def place(self, part: str, of: str) -> Cell:
        """Where the first row about a part stands."""
        return next(iter(self._found[part, of].values()))

    def fill(self, target: YamlMap, part: str, of: str, without: tuple[str, ...] = ()) -> None:
        """Put every value of a part that is no text in a language into `target`."""
        self.use(part, of)
        for (key, language), cell in self._found.get((part, of), {}).items():
            if not language and key not in without:
                put(target, key, self.value(key, cell), cell)

    def value(self, key: str, cell: Cell) -> Any:
        """What the text of the cell means under that key."""
        if key in _TEXTS:
            return cell.text
        problems = Problems()
        read = parse_yaml(f'{{"value": {cell.text}}}'.encode(errors="replace"), "", problems) or mapping(cell)
        if problems.errors or len(read) != 1:
            self._findings.problem(f"this is no value for {key[:60]}; it should be a number, true, false or JSON", cell)
            return None
        value = read["value"]
        return moved(str(value) if isinstance(value, Word) else value, cell)

    def left_over(self) -> list[str]:
        """Groups, criteria and the like that the sheet speaks of and the form no longer has."""
        parts = ("group", "criterion", "fact", "scale")
        return [f"{part} {of}" for part, of in self._found if part in parts and (part, of) not in self._used]
