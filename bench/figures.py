"""Figures in a page of the documentation, between marks that name the command which measures them."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

END = "<!-- end of what was measured -->"


def put_between(page: Path, command: str, lines: Sequence[str]) -> None:
    """Put the lines in the place of the old ones. ValueError if the page has no marks for that command."""
    begin = f"<!-- measured: {command} -->"
    text = page.read_text("utf-8")
    head, found, rest = text.partition(begin)
    _, ended, tail = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"{page.name} has no place for the figures of: {command}")
    page.write_text(f"{head}{begin}\n\n" + "\n".join(lines) + f"\n\n{END}{tail}", "utf-8")


def side_by_side(kinds: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """A table with a column for each database, below a line that says when and where it was measured."""
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    day, load = time.strftime("%Y-%m-%d"), os.getloadavg()[0]
    return [
        f"Measured on {day} on {os.cpu_count()} cores; the load of the machine at the end was {load:.1f}.",
        "",
        "| | " + " | ".join(names[each] for each in kinds) + " |",
        "|---|" + "---:|" * len(kinds),
        *(f"| {title} | " + " | ".join(shown) + " |" for title, shown in rows),
    ]
