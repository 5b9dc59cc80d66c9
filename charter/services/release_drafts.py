"""What a release is made from: the declared groups, the versions to submit, the parties, the history; and making it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from charter.database.base import canonical
from charter.database.packs import PublishedPack
from charter.services.assessments import metric_names
from charter.services.errors import Refused
from charter.services.packs import pack_of
from charter.services.peer_groups import declaration_of, declaration_text, holds
from charter.services.release_history import Past, organization_name
from charter.services.release_parties import parties
from charter.services.release_rows import IMPROVED, Row, checked_values, closed_rows, facts_by_assessment
from charter.services.release_versions import select_versions
from questionnaires.message import message
from scoring.benchmarks import Columns, Declaration, Draft, make_release
from scoring.benchmarks.writing import Seal, data_package, record_json, record_text, release_csv, release_text


@dataclass(frozen=True)
class Material:
    """Everything that `make_release` takes; `instead`: how many give an earlier version than their newest."""

    declaration: Declaration
    groups: Sequence[Mapping[str, Any]]
    columns: Columns
    parties: Mapping[str, tuple[str, ...]]
    past: Past
    instead: int

    def make(self, name: str) -> Draft:
        """The release."""
        return make_release(name, self.declaration, self.columns, parties=self.parties, history=self.past.history)


@dataclass(frozen=True)
class Files:
    """A release as text, as docs/benchmarks.md says."""

    release: str
    table: str
    package: str
    record: str


def gather(
    db: Session,
    past: Past,
    *,
    published: PublishedPack,
    groups: Sequence[Mapping[str, Any]],
    meets_from: int,
    only: Collection[str] | None = None,
) -> Material:
    """Read it all; four statements, however many members.

    `only` names the versions to take; without it they are selected. Refused where there is nothing to publish, where
    a result cannot be used, or where one of `only` may no longer be taken.
    """
    pack = pack_of(db, published)
    rows = [row for row in closed_rows(db) if row.pack == published.id]
    seen = parties(db)
    declaration = declaration_of(groups, meets_from=meets_from)
    chosen, instead = _chosen(rows, past, seen) if only is None else (_named(rows, past, only), 0)
    if not chosen:
        raise Refused(message("No member takes part yet with a closed assessment of this questionnaire."))
    metrics = (*metric_names(pack), IMPROVED)
    values = checked_values(chosen, len(metrics) - 1)
    names = {each.subject for group in declaration.groups if group.when for each in group.when.comparisons()}
    facts: Mapping[int, Any] = facts_by_assessment(db, published.id, names)
    members = [[holds(group.when, facts.get(row.assessment, {})) for row in chosen] for group in declaration.groups]
    columns = Columns(
        pack.id,
        pack.version,
        [row.version for row in chosen],
        [organization_name(row.organization) for row in chosen],
        np.array(members, bool),
        metrics,
        np.ascontiguousarray(np.frombuffer(values, np.uint8).reshape(len(chosen), len(metrics)).T),
    )
    return Material(declaration, groups, columns, seen, past, instead)


def files_of(draft: Draft, material: Material, previous_record: str | None) -> Files:
    """The draft as files. The input is sealed with a random key, which only the private record holds."""
    key = secrets.token_bytes(32)
    columns = material.columns
    results = [columns.versions, columns.organizations, columns.members.tolist(), columns.values.tolist()]
    inputs = {
        "groups": declaration_text(material.groups, meets_from=material.declaration.meets_from),
        "parties": canonical(material.parties),
        "results": canonical(results),
    }
    seal = Seal(
        key.hex(), {name: hmac.new(key, text.encode(), hashlib.sha256).hexdigest() for name, text in inputs.items()}
    )
    table = release_csv(draft.release)
    record = record_json(
        draft,
        seal=seal,
        code=version("charter"),
        pack=(columns.pack, columns.pack_version),
        previous=previous_record,
    )
    package = json.dumps(data_package(draft.release, table), ensure_ascii=False, indent=2) + "\n"
    return Files(release_text(draft.release), table.decode(), package, record_text(record))


def _chosen(rows: Sequence[Row], past: Past, seen: Mapping[str, Sequence[str]]) -> tuple[list[Row], int]:
    by_version = {row.version: row for row in rows}
    newest = {organization_name(row.organization): row.version for row in rows if row.may_enter}
    published = set(past.history.versions)
    earlier = {organization_name(row.organization): row.version for row in rows if row.version in published}
    selection = select_versions(newest, earlier, history=past.history, parties=seen)
    return [by_version[each] for each in selection.versions.values()], len(selection.instead)


def _named(rows: Sequence[Row], past: Past, only: Collection[str]) -> list[Row]:
    published = set(past.history.versions)
    found = [row for row in rows if row.version in only and (row.may_enter or row.version in published)]
    if len(found) < len(only):
        raise Refused(
            message(
                "Since this draft was made, a member has changed its choice or left, or an assessment was opened "
                "again. Discard the draft and make a new one."
            )
        )
    return found
