"""The page of figures. Everything above the reading is written anew each time; the reading is a person's and stays."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from bench.measure import Goal, Section
from bench.subjects import ROOT

PAGE = ROOT / "docs" / "performance" / "0001-engine.md"
TITLE = "0001 The engine: linting, scoring, planning"
READING = "## Reading"


def as_text(section: Section) -> str:
    """For a terminal."""
    table = [section.header, *section.rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(section.header))]
    lines = ["", section.title]
    lines += ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*lines, *(f"{_verdict(goal)}: {goal.text} – {goal.measured}" for goal in section.goals)])


def write_page(sections: Sequence[Section], *, page: Path = PAGE, title: str = TITLE, runs: int = 5) -> Path:
    """Write it; its path. `runs`: how many there were of each subject at least."""
    reading = page.read_text(encoding="utf-8").partition(READING)[2] if page.exists() else "\n\nNot written yet.\n"
    parts = [_head(title, runs), _goals(sections), *(_section(section) for section in sections), READING + reading]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n\n".join(part.strip() for part in parts) + "\n", encoding="utf-8")
    return page


def _head(title: str, runs: int) -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    load = os.getloadavg()[1]
    return f"""# {title}

Measured on {date.today().isoformat()} by `make bench` with Python {platform.python_version()}, on a machine
({platform.machine()}) with {os.cpu_count()} cores and {memory:.0f} GiB of memory, whose load was {load:.1f} at the end.

Times are medians of at least {runs} runs; the spread goes from the fastest run to the slowest. A floor is measured in
turns with what stands on it, so that ratios say more than times. In process it is the processor's time, and of twice
as many runs those count around which a fixed loop in Python was fastest, because virtual cores change their speed. Of
whole commands and of the planner it is time on the clock."""


def _goals(sections: Sequence[Section]) -> str:
    rows = [(goal.text, goal.measured, _verdict(goal)) for section in sections for goal in section.goals]
    return "## Goals\n\n" + _table(("goal", "measured", ""), rows)


def _section(section: Section) -> str:
    return f"## {section.title}\n\n{section.text}\n\n{_table(section.header, section.rows)}"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in lines)


def _verdict(goal: Goal) -> str:
    return "met" if goal.met else "NOT MET"
