"""Releases as people make them: files in, files out, one after the other, and what is refused."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import frictionless
import pytest
from click.testing import CliRunner, Result

from charter.console import InputProblem
from charter.release_command import release_command
from scoring import read_answers, result_json, score
from scoring.benchmarks.canonical import canonical_sha256
from tests.unit.reports.forms import the_pack

PUBLIC = ("release.json", "release.csv", "datapackage.json")
ALL = sorted((*PUBLIC, "private.json"))
EXAMPLE = Path(__file__).parents[2] / "examples" / "hope-house.json"
GROUPS = """
meets_from: 75
groups:
  - {id: all, title: "All, of course", weight: 3}
  - {id: national, title: National, when: {kind: {is: national}}}
  - {id: tiny, title: Tiny, when: {staff: {at_most: 3}}}
"""


def row(number: int, year: int = 2026, **changes: Any) -> dict[str, Any]:
    chance = random.Random(f"{number}-{year}")
    scores = [round(chance.random(), 4) for _ in range(4)]
    return {
        "organization": f"o{number}",
        "version": f"o{number}-{year}",
        "attributes": {"kind": "national" if number % 2 else "international", "staff": number},
        "result": {
            "pack": "harbour",
            "version": "1",
            "overall": {"score": scores[0], "policy": scores[1], "practice": None},
            "groups": {"P1": {"score": scores[2]}},
            "standards": {"victims": {"share_met": scores[3] if number % 2 else None}},
        },
    } | changes


class Folder:
    """A folder with input files, and the command run in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.write("groups.yaml", GROUPS)
        self.results(row(number) for number in range(55))

    def write(self, name: str, content: str | bytes) -> str:
        (self.path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(self.path / name)

    def results(self, rows: Iterable[dict[str, Any]]) -> None:
        self.write("results.ndjson", "".join(json.dumps(each) + "\n" for each in rows))

    def run(self, name: str, *more: str, output: str | None = None) -> Result:
        files = ["--results", str(self.path / "results.ndjson"), "--groups", str(self.path / "groups.yaml")]
        return CliRunner().invoke(release_command, [name, *files, *more, "-o", str(self.path / (output or name))])

    def made(self, name: str, *more: str, output: str | None = None) -> dict[str, Any]:
        result = self.run(name, *more, output=output)
        assert result.exit_code == 0, result.exception
        release: dict[str, Any] = self.read(output or name, "release.json")
        return release

    def refused(self, name: str, *more: str) -> list[str]:
        result = self.run(name, *more)
        assert isinstance(result.exception, InputProblem), result.output
        assert not (self.path / name).exists()
        return str(result.exception).splitlines()

    def read(self, release: str, file: str) -> Any:
        return json.loads((self.path / release / file).read_text("utf-8"))

    def history(self, *names: str) -> list[str]:
        return [part for name in names for part in ("--history", str(self.path / name))]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_release_has_its_groups_its_figures_and_what_is_withheld(folder: Folder) -> None:
    release = folder.made("2026")
    assert sorted(path.name for path in (folder.path / "2026").iterdir()) == ALL
    assert list(release) == ["release", "rules", "groups", "withheld", "waiting", "previous", "sha256"]
    assert (release["release"], release["rules"]) == ("2026", {"u": 7, "meets_from": 75})
    assert [(group["id"], group["title"], group["size"]) for group in release["groups"]] == [
        ("all", "All, of course", "50-99"),
        ("national", "National", "20-29"),
    ]
    assert (release["withheld"], release["waiting"], release["previous"]) == (["tiny"], False, None)
    metrics = release["groups"][0]["metrics"]
    assert list(metrics) == ["overall", "policy", "practice", "group:P1", "standard:victims"]
    assert metrics["practice"] == {"median": None, "q1": None, "q3": None, "meets": None}
    assert all(value is not None for value in metrics["overall"].values())
    assert release.pop("sha256") == canonical_sha256(release)


def test_the_data_package_is_valid_and_its_table_holds_every_figure(folder: Folder) -> None:
    release = folder.made("2026")
    report = frictionless.validate(str(folder.path / "2026" / "datapackage.json"))
    assert report.valid, report.flatten(["message"])
    package = frictionless.Package(str(folder.path / "2026" / "datapackage.json"))
    table: Any = package.get_resource("release")
    rows = table.read_rows()
    assert [
        (line["group"], line["metric"], line["median"], line["q1"], line["q3"], line["meets"]) for line in rows
    ] == [
        (group["id"], metric, *figures.values())
        for group in release["groups"]
        for metric, figures in group["metrics"].items()
    ]
    text = (folder.path / "2026" / "release.csv").read_text("utf-8")
    assert '2026,all,"All, of course",50-99,practice,' + ",".join(["not published"] * 4) in text


def test_the_public_files_are_the_same_each_time_and_the_private_one_is_sealed_with_another_key(folder: Folder) -> None:
    folder.made("2026", output="one")
    folder.results(reversed([row(number) for number in range(55)]))
    folder.made("2026", output="two")
    for name in PUBLIC:
        assert (folder.path / "one" / name).read_bytes() == (folder.path / "two" / name).read_bytes()
    one, two = (folder.read(name, "private.json") for name in ("one", "two"))
    assert one["input"]["key"] != two["input"]["key"]
    data = (folder.path / "results.ndjson").read_bytes()
    assert two["input"]["results"] == hmac.new(bytes.fromhex(two["input"]["key"]), data, hashlib.sha256).hexdigest()
    public = "".join((folder.path / "two" / name).read_text("utf-8") for name in PUBLIC)
    assert hashlib.sha256(data).hexdigest() not in public
    assert two["input"]["results"] not in public
    assert "o17" not in public
    assert stat.S_IMODE((folder.path / "two" / "private.json").stat().st_mode) == 0o600


def test_releases_are_chained(folder: Folder) -> None:
    first = folder.made("2026")
    folder.results(row(number, 2027) for number in range(60))
    second = folder.made("2027", *folder.history("2026"))
    assert second["previous"] == first["sha256"]
    folder.results(row(number, 2027 if number < 30 else 2028) for number in range(60))
    third = folder.made("2028", *folder.history("2026", "2027"))
    assert third["previous"] == second["sha256"]
    assert len(folder.read("2028", "private.json")["versions"]) >= 115


def test_two_newcomers_wait(folder: Folder) -> None:
    folder.made("2026")
    folder.results(row(number) for number in range(57))
    release = folder.made("2027", *folder.history("2026"))
    assert release["waiting"] is True
    assert [group["id"] for group in release["groups"]] == ["all", "national"]
    assert folder.read("2027", "private.json")["waiting"] == ["o55-2026", "o56-2026"]


def test_parties_are_heeded_and_remembered(folder: Folder) -> None:
    caseload = [f"o{number}" for number in range(1, 45, 2)]
    parties = folder.write("parties.json", json.dumps({"mentor": caseload}))
    release = folder.made("2026", "--parties", parties)
    assert [group["id"] for group in release["groups"]] == ["all"]
    assert release["withheld"] == ["national", "tiny"]
    assert folder.read("2026", "private.json")["parties"] == {"mentor": sorted(caseload)}


def test_a_release_in_which_nothing_can_be_published_is_made_and_says_so(folder: Folder) -> None:
    folder.results(row(number) for number in range(4))
    result = folder.run("2026")
    assert result.exit_code == 0
    assert "no group can be published" in result.stderr
    release = folder.read("2026", "release.json")
    assert (release["groups"], release["withheld"], release["waiting"]) == ([], ["all", "national", "tiny"], True)
    assert frictionless.validate(str(folder.path / "2026" / "datapackage.json")).valid


def test_results_as_charter_scores_them_are_taken(folder: Folder) -> None:
    pack = the_pack("chab-dai-charter")
    result = result_json(score(pack, read_answers(EXAMPLE.read_bytes(), pack)))
    folder.results(row(number, result=result) for number in range(12))
    release = folder.made("2026")
    metrics = release["groups"][0]["metrics"]
    assert [name for name in metrics if name.startswith("group:")] == [f"group:{name}" for name in result["groups"]]
    assert {f"standard:{name}" for name in result["standards"]} <= metrics.keys()
    assert metrics["overall"]["median"] == 60


def test_results_may_come_from_standard_input(folder: Folder) -> None:
    data = (folder.path / "results.ndjson").read_bytes()
    groups = str(folder.path / "groups.yaml")
    arguments = ["2026", "--results", "-", "--groups", groups, "-o", str(folder.path / "2026")]
    result = CliRunner().invoke(release_command, arguments, input=data)
    assert result.exit_code == 0, result.exception
    assert len(folder.read("2026", "release.json")["groups"]) == 2


def test_every_problem_is_named_with_its_file_and_line(folder: Folder) -> None:
    results = folder.path / "results.ndjson"
    bad = row(3)
    bad["result"]["overall"]["score"] = 1.5
    folder.results([row(0), row(1), row(1), bad, row(4, result={**row(4)["result"], "pack": "other"})])
    folder.write("groups.yaml", GROUPS.replace("kind: {is", "kind: {iz"))
    parties = folder.write("parties.json", '{"m": "o1"}')
    found = folder.refused("2026", "--parties", parties)
    assert len(found) == 2
    assert found[0].startswith(f"{folder.path / 'groups.yaml'}:5:")
    assert found[1] == f"{parties}: m: must be a list of organizations"
    folder.write("groups.yaml", GROUPS)
    lines = folder.refused("2026")
    assert [line.split(": ")[0] for line in lines] == [f"{results}:3", f"{results}:3", f"{results}:4", f"{results}:5"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file holds no results"),
        (b"\n\n", "the file holds no results"),
        (b"\xff\xfe\x00", ":1: is not UTF-8 text"),
        (b"{\n", ":1: is not valid JSON"),
        (b"x" * (9 * 1024 * 1024), ":1: is longer than 8388608 bytes"),
        (b"[" * 100_000, ":1: is nested too deeply"),
    ],
    ids=["empty", "blank", "utf-16", "half", "long", "deep"],
)
def test_results_that_cannot_be_read_are_refused(folder: Folder, content: bytes, said: str) -> None:
    folder.write("results.ndjson", content)
    assert said in folder.refused("2026")[0]


@pytest.mark.parametrize("file", ["release.json", "private.json"])
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"a": 1, "a": 2}', None])
def test_a_history_that_cannot_be_relied_on_is_refused(folder: Folder, file: str, content: bytes | None) -> None:
    folder.made("2025")
    damaged = folder.path / "2025" / file
    damaged.unlink()
    if content is not None:
        damaged.write_bytes(content)
    (line,) = folder.refused("2026", *folder.history("2025"))
    assert line.startswith(str(damaged))


def test_a_figure_changed_by_hand_is_noticed(folder: Folder) -> None:
    folder.made("2025")
    path = folder.path / "2025" / "release.json"
    path.write_text(path.read_text("utf-8").replace('"size": "50-99"', '"size": "100+"'), "utf-8")
    (line,) = folder.refused("2026", *folder.history("2025"))
    assert line == f"{path}: has been changed: its content does not have the hash that it states"


def test_histories_are_named_oldest_first_and_once(folder: Folder) -> None:
    folder.made("2025")
    folder.made("2026", *folder.history("2025"))
    assert "name the releases before it too" in folder.refused("2027", *folder.history("2026"))[0]
    assert "name the releases before it too" in folder.refused("2027", *folder.history("2026", "2025"))[0]
    again = folder.run("2025", *folder.history("2025"), output="x").exception
    assert "there is a release 2025 in the history already" in str(again)


def test_a_release_is_never_written_over(folder: Folder) -> None:
    folder.made("2026")
    before = (folder.path / "2026" / "release.json").read_bytes()
    problem = folder.run("2026").exception
    assert "a release is never written over" in str(problem)
    assert (folder.path / "2026" / "release.json").read_bytes() == before


def test_a_folder_that_cannot_be_written_is_named_and_left_alone(folder: Folder) -> None:
    folder.write("taken", "x")
    for output in ("taken", "taken/inside"):
        problem = folder.run("2026", output=output).exception
        assert isinstance(problem, InputProblem)
        assert "taken" in str(problem)
    assert (folder.path / "taken").read_text() == "x"


@pytest.mark.parametrize("name", ["", "a b", "../x", "-x", "x" * 65, "é"])
def test_a_name_that_cannot_stand_in_a_data_package_is_wrong_usage(folder: Folder, name: str) -> None:
    result = CliRunner().invoke(
        release_command, ["--results", "r", "--groups", "g", "-o", str(folder.path / "out"), "--", name]
    )
    assert isinstance(result.exception, InputProblem)
    assert result.exception.exit_code == 2


def test_the_help_has_an_example() -> None:
    result = CliRunner().invoke(release_command, ["--help"])
    assert "Example: charter release 2026" in " ".join(result.output.split())


def test_what_is_missing_is_wrong_usage() -> None:
    assert CliRunner().invoke(release_command, ["2026"]).exit_code == 2
