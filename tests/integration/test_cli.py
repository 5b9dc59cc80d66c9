"""The commands as people and scripts call them: output, exit codes, and what bad input is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = str(ROOT / "examples" / "hope-house.json")
PACK = "chab-dai-charter"


def charter(*arguments: str, stdin: bytes = b"", cwd: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    program = [sys.executable, "-W", "error", "-c", "from charter.cli import main; main()", *arguments]
    return subprocess.run(program, input=stdin, capture_output=True, check=False, cwd=cwd or ROOT, timeout=120)


def lines(stream: bytes) -> list[str]:
    return stream.decode().splitlines()


@pytest.mark.parametrize("command", ["lint", "schema", "score", "explain", "plan", "report"])
def test_every_command_has_help_with_an_example_that_names_it(command: str) -> None:
    ran = charter(command, "--help")
    assert ran.returncode == 0
    assert f"Example: charter {command}" in " ".join(ran.stdout.decode().split())


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["no-such-command"],
        ["lint"],
        ["score", PACK],
        ["plan", PACK, EXAMPLE, "--months", "0"],
        ["plan", PACK, EXAMPLE, "--start", "2027-13"],
        ["plan", PACK, EXAMPLE, "--capacity-days", "ten"],
        ["plan", PACK, EXAMPLE, "--budget", "-1"],
        ["report", PACK, EXAMPLE],
        ["report", PACK, EXAMPLE, "--kind", "poem", "-o", "x.pdf"],
        ["report", PACK, EXAMPLE, "--language", "xx", "-o", "x.pdf"],
        ["schema", "poem"],
    ],
)
def test_wrong_usage_exits_2_with_a_message_and_no_output(arguments: list[str]) -> None:
    ran = charter(*arguments)
    assert ran.returncode == 2
    assert ran.stderr.strip()
    assert not ran.stdout
    assert b"Traceback" not in ran.stderr


def test_lint_of_the_shipped_packs_has_warnings_only_and_exits_0() -> None:
    ran = charter("lint", PACK, "safeguarding-basics")
    assert ran.returncode == 0
    assert all(": warning[" in line for line in lines(ran.stdout))


def test_lint_as_json_counts_what_it_lists(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("pack: x\ntitel: y\n", encoding="utf-8")
    ran = charter("lint", str(tmp_path), "--json")
    found = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert found["errors"] == sum(1 for problem in found["problems"] if problem["severity"] == "error") > 1
    unknown = next(problem for problem in found["problems"] if problem["rule"] == "unknown-key")
    assert (unknown["line"], unknown["column"]) == (2, 1)
    assert "did you mean title?" in unknown["message"]


def test_score_reads_standard_input_and_says_the_same_as_from_the_file() -> None:
    from_file = charter("score", PACK, EXAMPLE, "--json")
    from_stdin = charter("score", PACK, "-", "--json", stdin=Path(EXAMPLE).read_bytes())
    assert from_file.returncode == from_stdin.returncode == 0
    assert from_file.stdout == from_stdin.stdout
    result = json.loads(from_file.stdout)
    assert list(result) == ["pack", "version", "status", "overall", "groups", "criteria", "standards", "sheets"]


def test_a_result_can_be_written_to_a_file(tmp_path: Path) -> None:
    target = tmp_path / "result.json"
    assert charter("score", PACK, EXAMPLE, "--json", "-o", str(target)).returncode == 0
    assert json.loads(target.read_text(encoding="utf-8"))["pack"] == PACK
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_a_device_is_written_to_and_never_replaced() -> None:
    ran = charter("score", PACK, EXAMPLE, "--json", "-o", "/dev/stdout")
    assert ran.returncode == 0
    assert json.loads(ran.stdout)["pack"] == PACK


@pytest.mark.parametrize("node", ["overall", "PR1", "PR1.2", "residential-2014", "sub-decree-119/abuse-report"])
def test_every_kind_of_node_can_be_explained(node: str) -> None:
    as_text, as_json = charter("explain", PACK, EXAMPLE, node), charter("explain", PACK, EXAMPLE, node, "--json")
    assert as_text.returncode == as_json.returncode == 0
    explanation = json.loads(as_json.stdout)
    assert explanation["node"] == node
    assert explanation["headline"] in as_text.stdout.decode()


def test_explaining_something_unknown_names_the_nearest() -> None:
    ran = charter("explain", PACK, EXAMPLE, "overal")
    assert ran.returncode == 1
    assert "did you mean overall?" in ran.stderr.decode()


def test_plan_prints_its_json_and_keeps_the_limits() -> None:
    options = ("--months", "6", "--capacity-days", "7.5", "--max-actions", "3", "--start", "2027-01", "--json")
    ran = charter("plan", PACK, EXAMPLE, *options)
    plan = json.loads(ran.stdout)
    assert ran.returncode == 0
    assert plan["status"] == "optimal"
    assert len(plan["actions"]) <= 3
    assert [entry["month"] for entry in plan["forecast"]] == [f"2027-0{month}" for month in range(1, 7)]
    assert all("2027-01" <= action["start"] <= action["end"] <= "2027-06" for action in plan["actions"])


def test_the_plan_as_text_names_every_action_and_its_reason() -> None:
    ran = charter("plan", PACK, EXAMPLE, "--start", "2027-01")
    plan = json.loads(charter("plan", PACK, EXAMPLE, "--start", "2027-01", "--json").stdout)
    text = ran.stdout.decode()
    assert all(action["title"] in text and action["why"] in text for action in plan["actions"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfe\x00", "is not UTF-8 text"),
        (b"{", "is not valid JSON"),
        (b"[]", "the file must hold an object"),
        (b'{"pack": "x"}', 'the answers belong to "x"'),
        (b"[" * 100_000, "nested too deeply"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "is not UTF-8 text"),
    ],
    ids=["empty", "utf-16", "half", "list", "other-pack", "deep", "picture"],
)
@pytest.mark.parametrize("command", ["score", "plan"])
def test_bad_answers_exit_1_with_one_clear_line_each(command: str, content: bytes, said: str, tmp_path: Path) -> None:
    answers = tmp_path / "answers.json"
    answers.write_bytes(content)
    ran = charter(command, PACK, str(answers))
    assert ran.returncode == 1
    assert not ran.stdout
    assert any(line.startswith(str(answers)) and said in line for line in lines(ran.stderr))
    assert b"Traceback" not in ran.stderr


@pytest.mark.parametrize("pack", ["chab-dai-chater", "/no/such/folder", "", "x" * 5000])
def test_a_pack_that_is_not_there_exits_1(pack: str) -> None:
    ran = charter("score", pack, EXAMPLE)
    assert ran.returncode == 1
    assert "error[" in ran.stderr.decode()
    assert b"Traceback" not in ran.stderr


def test_answers_that_are_not_there_exit_1() -> None:
    ran = charter("score", PACK, "no-such-file.json")
    assert ran.returncode == 1
    assert lines(ran.stderr) == ["no-such-file.json: cannot be read: No such file or directory"]


def test_a_file_that_cannot_be_written_exits_1_and_leaves_nothing(tmp_path: Path) -> None:
    ran = charter("score", PACK, EXAMPLE, "-o", str(tmp_path / "missing" / "result.txt"))
    assert ran.returncode == 1
    assert "cannot be written" in ran.stderr.decode()
    assert not list(tmp_path.iterdir())


def test_a_reader_who_leaves_early_is_no_error() -> None:
    program = [sys.executable, "-c", "from charter.cli import main; main()", "score", PACK, EXAMPLE, "--json"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


@pytest.mark.parametrize("what", ["pack", "standard", "answers"])
def test_schemas_are_json_schema_documents(what: str) -> None:
    schema = json.loads(charter("schema", what).stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_report_of_a_plan_is_a_pdf_in_the_language_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "report.pdf"
    ran = charter(
        "report", PACK, EXAMPLE, "--kind", "plan", "--language", "km", "--start", "2027-01", "-o", str(target)
    )
    assert ran.returncode == 0, ran.stderr
    assert target.read_bytes().startswith(b"%PDF-")


def test_several_outputs_are_written_side_by_side_and_nothing_is_printed(tmp_path: Path) -> None:
    names = {"--xlsx": "plan.xlsx", "--csv": "plan.csv", "--ics": "plan.ics"}
    options = [part for option, name in names.items() for part in (option, str(tmp_path / name))]
    ran = charter("plan", PACK, EXAMPLE, "--start", "2027-01", "--language", "km", *options)
    assert ran.returncode == 0, ran.stderr
    assert not ran.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names.values())


def test_two_outputs_of_one_name_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    target = str(tmp_path / "result")
    ran = charter("score", PACK, EXAMPLE, "--xlsx", target, "--csv", target)
    assert ran.returncode == 2
    assert not list(tmp_path.iterdir())
