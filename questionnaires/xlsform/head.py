"""What stands around the questions of a pack: its head, bands, defaults, actions and standards."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from questionnaires.source import YamlMap
from questionnaires.xlsform.assemble import Assembler
from questionnaires.xlsform.carried_in import CarriedIn
from questionnaires.xlsform.findings import Cell, Findings, listed
from questionnaires.xlsform.names import pack_id
from questionnaires.xlsform.places import listing, mapping, put
from questionnaires.xlsform.raw_texts import RawTexts, Texts
from questionnaires.xlsform.words import word

_BANDS = {"starting": Fraction(0), "growing": Fraction(2, 5), "strong": Fraction(3, 4)}
_OF_THE_FORM = ("wording", "reviewed", "status")


class Head:
    """Completes a raw pack."""

    def __init__(self, carried: CarriedIn, texts: RawTexts, findings: Findings) -> None:
        self._carried = carried
        self._texts = texts
        self._findings = findings

    def pack(self, settings: Mapping[str, Cell], parts: Assembler) -> YamlMap:
        """The whole raw pack. `settings`: the row of the sheet of that name."""
        nowhere = Cell("", "settings", 2)
        raw = mapping(nowhere)
        self._settings(raw, settings, nowhere)
        self._carried.fill(raw, "pack", "", without=_OF_THE_FORM)
        self._texts.add(raw, ("description",), self._kept("pack", "", "description"))
        if parts.profile:
            put(raw, "profile", parts.profile, nowhere)
        put(raw, "scales", parts.scales, Cell("", "choices", 0))
        self._bands(raw)
        defaults = mapping(nowhere)
        self._carried.fill(defaults, "defaults", "")
        if defaults:
            put(raw, "defaults", defaults, nowhere)
        put(raw, "groups", parts.groups, Cell("", "survey", 0))
        actions = [self._action(of) for of in dict.fromkeys(self._carried.ids("action"))]
        if actions:
            put(raw, "actions", listing(self._carried.place("action", actions[0]["id"]), actions), nowhere)
        if gone := self._carried.left_over():
            self._findings.note(f"the sheet charter speaks of parts that the form no longer has: {listed(gone)}")
        return raw

    def standards(self) -> dict[str, tuple[YamlMap, dict[str, YamlMap]]]:
        """The raw standards that the form carries, each with its translations."""
        return {of: self._standard(of) for of in dict.fromkeys(self._carried.ids("standard"))}

    def _settings(self, raw: YamlMap, settings: Mapping[str, Cell], nowhere: Cell) -> None:
        form_id = settings.get("form_id", nowhere)
        given = pack_id(form_id.text)
        if given != form_id.text:
            called = f"{form_id.text[:60]} is called" if form_id.text else "the form has no form_id; the pack is called"
            self._findings.note(f"{called} {given}", form_id)
        put(raw, "pack", given, form_id)
        version = settings.get("version")
        if version is None:
            self._findings.note("the form has no version; the pack has the version 1")
        put(raw, "version", version.text if version else "1", version or nowhere)
        status = self._carried.cell("pack", "", "status")
        put(raw, "status", status.text if status else "provisional", status or nowhere)
        put(raw, "language", self._texts.source, settings.get("default_language", nowhere))
        title = settings.get("form_title")
        titles = self._kept("pack", "", "title")
        kept = titles.get(self._texts.source)
        if title is not None and (kept is None or not kept[0].startswith(title.text)):
            titles[self._texts.source] = (self._texts.plain(title), title)
        self._texts.add(raw, ("title",), titles, Cell(given, "settings", 2))

    def _bands(self, raw: YamlMap) -> None:
        ids = list(dict.fromkeys(self._carried.ids("band")))
        entries = []
        for of in ids:
            band = mapping(self._carried.place("band", of))
            put(band, "id", of, self._carried.place("band", of))
            self._texts.add(band, ("bands", of, "title"), self._kept("band", of, "title"))
            self._carried.fill(band, "band", of)
            entries.append(band)
        if not ids:
            self._findings.note(
                "a form has no bands; the pack has three that are common, from 0, 0.4 and 0.75: look whether they suit"
            )
            entries = [self._default_band(of, start) for of, start in _BANDS.items()]
        put(raw, "bands", listing(Cell("", "charter", 0), entries), Cell("", "charter", 0))

    def _default_band(self, of: str, start: Fraction) -> YamlMap:
        at = Cell(of, "charter", 0)
        band = mapping(at)
        put(band, "id", of, at)
        languages = (self._texts.source, *self._texts.translations)
        self._texts.add(band, ("bands", of, "title"), {tag: (word(of, tag), at) for tag in languages})
        put(band, "from", start, at)
        return band

    def _action(self, of: str) -> YamlMap:
        at = self._carried.place("action", of)
        action = mapping(at)
        put(action, "id", of, at)
        for key in ("title", "owner", "indicator"):
            self._texts.add(action, ("actions", of, key), self._kept("action", of, key))
        self._carried.fill(action, "action", of)
        return action

    def _standard(self, of: str) -> tuple[YamlMap, dict[str, YamlMap]]:
        at = self._carried.place("standard", of)
        raw = mapping(at)
        put(raw, "standard", of, at)
        self._carried.fill(raw, "standard", of)
        source = str(raw.get("language", ""))
        others: dict[str, YamlMap] = {}
        for key in ("title", "authority"):
            self._standard_text(raw, others, source, (key,), ("standard", of))
        clauses = []
        for name in dict.fromkeys(self._carried.ids("clause")):
            owner, _, clause_id = name.partition("/")
            if owner != of:
                continue
            clause = mapping(self._carried.place("clause", name))
            put(clause, "id", clause_id, self._carried.place("clause", name))
            for key in ("title", "text"):
                self._standard_text(clause, others, source, ("clauses", clause_id, key), ("clause", name))
            self._carried.fill(clause, "clause", name)
            clauses.append(clause)
        put(raw, "clauses", listing(at, clauses), at)
        return raw, others

    def _standard_text(
        self, target: YamlMap, others: dict[str, YamlMap], source: str, path: tuple[str, ...], part: tuple[str, str]
    ) -> None:
        for tag, cell in self._carried.texts(*part, path[-1]).items():
            if tag == source:
                put(target, path[-1], cell.text, cell)
                continue
            inner = others.setdefault(tag, mapping(cell))
            for step in path[:-1]:
                if step not in inner:
                    put(inner, step, mapping(cell), cell)
                inner = inner[step]
            put(inner, path[-1], cell.text, cell)

    def _kept(self, part: str, of: str, key: str) -> Texts:
        return {tag: (cell.text, cell) for tag, cell in self._carried.texts(part, of, key).items()}
