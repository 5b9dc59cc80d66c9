"""Drawn charts in a folder, where processes that come later find them. Any file may be deleted at any time."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from charter.reports.errors import ReportError

SETTING = "CHARTER_CHART_FOLDER"
"""The environment variable that names the folder; without it charts are kept in the process and nowhere else."""

MOST_FILES = 4000
"""With more than these the older half goes. A chart is some 30 KB."""


def load(key: str) -> str | None:
    """The picture with that key, None if there is none."""
    folder = os.environ.get(SETTING)
    if not folder:
        return None
    try:
        return _file(folder, key).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def save(key: str, svg: str) -> None:
    """Keep a picture, whole or not at all. ReportError if the folder cannot be written to."""
    folder = os.environ.get(SETTING)
    if not folder:
        return
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        number, unfinished = tempfile.mkstemp(dir=folder, prefix="unfinished-")
        try:
            with open(number, "w", encoding="utf-8") as file:
                file.write(svg)
            os.replace(unfinished, _file(folder, key))
        except BaseException:
            Path(unfinished).unlink(missing_ok=True)
            raise
        _forget(Path(folder))
    except OSError as error:
        raise ReportError(f"Charts cannot be kept in {folder}, which {SETTING} names: {error.strerror}.") from error


def _file(folder: str, key: str) -> Path:
    return Path(folder, f"{key}.svg")


def _forget(folder: Path) -> None:
    files = list(folder.glob("*.svg"))
    if len(files) > MOST_FILES:
        for file in sorted(files, key=_written_at)[: len(files) // 2]:
            file.unlink(missing_ok=True)


def _written_at(file: Path) -> float:
    """Seconds; 0 for one that another process has just deleted."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0
