"""The texts of a pack or standard by path, and a translation as a second set of texts on the same paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from questionnaires.problems import near_miss
from questionnaires.shapes import Place, Report
from questionnaires.source import YamlList, YamlMap

Path = tuple[str | int, ...]
Texts = Mapping[Path, Any]
"""Path → text, or list of texts for `evidence`."""

_WHAT = {
    "profile": "fact",
    "scales": "scale",
    "levels": "level",
    "bands": "band",
    "groups": "group",
    "criteria": "criterion",
    "actions": "action",
    "clauses": "clause",
    "options": "option",
}


def pack_texts(raw: YamlMap) -> dict[Path, Any]:
    """Every text of a raw pack that can be translated."""
    return dict(_pack_texts(raw))


def standard_texts(raw: YamlMap) -> dict[Path, Any]:
    """Every text of a raw standard that can be translated."""
    found = dict(_fields(raw, (), "title", "authority"))
    for clause in raw.get("clauses", ()):
        if "id" in clause:
            found.update(_fields(clause, ("clauses", clause["id"]), "title", "text"))
    return found


def path_name(path: Path) -> str:
    """As it is written for a person: `criteria.P1.1.title`."""
    return ".".join(str(part) for part in path)


def check_translation(raw: YamlMap, source: Texts, report: Report) -> dict[Path, Any]:
    """The texts of a raw translation; keys that name nothing in `source` are reported and left out."""
    known = {path[:length] for path in source for length in range(1, len(path) + 1)}
    found: dict[Path, Any] = {}
    for path, value, place in _leaves(raw, (), known, report):
        wanted = source[path]
        if isinstance(wanted, list) and len(wanted) != len(value):
            report.add(place, "evidence-count", id=path[1], wanted=len(wanted), got=len(value))
            continue
        found[path] = value
    return found


def place_of(raw: YamlMap, path: Path) -> Place:
    """Where in a translation a text at `path` would stand: the nearest mapping above it that is there."""
    at = raw.at
    node: Any = raw
    for part in path:
        if not isinstance(node, YamlMap) or part not in node:
            break
        at = node.key_at[part]
        node = node[part]
    return at


def _leaves(raw: YamlMap, above: Path, known: set[Path], report: Report) -> Iterator[tuple[Path, Any, Place]]:
    for key, value in raw.items():
        path = (*above, key)
        if path == ("reviewed",):
            continue
        if path not in known:
            if value in ({}, []):
                continue
            what = _WHAT.get(str(above[-1]), "text") if above else "text"
            siblings = [each[-1] for each in known if each[:-1] == above]
            hint = near_miss(key, siblings)
            if len(above) > 1 and what == "text":
                what = f"text in {path_name(above)} called"
            report.add(raw.key_at[key], "translation-of-nothing", what=what, name=key, hint=hint)
        elif isinstance(value, YamlMap):
            yield from _leaves(value, path, known, report)
        else:
            yield path, value, raw.key_at[key]


def _fields(entry: YamlMap, path: Path, *keys: str) -> Iterator[tuple[Path, Any]]:
    for key in keys:
        value = entry.get(key)
        if value and isinstance(value, str | YamlList):
            yield (*path, key), value


def _pack_texts(raw: YamlMap) -> Iterator[tuple[Path, Any]]:
    yield from _fields(raw, (), "title", "description")
    for fact_id, fact in raw.get("profile", {}).items():
        yield from _fields(fact, ("profile", fact_id), "title")
        for option, title in fact.get("options", {}).items():
            yield ("profile", fact_id, "options", option), title
    for scale_id, scale in raw.get("scales", {}).items():
        yield from _fields(scale, ("scales", scale_id), "title")
        for level in scale.get("levels", ()):
            if "value" in level:
                yield from _fields(level, ("scales", scale_id, "levels", level["value"]), "title", "description")
    for band in raw.get("bands", ()):
        if "id" in band:
            yield from _fields(band, ("bands", band["id"]), "title")
    yield from _group_texts(raw.get("groups", ()))
    for action in raw.get("actions", ()):
        if "id" in action:
            yield from _fields(action, ("actions", action["id"]), "title", "owner", "indicator")


def _group_texts(groups: Any) -> Iterator[tuple[Path, Any]]:
    for group in groups:
        if "id" in group:
            yield from _fields(group, ("groups", group["id"]), "title")
        yield from _group_texts(group.get("groups", ()))
        for criterion in group.get("criteria", ()):
            if "id" in criterion:
                yield from _fields(criterion, ("criteria", criterion["id"]), "title", "guidance", "evidence")
