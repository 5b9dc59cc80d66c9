"""The commands that go to and from the XLSForm of ODK and KoboToolbox."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from charter.console import InputProblem, emit, read_input, waiting
from charter.inputs import loaded


@click.command("xlsform", epilog="Example: charter xlsform safeguarding-basics -o safeguarding.xlsx")
@click.argument("pack", metavar="PACK")
@click.option("-o", "--output", metavar="FILE.xlsx", required=True, help="Where to write the form.")
def xlsform_command(pack: str, output: str) -> None:
    """Write a pack as an XLSForm for ODK and KoboToolbox, in all its languages.

    What a form cannot do is said on standard error; a sheet called charter keeps it for charter from-xlsform.
    """
    from questionnaires.xlsform import write_xlsform

    questionnaire = loaded(pack)
    with waiting("Writing the form"):
        data, notes = write_xlsform(questionnaire)
    emit(data, output)
    _say(notes)


@click.command("from-xlsform", epilog="Example: charter from-xlsform my-form.xlsx -o my-packs/my-form")
@click.argument("form", metavar="FILE.xlsx")
@click.option("-o", "--output", metavar="DIR", required=True, help="Folder for the pack; new, or empty.")
def from_xlsform_command(form: str, output: str) -> None:
    """Make a pack from an XLSForm: one that charter xlsform wrote, or any other.

    What does not come along is said on standard error. Nothing is written if the form has problems.
    """
    from questionnaires.xlsform import read_xlsform

    folder = Path(output)
    _refuse_taken(folder)
    data = read_input(form)
    with waiting("Reading the form"):
        result = read_xlsform(data)
    if result.problems:
        raise InputProblem(f"{form}: {problem}" for problem in result.problems)
    _write_folder(result.files, folder)
    _say(f"{form}: {note}" for note in result.notes)


def _say(notes: Iterable[object]) -> None:
    for note in notes:
        click.echo(str(note), err=True)


def _refuse_taken(folder: Path) -> None:
    try:
        taken = folder.exists() and (not folder.is_dir() or any(folder.iterdir()))
    except (OSError, ValueError) as error:
        raise _cannot_write(folder, error) from error
    if taken:
        raise InputProblem([f"{folder}: is there already; name a folder that is new or empty"])


def _write_folder(files: Mapping[str, str], folder: Path) -> None:
    """Write beside the folder and rename, so that nobody ever finds half a pack."""
    from questionnaires.xlsform.reading import write_files

    temporary: Path | None = None
    try:
        temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name[:40]}."))
        write_files(files, temporary)
        # mkdtemp lets only the owner in; this folder is as open as any other new one.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o777 & ~umask)
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    except (OSError, ValueError) as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                shutil.rmtree(temporary)
        raise _cannot_write(folder, error) from error


def _cannot_write(folder: Path, error: Exception) -> InputProblem:
    return InputProblem([f"{folder}: cannot be written: {getattr(error, 'strerror', None) or error}"])
