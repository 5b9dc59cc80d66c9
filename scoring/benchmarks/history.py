"""The releases before, checked: they are those that were made, unchanged, complete and in their order (rule R7)."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from scoring.benchmarks.atoms import compressed, refined, split
from scoring.benchmarks.canonical import canonical_sha256
from scoring.benchmarks.figures import size_band
from scoring.benchmarks.model import LEAST_MEMBERS, UNKNOWN, Flags, Whole
from scoring.benchmarks.writing import record_sha256

RELEASE_FILE = "release.json"
RECORD_FILE = "private.json"
_RELEASE_KEYS = {"release", "rules", "groups", "withheld", "waiting", "previous", "sha256"}
_UNREADABLE = (KeyError, TypeError, ValueError, IndexError, AttributeError)


@dataclass(frozen=True)
class History:
    """What the releases so far leave behind; `versions`, `organizations` and `atoms` are parallel.

    `nowhere` is the atom of versions that were in no published set, -1 where there is none. `sha256` is that of the
    last release, `record_sha256` that of its record. `parties`: what anybody ever saw.
    """

    versions: Sequence[str] = ()
    organizations: Sequence[str] = ()
    atoms: Whole = field(default_factory=lambda: np.zeros(0, np.int64))
    nowhere: int = -1
    names: tuple[str, ...] = ()
    sha256: str | None = None
    record_sha256: str | None = None
    parties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class HistoryError(Exception):
    """A release before cannot be relied on: `position` in the order given, the file, and what is wrong with it."""

    def __init__(self, position: int, file: str, message: str) -> None:
        self.position = position
        self.file = file
        self.message = message
        super().__init__(f"{file}: {message}")


def read_history(releases: Sequence[tuple[Any, Any]]) -> History:
    """From the content of `release.json` and `private.json` of each release, oldest first. HistoryError otherwise."""
    history = History()
    in_sets: Flags = np.zeros(0, bool)
    for position, (release, record) in enumerate(releases):
        _check_release(position, release, history)
        try:
            history, in_sets = _next(history, in_sets, release, record)
        except _Wrong as wrong:
            raise HistoryError(position, RECORD_FILE, str(wrong)) from wrong
        except _UNREADABLE as error:
            raise HistoryError(position, RECORD_FILE, "is not what a release writes there") from error
    return history


class _Wrong(Exception):
    pass


def _check_release(position: int, release: Any, history: History) -> None:
    def wrong(message: str) -> HistoryError:
        return HistoryError(position, RELEASE_FILE, message)

    if not isinstance(release, dict) or set(release) != _RELEASE_KEYS or not isinstance(release["release"], str):
        raise wrong("is not what a release writes there")
    try:
        true_hash = canonical_sha256({key: value for key, value in release.items() if key != "sha256"})
    except (ValueError, RecursionError) as error:
        raise wrong(f"has been changed: {error}") from error
    if release["sha256"] != true_hash:
        raise wrong("has been changed: its content does not have the hash that it states")
    if release["previous"] != history.sha256:
        if history.sha256 is None:
            raise wrong("is not the first release; name the releases before it too, oldest first")
        raise wrong(f"does not follow release {history.names[-1]}; name all releases, oldest first")
    if release["release"] in history.names:
        raise wrong(f"release {release['release']} stands twice")
    if not isinstance(release["rules"], dict) or release["rules"].get("u") != UNKNOWN:
        raise wrong(f"was made by other rules; u must be {UNKNOWN}")


def _next(history: History, in_sets: Flags, release: Any, record: Any) -> tuple[History, Flags]:
    if not isinstance(record, dict) or record.get("sha256") != record_sha256(record):
        raise _Wrong("has been changed: its content does not have the hash that it states")
    if record["release"] != release["release"] or record["release_sha256"] != release["sha256"]:
        raise _Wrong(f"does not belong to the {RELEASE_FILE} beside it")
    if record["previous"] != history.record_sha256:
        raise _Wrong("does not follow the record of the release before")
    versions, organizations, atoms, taken = _versions(record["versions"])
    count = int(atoms.max(initial=-1)) + 1
    before = _places(history, versions, organizations, taken)
    carried = before >= 0
    labels = np.full(len(versions), history.nowhere if history.nowhere >= 0 else len(history.atoms), np.int64)
    labels[carried] = history.atoms[before[carried]]
    was_in = np.zeros(len(versions), bool)
    was_in[carried] = in_sets[before[carried]]
    classes, number = compressed(labels)
    for inside in _sets(record["sets"], atoms, count, taken, release["groups"]):
        classes, number = split(classes, number, inside)
        was_in |= inside
    if number != count or refined(classes, atoms)[1] != count:
        raise _Wrong("its atoms are not those that follow from the published sets")
    nowhere = atoms[~was_in]
    return (
        History(
            versions,
            organizations,
            atoms,
            int(nowhere[0]) if len(nowhere) else -1,
            (*history.names, record["release"]),
            release["sha256"],
            record["sha256"],
            {name: tuple(seen) for name, seen in record["parties"].items()},
        ),
        was_in,
    )


def _versions(rows: Any) -> tuple[list[str], list[str], Whole, Flags]:
    versions = [row[0] for row in rows]
    organizations = [row[1] for row in rows]
    if any(type(text) is not str for text in versions) or any(type(text) is not str for text in organizations):
        raise _Wrong("a version or organization is not text")
    if any(here >= after for here, after in itertools.pairwise(versions)):
        raise _Wrong("its versions are not in order, or one stands twice")
    atoms = np.array([row[2] for row in rows], np.int64)
    if len(atoms) and atoms.min() < 0:
        raise _Wrong("an atom has a number below 0")
    taken = [row[1] for row in rows if row[3]]
    if len(set(taken)) < len(taken):
        raise _Wrong("two versions of one organization are in the release")
    return versions, organizations, atoms, np.array([row[3] == 1 for row in rows], bool)


def _places(history: History, versions: list[str], organizations: list[str], taken: Flags) -> Whole:
    """Where each version stood in the release before, -1 for new ones."""
    at = {version: place for place, version in enumerate(history.versions)}
    before = np.array([at.get(version, -1) for version in versions], np.int64)
    if int((before >= 0).sum()) != len(history.versions):
        raise _Wrong("a version of an earlier release is missing")
    for place, earlier in enumerate(before.tolist()):
        if earlier >= 0 and history.organizations[earlier] != organizations[place]:
            raise _Wrong(f"version {versions[place]} belongs to another organization than before")
    if not taken[before < 0].all():
        raise _Wrong("a version is new and not in the release")
    return before


def _sets(raw: Any, atoms: Whole, count: int, taken: Flags, groups: Any) -> list[Flags]:
    published = {group["id"]: group for group in groups}
    found = []
    whole = []
    for entry in raw:
        chosen = np.zeros(count, bool)
        chosen[np.array(entry["atoms"], np.int64)] = True
        inside = chosen[atoms]
        size = int(inside.sum())
        if not taken[inside].all():
            raise _Wrong(f"a set of group {entry['group']} holds versions that are not in the release")
        group = published[entry["group"]]
        if entry["metric"] is None:
            whole.append(entry["group"])
            if size < LEAST_MEMBERS or size_band(size).value != group["size"]:
                raise _Wrong(f"group {entry['group']} has not the size that {RELEASE_FILE} states")
        elif group["metrics"][entry["metric"]]["median"] is None:
            raise _Wrong(f"{entry['metric']} of group {entry['group']} is not published in {RELEASE_FILE}")
        found.append(inside)
    if whole != list(published):
        raise _Wrong(f"its groups are not those of {RELEASE_FILE}")
    return found
