"""A release that was made before, back from its files as the values that it was made as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scoring.benchmarks.model import Draft, Figures, PublishedGroup, PublishedSet, Record, Release, SizeBand


def read_draft(release: Mapping[str, Any], record: Mapping[str, Any]) -> Draft:
    """From `release.json` and `private.json`, which `read_history` must have found to be right."""
    return Draft(read_release(release), _record(record))


def read_release(release: Mapping[str, Any]) -> Release:
    """From `release.json`."""
    groups = tuple(
        PublishedGroup(
            group["id"],
            group["title"],
            SizeBand(group["size"]),
            {metric: Figures(**figures) for metric, figures in group["metrics"].items()},
        )
        for group in release["groups"]
    )
    rules = release["rules"]
    return Release(
        release["release"],
        rules["meets_from"],
        groups,
        tuple(release["withheld"]),
        release["waiting"],
        release["previous"],
        rules["u"],
    )


def _record(record: Mapping[str, Any]) -> Record:
    rows = record["versions"]
    return Record(
        [row[0] for row in rows],
        [row[1] for row in rows],
        [row[2] for row in rows],
        tuple(PublishedSet(each["group"], each["metric"], tuple(each["atoms"])) for each in record["sets"]),
        frozenset(row[0] for row in rows if row[3]),
        tuple(record["waiting"]),
        {name: tuple(seen) for name, seen in record["parties"].items()},
    )
