"""A release as files: what stands in each, as values and bytes. Nothing here opens a file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scoring.benchmarks.model import Draft, Release

CSV_NAME = "release.csv"
NOT_PUBLISHED = "not published"
_FIGURES = ("median", "q1", "q3", "meets")


@dataclass(frozen=True)
class Seal:
    """What proves later from which input a release was made: keyed hashes (HMAC-SHA-256), and the key.

    A plain hash would let anybody who guesses the input confirm the guess, so both stay in the private record.
    """

    key: str
    inputs: Mapping[str, str]


def release_text(release: Release) -> str:
    """`release.json`."""
    return json.dumps(release.as_json(), ensure_ascii=False, indent=2) + "\n"


def release_csv(release: Release) -> bytes:
    """`release.csv`: one row for each published group and metric."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([name for name, _, _ in _FIELDS])
    for group in release.groups:
        for metric, figures in group.metrics.items():
            cells = figures.as_json()
            row = [release.name, group.id, group.title, group.size.value, metric, *(cells[name] for name in _FIGURES)]
            writer.writerow([NOT_PUBLISHED if cell is None else cell for cell in row])
    return buffer.getvalue().encode()


_FIELDS = (
    ("release", "string", "The release."),
    ("group", "string", "Id of the peer group."),
    ("title", "string", "Its title."),
    ("size", "string", "How many members it has, as a band."),
    ("metric", "string", "overall, policy, practice, group:ID of a group of the questionnaire, standard:ID."),
    ("median", "integer", "Lower median of the members' scores from 0 to 100, to the nearest 5."),
    ("q1", "integer", "Lower quartile, to the nearest 5."),
    ("q3", "integer", "Upper quartile, to the nearest 5."),
    (
        "meets",
        "string",
        "Share of members from meets_from on, in percent, in coarse steps; a standard: all clauses met.",
    ),
)


def data_package(release: Release, table: bytes) -> dict[str, Any]:
    """`datapackage.json` (Frictionless Data Package) for the table, which is `release_csv`'s."""
    fields = [{"name": name, "type": kind, "description": text, **_constraints(name)} for name, kind, text in _FIELDS]
    schema = {"fields": fields, "primaryKey": ["group", "metric"], "missingValues": [NOT_PUBLISHED]}
    resource = {
        "name": "release",
        "path": CSV_NAME,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(table),
        "hash": f"sha256:{hashlib.sha256(table).hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": schema,
    }
    content = release.as_json()
    return {
        "profile": "tabular-data-package",
        "name": f"release-{release.name.casefold()}",
        "title": f"Benchmarks, release {release.name}",
        "version": release.name,
        "description": "Figures of groups of members. What would let anybody work out one member's score is not "
        "published, and reads so.",
        "rules": content["rules"],
        "withheld": content["withheld"],
        "waiting": content["waiting"],
        "previous": content["previous"],
        "release_sha256": content["sha256"],
        "resources": [resource],
    }


def _constraints(name: str) -> dict[str, Any]:
    if name in ("median", "q1", "q3"):
        return {"constraints": {"minimum": 0, "maximum": 100}}
    return {"constraints": {"required": True}} if name != "meets" else {}


def record_json(draft: Draft, *, seal: Seal, code: str, pack: tuple[str, str], previous: str | None) -> dict[str, Any]:
    """`private.json`; `code` is the version of the program, `previous` the hash of the record before."""
    record, release = draft.record, draft.release.as_json()
    rows = zip(record.versions, record.organizations, record.atoms, strict=True)
    content = {
        "release": release["release"],
        "release_sha256": release["sha256"],
        "previous": previous,
        "code": code,
        "pack": pack[0],
        "pack_version": pack[1],
        "rules": release["rules"],
        "input": {"key": seal.key, **seal.inputs},
        "parties": {name: list(seen) for name, seen in sorted(record.parties.items())},
        "versions": [
            [version, organization, atom, int(version in record.taken)] for version, organization, atom in rows
        ],
        "sets": [{"group": each.group, "metric": each.metric, "atoms": list(each.atoms)} for each in record.sets],
        "waiting": list(record.waiting),
    }
    return {**content, "sha256": record_sha256(content)}


def record_text(record: Mapping[str, Any]) -> str:
    """`private.json` as text: one key a line."""
    lines = [f"{json.dumps(key)}: {_compact(value)}" for key, value in record.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def record_sha256(record: Mapping[str, Any]) -> str:
    """The hash of a record without its own, whatever the order of its keys."""
    return hashlib.sha256(_compact({k: v for k, v in record.items() if k != "sha256"}).encode()).hexdigest()


def _compact(value: Any) -> str:
    # Escapes whatever is not ASCII, so that even a damaged record has bytes to hash.
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
