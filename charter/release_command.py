"""The command that makes a release of benchmarks from files."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar

import click

from charter.console import InputProblem, read_input, waiting

if TYPE_CHECKING:
    from scoring.benchmarks import Columns, Declaration, Draft, History

_T = TypeVar("_T")
_FILES = ("private.json", "release.csv", "datapackage.json", "release.json")
"""In the order in which they appear: who finds release.json finds all of them."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_EXAMPLE = "charter release 2026 --results results.ndjson --groups groups.yaml --parties parties.json -o releases/2026"


@click.command("release", epilog=f"Example: {_EXAMPLE}")
@click.argument("name", metavar="ID")
@click.option("--results", metavar="FILE.ndjson", required=True, help="One JSON object a line for each organization.")
@click.option("--groups", metavar="FILE.yaml", required=True, help="The peer groups, and from where a score meets.")
@click.option("--parties", metavar="FILE.json", help="Who sees which organizations by name, besides themselves.")
@click.option("--history", metavar="DIR", multiple=True, help="Folder of an earlier release; repeat, oldest first.")
@click.option("-o", "--output", metavar="DIR", required=True, help="Folder for the release; it may hold none yet.")
def release_command(
    name: str, results: str, groups: str, parties: str | None, history: tuple[str, ...], output: str
) -> None:
    """Make a release: figures of peer groups that give no single member away.

    ID names the release, such as 2026. Written are release.json, release.csv and datapackage.json, which may be shown
    to everybody, and private.json, which is needed for later releases and must never be shown to anybody.
    """
    if not _NAME.fullmatch(name):
        text = f"ID: {name!r}: use at most 64 letters, digits, dots, hyphens and underscores, a letter or digit first"
        raise InputProblem([text], exit_code=2)
    folder = Path(output)
    _refuse_taken(folder)
    with waiting("Making the release"):
        files, draft = _made(name, results=results, groups=groups, parties=parties, history=history)
    _write(folder, files)
    _say(draft)


def _made(
    name: str, *, results: str, groups: str, parties: str | None, history: tuple[str, ...]
) -> tuple[dict[str, bytes], Draft]:
    """The files by name."""
    from scoring.benchmarks import make_release

    problems: list[str] = []
    key = secrets.token_bytes(32)
    inputs: dict[str, str] = {}
    earlier = _or_problems(problems, lambda: _history(history))
    declaration = _or_problems(problems, lambda: _declaration(groups, key, inputs))
    seen = _or_problems(problems, lambda: _parties(parties, key, inputs))
    if earlier is not None and name in earlier.names:
        problems.append(f"ID: there is a release {name} in the history already")
    columns = None
    if declaration is not None and earlier is not None:
        columns = _or_problems(problems, lambda: _columns(results, declaration, earlier, key, inputs))
    if problems or declaration is None or earlier is None or seen is None or columns is None:
        raise InputProblem(problems)
    draft = make_release(name, declaration, columns, parties=seen, history=earlier)
    return _files(draft, columns, earlier, key, inputs), draft


def _files(draft: Draft, columns: Columns, earlier: History, key: bytes, inputs: dict[str, str]) -> dict[str, bytes]:
    from importlib.metadata import version

    from scoring.benchmarks.writing import Seal, data_package, record_json, record_text, release_csv, release_text

    table = release_csv(draft.release)
    record = record_json(
        draft,
        seal=Seal(key.hex(), inputs),
        code=version("charter"),
        pack=(columns.pack, columns.pack_version),
        previous=earlier.record_sha256,
    )
    package = json.dumps(data_package(draft.release, table), ensure_ascii=False, indent=2) + "\n"
    contents = (record_text(record).encode(), table, package.encode(), release_text(draft.release).encode())
    return dict(zip(_FILES, contents, strict=True))


def _or_problems(problems: list[str], read: Callable[[], _T]) -> _T | None:
    """What `read` gives; None once what is wrong has been added to `problems`."""
    try:
        return read()
    except InputProblem as problem:
        problems += str(problem).split("\n")
        return None


def _history(folders: tuple[str, ...]) -> History:
    from scoring.benchmarks import HistoryError, read_history
    from scoring.benchmarks.history import RECORD_FILE, RELEASE_FILE

    problems: list[str] = []
    found = []
    for folder in folders:
        pair = [_or_problems(problems, partial(_json, Path(folder) / file)) for file in (RELEASE_FILE, RECORD_FILE)]
        found.append((pair[0], pair[1]))
    if problems:
        raise InputProblem(problems)
    try:
        return read_history(found)
    except HistoryError as error:
        raise InputProblem([f"{Path(folders[error.position]) / error.file}: {error.message}"]) from error


def _json(path: Path) -> Any:
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputProblem([f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from error
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputProblem([f"{path}:{line}: is not UTF-8 text"]) from error
    except json.JSONDecodeError as error:
        raise InputProblem([f"{path}:{error.lineno}: is not valid JSON: {error.msg}"]) from error
    except RecursionError as error:
        raise InputProblem([f"{path}: is nested too deeply"]) from error
    except ValueError as error:
        raise InputProblem([f"{path}: is not valid JSON: {error}"]) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def _declaration(file: str, key: bytes, inputs: dict[str, str]) -> Declaration:
    from questionnaires.problems import PackError
    from scoring.benchmarks import read_declaration

    data = read_input(file)
    inputs["groups"] = hmac.new(key, data, hashlib.sha256).hexdigest()
    try:
        return read_declaration(data, file)
    except PackError as error:
        raise InputProblem([str(problem) for problem in error.problems]) from error


def _parties(file: str | None, key: bytes, inputs: dict[str, str]) -> dict[str, tuple[str, ...]]:
    from scoring.benchmarks import PartiesError, read_parties

    if file is None:
        return {}
    data = read_input(file)
    inputs["parties"] = hmac.new(key, data, hashlib.sha256).hexdigest()
    try:
        return read_parties(data)
    except PartiesError as error:
        raise InputProblem([f"{file}: {problem}" for problem in error.problems]) from error


def _columns(file: str, declaration: Declaration, earlier: History, key: bytes, inputs: dict[str, str]) -> Columns:
    """Line by line, so that a large file is never in memory as a whole."""
    from scoring.benchmarks import RowReader, RowsError
    from scoring.benchmarks.rows import MAX_LINE

    digest = hmac.new(key, digestmod=hashlib.sha256)
    reader = RowReader(declaration, earlier)
    try:
        with _opened(file) as stream:
            while line := stream.readline(MAX_LINE + 2):
                digest.update(line)
                reader.add(line)
        inputs["results"] = digest.hexdigest()
        return reader.columns()
    except RowsError as error:
        places = ((f"{file}:{problem.line}" if problem.line else file, problem.message) for problem in error.problems)
        raise InputProblem([f"{place}: {message}" for place, message in places]) from error
    except (OSError, ValueError) as error:
        raise InputProblem([f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from error


@contextlib.contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    if file == "-":
        yield sys.stdin.buffer
        return
    with Path(file).open("rb") as stream:
        yield stream


def _refuse_taken(folder: Path) -> None:
    """A release is never written over: a correction is a new release."""
    try:
        taken = [name for name in _FILES if (folder / name).exists()]
        is_file = folder.exists() and not folder.is_dir()
    except (OSError, ValueError) as error:
        raise _cannot_write(folder, error) from error
    if is_file:
        raise InputProblem([f"{folder}: is a file; name a folder"])
    if taken:
        raise InputProblem([f"{folder}: holds {taken[-1]} already; a release is never written over"])


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """All files or none: written under another name first, then renamed."""
    temporary: Path | None = None
    done: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=folder, prefix=".release."))
        umask = os.umask(0)
        os.umask(umask)
        for name, content in files.items():
            path = temporary / name
            path.write_bytes(content)
            # The record names who is in which set: only its owner may read it.
            path.chmod(0o600 if name == "private.json" else 0o666 & ~umask)
        for name in files:
            (temporary / name).rename(folder / name)
            done.append(folder / name)
    except (OSError, ValueError) as error:
        for path in done:
            with contextlib.suppress(OSError):
                path.unlink()
        raise _cannot_write(folder, error) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _cannot_write(folder: Path, error: Exception) -> InputProblem:
    return InputProblem([f"{folder}: cannot be written: {getattr(error, 'strerror', None) or error}"])


def _say(draft: Draft) -> None:
    """What a coordinator wants to know; no more than the release itself says, but how many wait."""
    release = draft.release
    click.echo(f"release {release.name}: {len(release.groups)} groups published", err=True)
    if not release.groups:
        click.echo("no group can be published; the release has none, and says so", err=True)
    if release.withheld:
        click.echo(f"not published: {', '.join(release.withheld)}", err=True)
    if draft.record.waiting:
        click.echo(f"{len(draft.record.waiting)} versions wait for a later release", err=True)
