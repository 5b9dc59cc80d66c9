"""From checked YAML to a `Pack`. Only called where no problem is left, so nothing is checked here."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from questionnaires.conditions import Condition
from questionnaires.model import (
    Action,
    Band,
    Clause,
    ClauseRef,
    Criterion,
    Defaults,
    Fact,
    FactType,
    Group,
    Kind,
    Level,
    Pack,
    Scale,
    Standard,
    Status,
)
from questionnaires.references import Index
from questionnaires.source import YamlMap
from questionnaires.texts import Texts

_DEFAULTS = Defaults()


def build_pack(index: Index, texts: Texts, standards: tuple[Standard, ...], **more: Any) -> Pack:
    """The pack with the texts given; `more` are further fields of `Pack`."""
    return _Builder(index, texts).pack(standards, more)


def build_standard(raw: YamlMap, texts: Texts, conditions: Mapping[str, Condition], language: str) -> Standard:
    """The standard with the texts given; `conditions` are those of its clauses by clause id."""
    clauses = tuple(
        Clause(
            id=clause["id"],
            title=texts["clauses", clause["id"], "title"],
            number=clause.get("number"),
            text=texts.get(("clauses", clause["id"], "text")),
            met_from=clause.get("met_from"),
            applies_when=conditions.get(clause["id"]),
        )
        for clause in raw["clauses"]
    )
    return Standard(
        id=raw["standard"],
        version=raw["version"],
        status=Status(raw["status"]),
        language=language,
        title=texts["title",],
        clauses=clauses,
        authority=texts.get(("authority",)),
        adopted=raw.get("adopted"),
        source=raw.get("source"),
        binding=raw.get("binding", False),
        remedy_days=raw.get("remedy_days"),
    )


class _Builder:
    def __init__(self, index: Index, texts: Texts) -> None:
        self._index = index
        self._raw = index.raw
        self._texts = texts
        self._defaults = _defaults(index.part("defaults"))
        self._scales = {name: self._scale(name, scale) for name, scale in index.scales.items()}

    def pack(self, standards: tuple[Standard, ...], more: Mapping[str, Any]) -> Pack:
        raw = self._raw
        return Pack(
            id=raw["pack"],
            version=raw["version"],
            status=Status(raw["status"]),
            title=self._texts["title",],
            description=self._texts.get(("description",)),
            source=raw.get("source"),
            defaults=self._defaults,
            profile=MappingProxyType({name: self._fact(name, fact) for name, fact in self._index.facts.items()}),
            scales=MappingProxyType(self._scales),
            bands=tuple(
                Band(band["id"], self._texts["bands", band["id"], "title"], band["from"]) for band in raw["bands"]
            ),
            essential_cap=raw.get("essential_cap"),
            groups=tuple(self._group(group) for group in raw["groups"]),
            actions=tuple(self._action(action) for action in raw.get("actions", ())),
            standards=standards,
            **more,
        )

    def _scale(self, name: str, raw: YamlMap) -> Scale:
        levels = tuple(
            Level(
                level["value"],
                self._texts["scales", name, "levels", level["value"], "title"],
                self._texts.get(("scales", name, "levels", level["value"], "description")),
            )
            for level in raw["levels"]
        )
        return Scale(name, self._texts["scales", name, "title"], levels)

    def _fact(self, name: str, raw: YamlMap) -> Fact:
        return Fact(
            id=name,
            title=self._texts["profile", name, "title"],
            type=FactType(raw["type"]),
            options=MappingProxyType(
                {option: self._texts["profile", name, "options", option] for option in raw.get("options", ())}
            ),
            minimum=raw.get("minimum"),
        )

    def _group(self, raw: YamlMap) -> Group:
        return Group(
            id=raw["id"],
            title=self._texts["groups", raw["id"], "title"],
            weight=raw.get("weight", self._defaults.weight),
            applies_when=self._index.conditions.get(raw["id"]),
            groups=tuple(self._group(group) for group in raw.get("groups", ())),
            criteria=tuple(self._criterion(criterion) for criterion in raw.get("criteria", ())),
        )

    def _criterion(self, raw: YamlMap) -> Criterion:
        name = raw["id"]
        return Criterion(
            id=name,
            title=self._texts["criteria", name, "title"],
            guidance=self._texts.get(("criteria", name, "guidance")),
            evidence=tuple(self._texts.get(("criteria", name, "evidence"), ())),
            scale=self._scales[raw.get("scale", self._defaults.scale)],
            weight=raw.get("weight", self._defaults.weight),
            essential=raw.get("essential", False),
            essential_from=raw.get("essential_from", self._defaults.essential_from),
            kind=Kind(raw["kind"]) if "kind" in raw else None,
            applies_when=self._index.conditions.get(name),
            clauses=tuple(ClauseRef(*ref.split("/")) for ref in raw.get("clauses", ())),
            renamed_from=tuple(raw.get("renamed_from", ())),
        )

    def _action(self, raw: YamlMap) -> Action:
        name = raw["id"]
        return Action(
            id=name,
            title=self._texts["actions", name, "title"],
            improves=MappingProxyType(dict(raw["improves"])),
            effort_days=raw.get("effort_days", self._defaults.effort_days),
            cost=raw.get("cost", Fraction(0)),
            duration_months=raw.get("duration_months", self._defaults.duration_months),
            after=tuple(raw.get("after", ())),
            owner=self._texts.get(("actions", name, "owner")),
            indicator=self._texts.get(("actions", name, "indicator")),
            trainings=tuple(raw.get("trainings", ())),
            resources=tuple(raw.get("resources", ())),
        )


def _defaults(raw: YamlMap) -> Defaults:
    return Defaults(**{key: raw.get(key, getattr(_DEFAULTS, key)) for key in Defaults.__slots__})
