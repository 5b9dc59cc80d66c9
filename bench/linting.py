"""Linting: the Charter pack against the plain reading of its files, and packs of growing size."""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType

from bench.generated import write_pack
from bench.measure import Goal, Section, Timing, interleaved, ratio, times
from bench.subjects import PACK, pack_files, read_plainly
from questionnaires import lint, load_pack

SIZES = (250, 500, 1_000, 2_000)
MOST_TIMES_FLOOR = 4
MOST_EXPONENT = 1.1
MOST_MORE_CALLS = 1.05


def charter() -> Section:
    files = pack_files()
    found = interleaved(
        {"floor": lambda: read_plainly(files), "lint": lambda: lint(PACK), "load": lambda: load_pack(PACK)}, runs=11
    )
    size = sum(file.stat().st_size for file in files)
    section = Section(
        "Linting the Charter pack",
        f"In process: `{PACK}` with two translations and the standards that it names, {len(files)} files, "
        f"{size / 1024:,.0f} KiB. Floor: PyYAML's safe loader in C reads the same files and does nothing else.",
        ("work", "median, ms", "spread, ms", "of the floor"),
    )
    for name, words in (("floor", "reading plainly (floor)"), ("load", "`load_pack`"), ("lint", "`lint`")):
        section.rows.append((words, str(found[name]), found[name].spread, times(ratio(found[name], found["floor"]))))
    factor = ratio(found["lint"], found["floor"])
    section.goals.append(
        Goal(f"linting takes at most {MOST_TIMES_FLOOR} × the floor", times(factor), factor <= MOST_TIMES_FLOOR)
    )
    return section


def growth() -> Section:
    section = Section(
        "Linting packs of growing size",
        "Generated packs in three languages with conditions, clauses, and one action for each criterion. "
        "Floor as above, of the same files. Times for each criterion also grow with the memory that is used, and so "
        "does the floor; calls of functions, those in C included, are counted and so do not depend on the machine.",
        ("criteria", "MiB", "floor, ms", "`lint`, ms", "spread, ms", "of the floor", "ms for each", "calls for each"),
    )
    floors: list[Timing] = []
    timings: list[Timing] = []
    calls: list[float] = []
    for criteria in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            pack = write_pack(Path(folder) / "pack", criteria)
            files = pack_files(pack)
            found = interleaved({"floor": lambda: read_plainly(files), "lint": lambda: lint(pack)}, runs=5)  # noqa: B023
            size = sum(file.stat().st_size for file in files)
            calls.append(_calls(lambda: lint(pack)) / criteria)  # noqa: B023
        timing = found["lint"]
        timings.append(timing)
        floors.append(found["floor"])
        section.rows.append(
            (
                f"{criteria:,}",
                f"{size / 2**20:.1f}",
                str(found["floor"]),
                str(timing),
                timing.spread,
                times(ratio(timing, found["floor"])),
                f"{timing.median * 1000 / criteria:.2f}",
                f"{calls[-1]:,.0f}",
            )
        )
    more = calls[-1] / calls[0]
    section.goals.append(
        Goal(
            f"growth is linear in steps: at {SIZES[-1]:,} criteria at most {MOST_MORE_CALLS} × the calls for each",
            times(more),
            more <= MOST_MORE_CALLS,
        )
    )
    exponent = _exponent(SIZES, timings)
    section.goals.append(
        Goal(
            f"growth is linear in time: time ∝ criteria^x with x at most {MOST_EXPONENT}",
            f"x = {exponent:.2f}; the floor {_exponent(SIZES, floors):.2f}",
            exponent <= MOST_EXPONENT,
        )
    )
    return section


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called."""
    count = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def _exponent(sizes: tuple[int, ...], timings: list[Timing]) -> float:
    """The slope of the line of least squares through the logarithms."""
    x = [math.log(size) for size in sizes]
    y = [math.log(timing.median) for timing in timings]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - middle_x) ** 2 for a in x)
