"""Time, and what is said about it: medians, spread, ratios, goals."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Timing:
    """Seconds of several runs of one thing."""

    runs: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    def __str__(self) -> str:
        """The median in milliseconds."""
        return milliseconds(self.median)

    @property
    def spread(self) -> str:
        """From the fastest run to the slowest, in milliseconds."""
        return f"{milliseconds(min(self.runs))} – {milliseconds(max(self.runs))}"


@dataclass(frozen=True)
class Goal:
    """What was aimed for, and what was measured."""

    text: str
    measured: str
    met: bool


@dataclass
class Section:
    """One subject: what was done, a table, and how it stands to its goals."""

    title: str
    text: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)


def interleaved(
    subjects: Mapping[str, Callable[[], object]],
    *,
    runs: int,
    clock: Callable[[], float] = time.process_time,
    warm: bool = True,
) -> dict[str, Timing]:
    """Each subject so many times, in turns, so that a busy moment of the machine falls on all of them alike.

    If `warm`, one run of each beforehand is not counted. Garbage of the run before is collected outside the time. The
    clock of the processor is right for work in one thread of this process, `time.perf_counter` for everything else.
    """
    seconds: dict[str, list[float]] = {name: [] for name in subjects}
    for run in range(0 if warm else 1, runs + 1):
        for name, work in subjects.items():
            gc.collect()
            began = clock()
            work()
            elapsed = clock() - began
            if run:
                seconds[name].append(elapsed)
    return {name: Timing(tuple(found)) for name, found in seconds.items()}


def milliseconds(seconds: float) -> str:
    """Three digits that mean something."""
    value = seconds * 1000
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(timing: Timing, floor: Timing) -> float:
    """Of the medians."""
    return timing.median / floor.median


def times(factor: float) -> str:
    """A ratio as text."""
    return f"{factor:.2f} ×"
