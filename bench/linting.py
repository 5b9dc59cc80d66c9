"""Linting: the Charter pack against the plain reading of its files, and packs of growing size."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path

from bench.generated import write_pack
from bench.measure import Goal, Section, Timing, interleaved, ratio, times
from bench.subjects import PACK, pack_files, read_plainly
from questionnaires import lint, load_pack

SIZES = (250, 500, 1_000, 2_000)
MOST_TIMES_FLOOR = 4
MOST_EXPONENT = 1.1
"""Linear is 1; what is above it in practice is the memory that grows too."""


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
        "Floor as above, of the same files.",
        ("criteria", "MiB", "floor, ms", "`lint`, ms", "spread, ms", "of the floor", "ms for each criterion"),
    )
    timings: list[Timing] = []
    for criteria in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            pack = write_pack(Path(folder) / "pack", criteria)
            files = pack_files(pack)
            found = interleaved({"floor": lambda: read_plainly(files), "lint": lambda: lint(pack)}, runs=5)  # noqa: B023
            size = sum(file.stat().st_size for file in files)
        timing = found["lint"]
        timings.append(timing)
        section.rows.append(
            (
                f"{criteria:,}",
                f"{size / 2**20:.1f}",
                str(found["floor"]),
                str(timing),
                timing.spread,
                times(ratio(timing, found["floor"])),
                f"{timing.median * 1000 / criteria:.2f}",
            )
        )
    exponent = _exponent(SIZES, [timing.median for timing in timings])
    section.goals.append(
        Goal(
            f"growth is linear: time ∝ criteria^x with x at most {MOST_EXPONENT}",
            f"x = {exponent:.2f}",
            exponent <= MOST_EXPONENT,
        )
    )
    return section


def _exponent(sizes: tuple[int, ...], seconds: list[float]) -> float:
    """The slope of the line of least squares through the logarithms."""
    x = [math.log(size) for size in sizes]
    y = [math.log(each) for each in seconds]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - middle_x) ** 2 for a in x)
