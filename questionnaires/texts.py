"""The texts of a pack or standard by path, and a translation as a second set of texts on the same paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from questionnaires.problems import Hint
from questionnaires.shapes import INVALID, Place, Report
from questionnaires.source import YamlList, YamlMap

Path = tuple[str | int, ...]
Texts = Mapping[Path, Any]
"""Path → text, or list of texts for `evidence`; `INVALID` where the source itself is at fault, and all below it."""

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
    found.update(_broken(raw, "clauses", ("clauses",)))
    for clause in raw.get("clauses", ()):
        if "id" in clause:
            found.update(_fields(clause, ("clauses", clause["id"]), "title", "text"))
    return found


def path_name(path: Path) -> str:
    """As it is written for a person: `criteria.P1.1.title`."""
    return ".".join(str(part) for part in path)


def check_translation(raw: YamlMap, source: Texts, report: Report) -> dict[Path, Any]:
    """The texts of a raw translation; keys that name nothing in `source` are reported and left out."""
    known: dict[Path, dict[str | int, None]] = {}
    for path in source:
        for length in range(len(path)):
            known.setdefault(path[:length], {})[path[length]] = None
    found: dict[Path, Any] = {}
    for path, value, place in _leaves(raw, (), source, known, report):
        wanted = source[path]
        if isinstance(wanted, YamlList):
            if value.dropped or wanted.dropped:
                continue
            if len(wanted) != len(value):
                report.add(place, "evidence-count", id=path[1], wanted=len(wanted), got=len(value))
                continue
        found[path] = value
    return found


def is_written(raw: YamlMap, path: Path) -> bool:
    """Whether something stands in a translation at `path`, right or wrong."""
    node: Any = raw
    for part in path:
        if not isinstance(node, YamlMap) or part not in node:
            return isinstance(node, YamlMap) and part in node.key_at
        node = node[part]
    return True


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


def _leaves(
    raw: YamlMap, above: Path, source: Texts, known: Mapping[Path, Mapping[str | int, None]], report: Report
) -> Iterator[tuple[Path, Any, Place]]:
    for key, value in raw.items():
        path = (*above, key)
        if path == ("reviewed",) or source.get(path) is INVALID:
            continue
        if key not in known.get(above, ()):
            if not above and value == {}:
                continue
            what = _WHAT.get(str(above[-1]), "text") if above else "text"
            hint = Hint(key, known.get(above, ()))
            if len(above) > 1 and what == "text":
                what = f"text in {path_name(above)} called"
            report.add(raw.key_at[key], "translation-of-nothing", what=what, name=key, hint=hint)
        elif isinstance(value, YamlMap):
            yield from _leaves(value, path, source, known, report)
        else:
            yield path, value, raw.key_at[key]


def _fields(entry: YamlMap, path: Path, *keys: str) -> Iterator[tuple[Path, Any]]:
    for key in keys:
        if key in entry.key_at or key == "title":
            value = entry.get(key, INVALID)
            if value or value is INVALID:
                yield (*path, key), value


def _broken(entry: YamlMap, key: str, *paths: Path) -> Iterator[tuple[Path, Any]]:
    """The paths whose texts nobody can know, because what stands under `key` is at fault as a whole or in part."""
    found = entry.get(key, INVALID) if key in entry.key_at else None
    if found is INVALID or (isinstance(found, YamlList) and found.dropped):
        yield from ((path, INVALID) for path in paths)


def _entries(raw: YamlMap, key: str) -> Iterator[tuple[Any, Any]]:
    found = raw.get(key)
    if isinstance(found, YamlMap):
        yield from ((name, found.get(name, INVALID)) for name in found.key_at)


def _pack_texts(raw: YamlMap) -> Iterator[tuple[Path, Any]]:
    yield from _fields(raw, (), "title", "description")
    for key in ("profile", "scales", "bands", "actions"):
        yield from _broken(raw, key, (key,))
    yield from _fact_texts(raw)
    yield from _scale_texts(raw)
    for band in raw.get("bands", ()):
        if "id" in band:
            yield from _fields(band, ("bands", band["id"]), "title")
    yield from _group_texts(raw)
    for action in raw.get("actions", ()):
        if "id" in action:
            yield from _fields(action, ("actions", action["id"]), "title", "owner", "indicator")


def _fact_texts(raw: YamlMap) -> Iterator[tuple[Path, Any]]:
    for fact_id, fact in _entries(raw, "profile"):
        if fact is INVALID:
            yield ("profile", fact_id), INVALID
            continue
        yield from _fields(fact, ("profile", fact_id), "title")
        yield from _broken(fact, "options", ("profile", fact_id, "options"))
        for option, title in _entries(fact, "options"):
            yield ("profile", fact_id, "options", option), title


def _scale_texts(raw: YamlMap) -> Iterator[tuple[Path, Any]]:
    for scale_id, scale in _entries(raw, "scales"):
        if scale is INVALID:
            yield ("scales", scale_id), INVALID
            continue
        yield from _fields(scale, ("scales", scale_id), "title")
        yield from _broken(scale, "levels", ("scales", scale_id, "levels"))
        for level in scale.get("levels", ()):
            if "value" in level:
                yield from _fields(level, ("scales", scale_id, "levels", level["value"]), "title", "description")


def _group_texts(holder: YamlMap) -> Iterator[tuple[Path, Any]]:
    yield from _broken(holder, "groups", ("groups",), ("criteria",))
    yield from _broken(holder, "criteria", ("criteria",))
    for group in holder.get("groups", ()):
        if "id" in group:
            yield from _fields(group, ("groups", group["id"]), "title")
        yield from _group_texts(group)
        for criterion in group.get("criteria", ()):
            if "id" in criterion:
                yield from _fields(criterion, ("criteria", criterion["id"]), "title", "guidance", "evidence")
