"""What every command needs of the console: reading input, writing output whole, saying that something takes time."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from charter.files import CannotWriteError, write_all_whole

MAX_INPUT = 64 * 1024 * 1024
PATIENCE = 2.0
"""Seconds after which somebody who waits is told that work goes on."""


class InputProblem(Exception):
    """What is wrong with the input, one line each; ends the command with exit code 1, or 2 for wrong usage."""

    def __init__(self, lines: Iterable[str], *, exit_code: int = 1) -> None:
        self.exit_code = exit_code
        super().__init__("\n".join(lines))


def read_input(name: str) -> bytes:
    """The bytes of a file, or of standard input for `-`. InputProblem if they cannot be had."""
    try:
        if name == "-":
            data = sys.stdin.buffer.read(MAX_INPUT + 1)
        else:
            with Path(name).open("rb") as stream:
                data = stream.read(MAX_INPUT + 1)
    except (OSError, ValueError) as error:
        raise InputProblem([f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from error
    if len(data) > MAX_INPUT:
        raise InputProblem([f"{name}: is larger than {MAX_INPUT} bytes"])
    return data


def emit(content: str | bytes, output: str | None) -> None:
    """To standard output, or whole and at once to the file `output`."""
    emit_all([(content, output)])


def emit_all(outputs: Iterable[tuple[str | bytes, str | None]]) -> None:
    """The same for several: no file is in place before all could be written, and only then something is printed."""
    outputs = list(outputs)
    files = [
        (Path(output), content if isinstance(content, bytes) else content.encode())
        for content, output in outputs
        if output is not None
    ]
    try:
        write_all_whole(files)
    except CannotWriteError as error:
        raise InputProblem([str(error)]) from error
    for content, output in outputs:
        if output is None:
            click.echo(content, nl=False)


@contextlib.contextmanager
def waiting(what: str) -> Iterator[None]:
    """While the body takes longer than `PATIENCE`, and somebody looks at a terminal, a bar that moves."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    bar = threading.Thread(target=_bar, args=(what, done), daemon=True)
    bar.start()
    try:
        yield
    finally:
        done.set()
        bar.join()


def _bar(what: str, done: threading.Event, width: int = 24) -> None:
    """How long the work will take is not known, so a block travels along the bar and the seconds are counted."""
    began = time.monotonic()
    if done.wait(PATIENCE):
        return
    step = 0
    while not done.wait(0.2):
        position = abs((step % (2 * width - 2)) - (width - 1))
        line = "·" * position + "█" + "·" * (width - 1 - position)
        click.echo(f"\r{what} {line} {time.monotonic() - began:.0f} s", err=True, nl=False)
        step += 1
    click.echo("\r" + " " * (len(what) + width + 12) + "\r", err=True, nl=False)
