"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path


class CannotWriteError(Exception):
    """A file could not be written; the text says which and why."""


def write_whole(data: bytes, path: Path) -> None:
    """Write beside the file and rename over it, so that nobody ever finds half of it. CannotWriteError otherwise."""
    write_all_whole([(path, data)])


def write_all_whole(files: Iterable[tuple[Path, bytes]]) -> None:
    """The same for several files: not one is put in place before all have been written beside theirs."""
    prepared: list[tuple[Path, Path, Path]] = []
    streams: list[tuple[Path, bytes]] = []
    path = Path()
    try:
        for path, data in files:
            if path.exists() and not path.is_file() and not path.is_dir():
                # A pipe or a device has no content to protect, and must not be replaced by a file.
                streams.append((path, data))
            else:
                prepared.append(_written_beside(path, data))
        for path, data in streams:
            path.write_bytes(data)
        for one in prepared:
            path, temporary, target = one
            temporary.replace(target)
    except (OSError, ValueError) as error:
        raise CannotWriteError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from error
    finally:
        for _, temporary, _ in prepared:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _written_beside(path: Path, data: bytes) -> tuple[Path, Path, Path]:
    """The path, the file that is to take its place, and that place itself: a link stays a link."""
    target = path.resolve()
    if target.is_dir():
        raise IsADirectoryError("this is a folder")
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name[:40]}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp lets only the owner read; what is written here is as readable as any other new file.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return path, temporary, target
