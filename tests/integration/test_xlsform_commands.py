"""charter xlsform and charter from-xlsform, as somebody types them."""

import os
import stat
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import CliRunner

from charter.console import InputProblem
from charter.xlsform_commands import from_xlsform_command, xlsform_command
from questionnaires import load_pack


@click.group()
def cli() -> None:
    """The two commands by themselves."""


cli.add_command(xlsform_command)
cli.add_command(from_xlsform_command)


def run(*arguments: object):
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def refused(*arguments: object) -> list[str]:
    """The lines with which a command refuses its input."""
    result = run(*arguments)
    assert isinstance(result.exception, InputProblem), result.output
    assert result.exception.exit_code == 1
    return str(result.exception).splitlines()


@pytest.fixture
def form(tmp_path):
    path = tmp_path / "form.xlsx"
    assert run("xlsform", "safeguarding-basics", "-o", path).exit_code == 0
    return path


def foreign(path: Path) -> Path:
    """A form that somebody made by hand."""
    book = openpyxl.Workbook()
    survey = book.worksheets[0]
    survey.title = "survey"
    survey.append(["type", "name", "label"])
    survey.append(["select_one lvl", "q1", "First"])
    survey.append(["text", "remarks", "Remarks"])
    choices = book.create_sheet("choices")
    choices.append(["list_name", "name", "label"])
    for number in (1, 2):
        choices.append(["lvl", number, f"Level {number}"])
    book.save(path)
    return path


def test_a_form_is_written_and_what_it_cannot_do_is_said_on_stderr(tmp_path):
    result = run("xlsform", "chab-dai-charter", "-o", tmp_path / "form.xlsx")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "have no place in a form" in result.stderr
    assert openpyxl.load_workbook(tmp_path / "form.xlsx").sheetnames == ["survey", "choices", "settings", "charter"]


def test_a_pack_comes_back_from_the_form(form, tmp_path):
    result = run("from-xlsform", form, "-o", tmp_path / "back")
    assert (result.exit_code, result.output) == (0, "")
    back, pack = load_pack(tmp_path / "back"), load_pack("safeguarding-basics")
    assert back.groups == pack.groups
    assert back.actions == pack.actions
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["km.yaml", "pack.yaml"]


def test_what_a_foreign_form_loses_is_said_on_stderr(tmp_path):
    result = run("from-xlsform", foreign(tmp_path / "kobo.xlsx"), "-o", tmp_path / "pack")
    assert result.exit_code == 0
    assert f"{tmp_path / 'kobo.xlsx'}: 1 question of the type text left out: remarks" in result.stderr.splitlines()


def test_a_form_with_problems_writes_nothing(tmp_path):
    path = foreign(tmp_path / "kobo.xlsx")
    book = openpyxl.load_workbook(path)
    book["survey"]["A2"] = "select_one lvll"
    book.save(path)
    lines = refused("from-xlsform", path, "-o", tmp_path / "pack")
    assert lines == [
        f"{path}: sheet survey, row 2, column A (type): there is no list lvll in the sheet choices; did you mean lvl?"
    ]
    assert [each.name for each in tmp_path.iterdir()] == ["kobo.xlsx"]


def test_an_empty_folder_is_filled_and_a_full_one_refused(form, tmp_path):
    (tmp_path / "new").mkdir()
    assert run("from-xlsform", form, "-o", tmp_path / "new").exit_code == 0
    before = (tmp_path / "new" / "pack.yaml").stat().st_mtime_ns
    (line,) = refused("from-xlsform", form, "-o", tmp_path / "new")
    assert "is there already; name a folder that is new or empty" in line
    assert (tmp_path / "new" / "pack.yaml").stat().st_mtime_ns == before
    assert "is there already" in refused("from-xlsform", form, "-o", form)[0]


def test_the_folder_is_as_open_as_any_other(form, tmp_path):
    run("from-xlsform", form, "-o", tmp_path / "pack")
    (tmp_path / "other").mkdir()
    modes = {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("pack", "other")}
    assert len(modes) == 1


def test_a_failure_while_writing_leaves_nothing_behind(form, tmp_path, monkeypatch):
    def fail(self: Path, target: Path) -> Path:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "rename", fail)
    (line,) = refused("from-xlsform", form, "-o", tmp_path / "pack")
    assert line.endswith("cannot be written: No space left on device")
    assert [each.name for each in tmp_path.iterdir()] == ["form.xlsx"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["xlsform", "safeguarding-basic", "-o", "x.xlsx"], "did you mean safeguarding-basics?"),
        (["xlsform", "safeguarding-basics", "-o", "no/such/folder/x.xlsx"], "cannot be written"),
        (["from-xlsform", "no-such-file.xlsx", "-o", "pack"], "no-such-file.xlsx: cannot be read"),
        (["from-xlsform", "form.xlsx", "-o", "no/such/folder/pack"], "cannot be written"),
        (["from-xlsform", "form.xlsx", "-o", "a\0b"], "cannot be written"),
    ],
)
def test_what_cannot_be_read_or_written_is_named(form, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert message in refused(*arguments)[0]
    assert [each.name for each in tmp_path.iterdir()] == ["form.xlsx"]


@pytest.mark.parametrize("data", [b"", b"hello", b"PK\x03\x04"])
def test_what_is_no_form_is_refused(tmp_path, data):
    (tmp_path / "form.xlsx").write_bytes(data)
    (line,) = refused("from-xlsform", tmp_path / "form.xlsx", "-o", tmp_path / "pack")
    assert ": the file is " in line


@pytest.mark.parametrize("command", ["xlsform", "from-xlsform"])
def test_help_ends_with_an_example(command):
    result = run(command, "--help")
    assert f"Example: charter {command} " in result.output
    assert run(command).exit_code == 2
