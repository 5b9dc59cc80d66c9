"""The JSON Schema for editors is valid, complete, and describes what the loader accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from questionnaires.grammar import PACK, PACK_TEXTS, STANDARD, STANDARD_TEXTS
from questionnaires.places import PACKS, STANDARDS
from questionnaires.problems import Problems
from questionnaires.shapes import Record
from questionnaires.source import read_yaml

TINY = Path(__file__).parents[2] / "packs"
ROOTS = {"pack": PACK, "standard": STANDARD, "pack texts": PACK_TEXTS, "standard texts": STANDARD_TEXTS}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "number": (int, float), "integer": int}
CHECKED = {
    "$ref",
    "type",
    "enum",
    "anyOf",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "pattern",
}
CHECKED |= {"items", "minItems", "uniqueItems", "minProperties", "maxProperties", "minLength"}
CHECKED |= {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}


def plain(value: Any) -> Any:
    """As an editor sees the YAML."""
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [plain(entry) for entry in value]
    if isinstance(value, Fraction):
        return float(value)
    return str(value) if isinstance(value, str) else value


def faults(value: Any, schema: Any, whole: dict[str, Any], at: str = "") -> Iterator[str]:
    """What a validator of JSON Schema 2020-12 says, for the keywords that are used here."""
    if isinstance(schema, bool):
        yield from () if schema else (f"{at}: not allowed",)
        return
    if "$ref" in schema:
        yield from faults(value, whole["$defs"][schema["$ref"].removeprefix("#/$defs/")], whole, at)
    if "anyOf" in schema and all(list(faults(value, each, whole, at)) for each in schema["anyOf"]):
        yield f"{at}: none of the alternatives"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: not one of {schema['enum']}"
    if "type" in schema and not fits_type(value, schema["type"]):
        yield f"{at}: no {schema['type']}"
    elif isinstance(value, dict):
        yield from faults_of_mapping(value, schema, whole, at)
    elif isinstance(value, list):
        yield from faults_of_list(value, schema, whole, at)
    elif isinstance(value, str):
        if len(value) < schema.get("minLength", 0) or not re.search(schema.get("pattern", ""), value):
            yield f"{at}: not of the form {schema.get('pattern')}"
    elif not isinstance(value, bool) and isinstance(value, int | float):
        yield from faults_of_number(value, schema, at)


def fits_type(value: Any, name: str) -> bool:
    return isinstance(value, TYPES[name]) and (name == "boolean" or not isinstance(value, bool))  # type: ignore[arg-type]


def faults_of_mapping(value: dict[str, Any], schema: Any, whole: dict[str, Any], at: str) -> Iterator[str]:
    if not schema.get("minProperties", 0) <= len(value) <= schema.get("maxProperties", len(value)):
        yield f"{at}: not so many keys"
    yield from (f"{at}: lacks {key}" for key in schema.get("required", ()) if key not in value)
    for key, entry in value.items():
        yield from faults(key, schema.get("propertyNames", True), whole, f"{at}/{key}")
        inner = schema.get("properties", {}).get(key, schema.get("additionalProperties", True))
        yield from faults(entry, inner, whole, f"{at}/{key}")


def faults_of_list(value: list[Any], schema: Any, whole: dict[str, Any], at: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{at}: too few"
    if schema.get("uniqueItems") and len({json.dumps(entry) for entry in value}) < len(value):
        yield f"{at}: repeated"
    for number, entry in enumerate(value):
        yield from faults(entry, schema.get("items", True), whole, f"{at}/{number}")


def faults_of_number(value: float, schema: Any, at: str) -> Iterator[str]:
    tests = {
        "minimum": lambda limit: value >= limit,
        "maximum": lambda limit: value <= limit,
        "exclusiveMinimum": lambda limit: value > limit,
        "exclusiveMaximum": lambda limit: value < limit,
    }
    yield from (f"{at}: {name}" for name, holds in tests.items() if name in schema and not holds(schema[name]))


def document(path: Path) -> Any:
    return plain(read_yaml(path, str(path), Problems()))


def root_of(path: Path) -> Record:
    if path.parent.name == "standards":
        return STANDARD if "." not in path.stem else STANDARD_TEXTS
    return PACK if path.name == "pack.yaml" else PACK_TEXTS


SHIPPED = sorted([*PACKS.glob("*/*.yaml"), *STANDARDS.glob("*.yaml")])
VALID = [
    path
    for path in sorted((TINY / "valid").rglob("*.yaml"))
    if not re.search(r": (yes|no|off)\b", path.read_text(encoding="utf-8"))
]
"""All but those with yes for true, a courtesy of the loader; to an editor it is a text."""


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_schema_describes_what_is_shipped(path):
    schema = root_of(path).definition()
    assert list(faults(document(path), schema, schema)) == []


@pytest.mark.parametrize("path", VALID, ids=lambda path: str(path.relative_to(TINY)))
def test_the_schema_describes_every_valid_tiny_pack(path):
    schema = root_of(path).definition()
    assert list(faults(document(path), schema, schema)) == []


SEEN_BY_THE_SCHEMA = [
    *("unknown-key", "missing-key-pack", "missing-key-inside", "wrong-type-text", "wrong-type-list", "wrong-type-id"),
    *("wrong-value-status", "wrong-value-type", "out-of-range-weights", "out-of-range-sheets", "out-of-range-levels"),
    *("out-of-range-band", "bad-id", "bad-id-clause", "empty-list", "repeated-entry", "wrong-type-record"),
    *("condition-form-text", "condition-form-keys", "condition-form-empty", "condition-form-operators"),
    *("unknown-operator", "unknown-key-everywhere"),
]


@pytest.mark.parametrize("case", SEEN_BY_THE_SCHEMA)
def test_an_editor_sees_the_mistakes_that_a_schema_can_see(case):
    schema = PACK.definition()
    assert list(faults(document(TINY / "invalid" / case / "pack.yaml"), schema, schema)) != []


@pytest.mark.parametrize("name", ROOTS)
def test_the_schema_is_json_and_every_reference_leads_somewhere(name):
    schema = json.loads(json.dumps(ROOTS[name].definition()))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    used = set()
    for part in parts_of(
        {key: entry for key, entry in schema.items() if key not in ("$schema", "$defs")}, schema["$defs"]
    ):
        assert set(part) <= CHECKED | {"format"}
        if "$ref" in part:
            assert re.fullmatch(r"#/\$defs/[A-Za-z0-9-]+", part["$ref"])
            used.add(part["$ref"].removeprefix("#/$defs/"))
        assert part.get("type", "object") in TYPES
        re.compile(part.get("pattern", ""))
    assert used == set(schema["$defs"])


def parts_of(schema: Any, definitions: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema, definitions included."""
    waiting = [schema, *definitions.values()]
    while waiting:
        part = waiting.pop()
        if not isinstance(part, dict):
            continue
        yield part
        waiting += [*part.get("properties", {}).values(), *part.get("anyOf", ())]
        waiting += [part[key] for key in ("items", "additionalProperties", "propertyNames") if key in part]


def test_every_key_of_the_language_is_in_the_schema():
    definitions = PACK.definition()["$defs"]
    assert set(definitions["pack"]["required"]) == {
        *("pack", "version", "status", "language"),
        *("title", "scales", "bands", "groups"),
    }
    assert set(definitions["criterion"]["properties"]) == {
        *("id", "title", "guidance", "evidence", "kind", "scale", "weight"),
        *("essential", "essential_from", "applies_when", "clauses", "renamed_from"),
    }
    assert set(definitions["group"]["properties"]) == {"id", "title", "weight", "applies_when", "groups", "criteria"}
    assert definitions["defaults"]["properties"]["minimum_sheets"]["minimum"] == 5
