"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


class CannotWriteError(Exception):
    """A file could not be written; the text says which and why."""


def write_whole(data: bytes, path: Path) -> None:
    """Write beside the file and rename over it, so that nobody ever finds half of it. CannotWriteError otherwise."""
    temporary: str | None = None
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device has no content to protect, and must not be replaced by a file.
            path.write_bytes(data)
            return
        path = path.resolve()  # a link stays a link
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp lets only the owner read; what is written here is as readable as any other new file.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except (OSError, ValueError) as error:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
        raise CannotWriteError(f"{path}: cannot be written: {getattr(error, 'strerror', None) or error}") from error
