"""Releases one after the other, through the same values that are written to files and read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from scoring.benchmarks import Draft, History, make_release, read_history
from scoring.benchmarks.writing import Seal, record_json, record_text, release_text
from tests.unit.scoring.benchmarks.worlds import Round

Files = list[tuple[Any, Any]]


def written(draft: Draft, history: History) -> tuple[Any, Any]:
    """`release.json` and `private.json` as they are read back."""
    record = record_json(draft, seal=Seal("00", {}), code="test", pack=("pack", "1"), previous=history.record_sha256)
    return json.loads(release_text(draft.release)), json.loads(record_text(record))


def released(
    rounds: Iterable[Round], parties: Mapping[str, Iterable[str]], *, shuffled: bool = False
) -> tuple[list[Draft], Files]:
    """The releases of these rounds, each with those before as its history."""
    files: Files = []
    drafts = []
    for number, each in enumerate(rounds):
        history = read_history(files)
        columns = each.columns(sorted(each.organization, reverse=True) if shuffled else None)
        draft = make_release(f"r{number}", each.declaration, columns, parties=parties, history=history)
        drafts.append(draft)
        files.append(written(draft, history))
    return drafts, files
