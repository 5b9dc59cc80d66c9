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


def interleaved(subjects: Mapping[str, Callable[[], object]], *, runs: int) -> dict[str, Timing]:
    """Processor time of each subject, in turns, so that a busy moment of the machine falls on all of them alike.

    Virtual cores may run at half their speed while their owner lends them out. So a fixed loop is timed before and
    after each run, each subject runs twice as often as asked for, and those runs count around which the loop was
    fastest: chosen by the state of the machine, never by the result. A first run of each is not counted, and garbage of
    the run before is collected outside the time.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in subjects}
    for run in range(2 * runs + 1):
        for name, work in subjects.items():
            gc.collect()
            before = _loop()
            elapsed = _timed(work, time.process_time)
            if run:
                found[name].append((max(before, _loop()), elapsed))
    return {name: Timing(tuple(elapsed for _, elapsed in sorted(each)[:runs])) for name, each in found.items()}


def on_the_clock(subjects: Mapping[str, Callable[[], object]], *, runs: int, warm: bool) -> dict[str, Timing]:
    """Time on the clock of each subject, in turns; for whole processes and for what is not done in Python.

    If `warm`, a first run of each is not counted.
    """
    found: dict[str, list[float]] = {name: [] for name in subjects}
    for run in range(0 if warm else 1, runs + 1):
        for name, work in subjects.items():
            elapsed = _timed(work, time.perf_counter)
            if run:
                found[name].append(elapsed)
    return {name: Timing(tuple(each)) for name, each in found.items()}


def _timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    began = clock()
    work()
    return clock() - began


def _loop() -> float:
    return _timed(lambda: sum(number * number for number in range(20_000)), time.process_time)


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
