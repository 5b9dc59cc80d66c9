"""Every invalid pack gives exactly the lines in its expected.txt, and every rule has a case."""

import os
from pathlib import Path

import pytest

from questionnaires import PackError, lint, load_pack
from questionnaires.problems import ERRORS, RULES, WARNINGS
from questionnaires.source import MAX_BYTES, MAX_VALUES

INVALID = Path(__file__).parent / "invalid"
CASES = sorted(path.name for path in INVALID.iterdir())
BUILT_HERE = {"no-pack", "file-missing", "file-unreadable", "file-too-large", "too-many-values"}
"""Rules whose cases are too large or too odd for a file in git."""


def lines_of(case: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the linter says, seen from the folder of the case. A case with `new` and `old` is a comparison."""
    monkeypatch.chdir(INVALID / case)
    problems = lint("new", against="old") if Path("new").is_dir() else lint(".")
    return [str(problem) for problem in problems]


@pytest.mark.parametrize("case", CASES)
def test_an_invalid_pack_gives_exactly_the_expected_lines(case, monkeypatch):
    expected = (INVALID / case / "expected.txt").read_text(encoding="utf-8").splitlines()
    assert lines_of(case, monkeypatch) == expected


@pytest.mark.parametrize("case", CASES)
def test_a_pack_with_an_error_cannot_be_loaded_and_one_with_warnings_alone_can(case, monkeypatch):
    errors = [line for line in lines_of(case, monkeypatch) if ": error[" in line]
    if Path("new").is_dir():
        load_pack("new")  # what is lost against an earlier version does not make the pack itself unusable
    elif errors:
        with pytest.raises(PackError) as refused:
            load_pack(".")
        assert [str(p) for p in refused.value.problems if p.severity == "error"] == errors
    else:
        load_pack(".")


@pytest.mark.parametrize("case", CASES)
def test_every_case_says_what_it_shows(case):
    folder = INVALID / case
    pack = folder / ("new/pack.yaml" if (folder / "new").is_dir() else "pack.yaml")
    text = pack.read_bytes()
    assert text.startswith(b"# Wrong: ") or "# Wrong: ".encode("utf-16-le") in text


def test_every_rule_has_a_case():
    said = "".join((INVALID / case / "expected.txt").read_text(encoding="utf-8") for case in CASES)
    with_case = {rule for rule in RULES if f"[{rule}]: " in said}
    assert set(RULES) - with_case == BUILT_HERE


def test_no_rule_is_an_error_and_a_warning():
    assert not set(ERRORS) & set(WARNINGS)


def test_a_name_that_is_neither_pack_nor_folder_is_named_with_the_nearest_pack(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert [str(problem) for problem in lint("chab-dai-chater")] == [
        "chab-dai-chater:0:0: error[no-pack]: there is no pack chab-dai-chater, and no folder of that name; "
        "did you mean chab-dai-charter?"
    ]


@pytest.mark.parametrize("name", ["", "a\0b", "a" * 5000, "a" * 5000 + ".yaml", "\0.yaml", "nowhere/at/all"])
def test_a_name_that_no_file_can_have_is_a_problem_and_no_traceback(name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (problem,) = lint(name)
    assert problem.rule in ("no-pack", "file-missing", "file-unreadable")
    with pytest.raises(PackError):
        load_pack(name)


def test_a_folder_without_a_pack_says_which_file_is_missing(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert [str(problem) for problem in lint("empty")] == [
        "empty/pack.yaml:0:0: error[file-missing]: there is no such file"
    ]


def test_a_translation_that_is_a_folder_cannot_be_read(monkeypatch, tmp_path):
    write_tiny(tmp_path)
    (tmp_path / "km.yaml").mkdir()
    monkeypatch.chdir(tmp_path)
    assert errors_of(".") == ["km.yaml:0:0: error[file-unreadable]: cannot be read: it is no regular file"]


def test_a_translation_that_is_a_pipe_is_not_waited_for(monkeypatch, tmp_path):
    write_tiny(tmp_path)
    os.mkfifo(tmp_path / "km.yaml")
    monkeypatch.chdir(tmp_path)
    assert errors_of(".") == ["km.yaml:0:0: error[file-unreadable]: cannot be read: it is no regular file"]


def test_a_file_that_is_too_large_is_not_read(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("pack.yaml").write_bytes(b"# " + b"x" * MAX_BYTES)
    assert errors_of(".") == [
        f"pack.yaml:0:0: error[file-too-large]: is {MAX_BYTES + 2} bytes long; a file may have at most {MAX_BYTES}"
    ]


def test_aliases_that_explode_are_counted_before_they_are_followed(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    lines = ["x0: &x0 [a, a, a, a, a, a, a, a, a, a]"]
    lines += [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, 12)]
    Path("pack.yaml").write_text("\n".join(lines))
    assert errors_of(".") == [
        f"pack.yaml:6:45: error[too-many-values]: holds more than {MAX_VALUES} values once its aliases are followed"
    ]


def test_a_standard_alone_can_be_checked_too(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    Path("care.yaml").write_text(
        'standard: nursing\nversion: "1"\nstatus: official\nlanguage: en\ntitle: Care\n'
        "clauses: [{id: food, title: Food, applies_when: {beds: 5}}]\n"
    )
    assert [str(problem) for problem in lint("care.yaml")] == [
        "care.yaml:1:11: error[file-name]: the standard nursing stands in a file called care.yaml; "
        "its name must be nursing.yaml",
        "care.yaml:6:56: error[condition-form]: a condition is one of all, any, not, or one fact or criterion with one "
        "operator; beds is followed by the number 5 instead of an operator",
    ]


def write_tiny(folder: Path) -> None:
    text = (INVALID / "criterion-unimproved" / "pack.yaml").read_text(encoding="utf-8")
    (folder / "pack.yaml").write_text(text, encoding="utf-8")


def errors_of(reference: str) -> list[str]:
    return [str(problem) for problem in lint(reference) if problem.severity == "error"]
