"""A history that was tampered with is not built on."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from scoring.benchmarks import HistoryError, read_history
from scoring.benchmarks.canonical import canonical_sha256
from scoring.benchmarks.writing import record_sha256
from tests.unit.scoring.benchmarks.making import Files, released
from tests.unit.scoring.benchmarks.worlds import Round

Change = Callable[[Any, Any], object]


@cache
def three() -> Files:
    rounds = []
    for year in range(3):
        versions = [f"v{number:02}-{year}" for number in range(48)]
        members = {"all": frozenset(versions), "half": frozenset(versions[:24])}
        values: dict[str, int | None] = {version: number for number, version in enumerate(versions)}
        some = {version: None if number % 2 else 50 for number, version in enumerate(versions)}
        rounds.append(Round({v: v[:3] for v in versions}, members, {"overall": values, "policy": some}))
    return released(rounds, {"m": ("v01", "v02")})[1]


def refused(files: Files) -> HistoryError:
    with pytest.raises(HistoryError) as error:
        read_history(files)
    return error.value


def sealed(change: Change) -> Change:
    """A change by somebody who also knows how the hashes are made."""

    def both(release: Any, record: Any) -> None:
        change(release, record)
        release["sha256"] = canonical_sha256({key: value for key, value in release.items() if key != "sha256"})
        record["release_sha256"] = release["sha256"]
        record["sha256"] = record_sha256(record)

    return both


def changed(change: Change, position: int = 2) -> Files:
    files = copy.deepcopy(three())
    change(*files[position])
    return files


def test_releases_as_they_were_made_are_accepted() -> None:
    history = read_history(three())
    assert history.names == ("r0", "r1", "r2")
    assert len(history.versions) == 144
    assert history.sha256 == three()[-1][0]["sha256"]
    assert history.parties == {"m": ("v01", "v02")}
    assert {entry["metric"] for entry in three()[-1][1]["sets"]} == {None, "policy"}


@pytest.mark.parametrize("order", [(1, 2), (0, 2), (1, 0), (0, 0), (0, 2, 1), (2,)])
def test_releases_must_all_be_there_in_their_order(order: tuple[int, ...]) -> None:
    assert refused([three()[number] for number in order]).file == "release.json"


@pytest.mark.parametrize(
    "change",
    [
        lambda release, _: release["groups"][0]["metrics"]["overall"].update(median=55),
        lambda release, _: release.update(withheld=["x"]),
        lambda release, _: release.update(sha256="0" * 64),
        lambda release, _: release.update(note="x"),
        lambda release, _: release.pop("waiting"),
        lambda release, _: release.update(waiting=0.5),
        sealed(lambda release, _: release.update(previous=None)),
        sealed(lambda release, _: release["rules"].update(u=3)),
        sealed(lambda release, _: release.update(release="r0")),
    ],
)
def test_a_changed_release_is_refused(change: Change) -> None:
    error = refused(changed(change))
    assert (error.position, error.file) == (2, "release.json")


def same_atom_for_all(_: Any, record: Any) -> None:
    for row in record["versions"]:
        row[2] = 0
    for entry in record["sets"]:
        entry["atoms"] = [0]


@pytest.mark.parametrize(
    "change",
    [
        lambda _, record: record["versions"].pop(),
        lambda _, record: record["parties"].clear(),
        lambda _, record: record.update(sha256="0" * 64),
        lambda _, record: record.pop("sha256"),
        sealed(lambda _, record: record["versions"].pop(0)),
        sealed(lambda _, record: record["versions"].reverse()),
        sealed(lambda _, record: record["versions"][0].__setitem__(1, "other")),
        sealed(lambda _, record: record["versions"][0].__setitem__(2, -1)),
        sealed(lambda _, record: record["versions"][0].__setitem__(2, 3)),
        sealed(lambda _, record: record["versions"][0].__setitem__(0, 7)),
        sealed(lambda _, record: record["versions"][0].__setitem__(3, 1)),
        sealed(lambda _, record: record["versions"][2].__setitem__(3, 0)),
        lambda _, record: record["sets"][0]["atoms"].pop(),
        sealed(lambda _, record: record["sets"].pop(2)),
        sealed(lambda _, record: record["sets"].pop(0)),
        sealed(lambda _, record: record["sets"][0].update(group="half")),
        sealed(lambda _, record: record["sets"][0].update(atoms=[9999])),
        sealed(lambda release, _: release["groups"][0].update(size="20-29")),
        sealed(lambda release, _: release["groups"].pop()),
        sealed(lambda release, _: release["groups"][0]["metrics"]["policy"].update(median=None)),
        sealed(lambda _, record: record.update(previous=None)),
        sealed(lambda _, record: record.update(versions=None)),
        sealed(lambda _, record: record.update(release="other")),
        sealed(same_atom_for_all),
    ],
)
def test_a_changed_record_is_refused(change: Change) -> None:
    error = refused(changed(change))
    assert (error.position, error.file) == (2, "private.json")


@pytest.mark.parametrize("content", [None, [], "x", 3, {}, {"release": "r"}])
def test_what_is_no_release_is_refused(content: Any) -> None:
    assert refused([(content, three()[0][1])]).file == "release.json"
    assert refused([(three()[0][0], content)]).file == "private.json"


def test_a_record_of_another_release_is_refused() -> None:
    files = three()
    assert refused([(files[0][0], files[1][1])]).file == "private.json"
