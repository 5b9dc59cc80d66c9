"""Puts the texts of a form, cell by cell, into a raw pack and its translations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from questionnaires.source import YamlMap
from questionnaires.xlsform.carried_in import CarriedIn
from questionnaires.xlsform.columns import Languages
from questionnaires.xlsform.findings import Cell, Findings
from questionnaires.xlsform.places import listing, mapping, put
from questionnaires.xlsform.texts import hint_cell, label_cell, level_cell, plain_text, read_hint_cell, read_level_cell

Path = tuple[str | int, ...]
Texts = dict[str, tuple[Any, Cell]]
"""A text, or list of texts, by language, with the cell that it came from."""


class RawTexts:
    """Collects the translations while the pack itself is put together; `translations` by language."""

    def __init__(self, languages: Languages, carried: CarriedIn, findings: Findings) -> None:
        self.source = languages.source
        self.translations: dict[str, YamlMap] = {tag: mapping(Cell("", "", 0)) for tag in languages.others}
        self._carried = carried
        self._findings = findings

    def label(self, target: YamlMap, path: Path, cells: Mapping[str, Cell], part: Key, otherwise: Cell) -> None:
        """The title of a question, group or fact; its name where it has none."""
        texts = self._each(cells, lambda tag, cell: self._original(part, "title", tag, cell) or self.plain(cell))
        self.add(target, (*path, "title"), texts, otherwise)

    def option(self, target: YamlMap, path: Path, cells: Mapping[str, Cell], part: Key, otherwise: Cell) -> None:
        """The title of an option, which stands under its id."""
        texts = self._each(cells, lambda tag, cell: self._original(part, "title", tag, cell) or self.plain(cell))
        self.add(target, path, texts, otherwise)

    def level(self, target: YamlMap, path: Path, cells: Mapping[str, Cell], part: Key, otherwise: Cell) -> None:
        """The title and the description of a level."""
        titles: Texts = {}
        descriptions: Texts = {}
        for tag, cell in cells.items():
            title, description = read_level_cell(self.plain(cell))
            kept, below = (self._carried.cell(*part, key, tag) for key in ("title", "description"))
            if kept and label_cell(level_cell(kept.text, below.text if below else None)).strip() == cell.text:
                title, description = kept.text, below.text if below else None
            titles[tag] = (title, cell)
            if description:
                descriptions[tag] = (description, cell)
        self.add(target, (*path, "title"), titles, otherwise)
        self.add(target, (*path, "description"), descriptions)

    def hint(self, target: YamlMap, path: Path, cells: Mapping[str, Cell], part: Key) -> None:
        """Guidance and evidence."""
        guidances: Texts = {}
        evidences: Texts = {}
        for tag, cell in cells.items():
            guidance, evidence = self._hint(part, tag, cell)
            if guidance:
                guidances[tag] = (guidance, cell)
            if evidence:
                evidences[tag] = (listing(cell, evidence), cell)
        self.add(target, (*path, "guidance"), guidances)
        self.add(target, (*path, "evidence"), evidences)

    def add(self, target: YamlMap, path: Path, texts: Texts, otherwise: Cell | None = None) -> None:
        """The source text into `target`, under the end of the path, and the others into the translations.

        A translation that says the same as the source counts as none. `otherwise`: what stands in for a text that must
        be there.
        """
        texts = {tag: found for tag, found in texts.items() if found[0]}
        source = texts.pop(self.source, None)
        if source is None and otherwise is not None:
            first = next(iter(texts.values()), None)
            what = "another language" if first else "the name"
            source = first or (self.plain(otherwise) or "?", otherwise)
            self._findings.note(f"there is no label in the language {self.source}; {what} is taken", otherwise)
        if source is None:
            for tag, (_, cell) in texts.items():
                self._findings.note(f"a text in {tag} without one in {self.source} is left out", cell)
            return
        put(target, path[-1], *source)
        for tag, (text, cell) in texts.items():
            if tag not in self.translations or text == source[0]:
                continue
            if isinstance(text, list) and len(text) != len(source[0]):
                wanted = f"{len(text)} pieces of evidence where {self.source} has {len(source[0])}"
                self._findings.note(f"{tag} has {wanted}; they are left out", cell)
                continue
            self._translate(self.translations[tag], path, text, cell)

    def plain(self, cell: Cell) -> str:
        """The text without markup; a note if it had some."""
        text, changed = plain_text(cell.text)
        if changed:
            self._findings.note("tags, entities or control characters are left out of the text", cell)
        return text

    def _each(self, cells: Mapping[str, Cell], read: Callable[[str, Cell], str]) -> Texts:
        return {tag: (read(tag, cell), cell) for tag, cell in cells.items()}

    def _original(self, part: Key, key: str, tag: str, cell: Cell) -> str | None:
        kept = self._carried.cell(*part, key, tag)
        return kept.text if kept and label_cell(kept.text).strip() == cell.text else None

    def _hint(self, part: Key, tag: str, cell: Cell) -> tuple[str | None, tuple[str, ...] | list[str]]:
        guidance, evidence = (self._carried.cell(*part, key, tag) for key in ("guidance", "evidence"))
        if evidence is not None:
            items = self._carried.value("evidence", evidence)
            texts = [str(item) for item in items] if isinstance(items, list) else []
            if hint_cell(guidance.text if guidance else None, texts).strip() == cell.text:
                return guidance.text if guidance else None, texts
        return read_hint_cell(self.plain(cell))

    def _translate(self, target: YamlMap, path: Path, text: Any, cell: Cell) -> None:
        for part in path[:-1]:
            if part not in target:
                put(target, part, mapping(cell), cell)
            target = target[part]
        put(target, path[-1], text, cell)


Key = tuple[str, str]
