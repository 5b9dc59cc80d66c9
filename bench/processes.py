"""What processes take of the machine, as the kernel tells it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def family(number: int) -> list[int]:
    """The process and all that it started, and these in turn."""
    try:
        found = [int(each) for each in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
    except FileNotFoundError:
        return []
    return [number, *(one for child in found for one in family(child))]


def memory(numbers: Iterable[int]) -> float:
    """Megabytes: each process's own, and its share of what several have."""
    return sum(_pss(number) for number in numbers) / 1024


def processor_seconds(numbers: Iterable[int]) -> float:
    """What they used so far."""
    return sum(_ticks(number) for number in numbers) / _TICK


def open_files(numbers: Iterable[int]) -> int:
    """File descriptors, connections among them."""
    return sum(len(list(Path(f"/proc/{number}/fd").iterdir())) for number in numbers)


def _pss(number: int) -> int:
    try:
        text = Path(f"/proc/{number}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def _ticks(number: int) -> int:
    try:
        fields = Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])
