"""Releases over growing numbers of versions: seconds, memory, growth, and NumPy's quantiles of the same array.

Each size runs in a process of its own, so that its peak memory is its own. The floor is NumPy's `quantile` with the
same definition over the same values and groups, which says what reading the figures off must cost at least.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np

from bench.measure import Goal, Section, interleaved, ratio, times
from bench.page import as_text, write_page
from bench.subjects import ROOT
from scoring.benchmarks import Columns, Declaration, History, PeerGroup, RowReader, make_release, read_declaration
from scoring.benchmarks.figures import figures_of
from scoring.benchmarks.model import MISSING

PAGE = ROOT / "docs" / "performance" / "0003-releases.md"
TITLE = "0003 Releases of benchmarks"
SIZES = (55, 1_000, 100_000, 1_000_000)
METRICS = 25
GROUPS = 20
MOST_SECONDS = 60.0
MOST_MEMORY = 2.0
MOST_TIMES_FLOOR = 3.0


def main() -> None:
    """Measure, print and write the page."""
    sections = [releases(), reading()]
    for section in sections:
        print(as_text(section), flush=True)
    print(f"written: {write_page(sections, page=PAGE, title=TITLE, runs=1).relative_to(ROOT)}")


def releases() -> Section:
    section = Section(
        "Releases",
        f"{METRICS} metrics and {GROUPS} overlapping groups, from columns in memory; one run, processor's time; each "
        "size in a process of its own. Floor: `numpy.quantile` (type 1) of the same values in the same groups. "
        "Two metrics are missing for some versions. The smallest size, too quick to time, is run 20 times.",
        ("versions", "published groups", "whole release, s", "figures, s", "floor, s", "figures of the floor", "MiB"),
    )
    found = [_measured(size) for size in SIZES]
    for size, each in zip(SIZES, found, strict=True):
        section.rows.append(
            (
                f"{size:,}",
                str(each["groups"]),
                f"{each['release']:.3f}",
                f"{each['figures']:.4f}",
                f"{each['floor']:.4f}",
                f"{each['figures'] / each['floor']:.2f} ×",
                f"{each['kib'] / 1024:,.0f}",
            )
        )
    largest, before = found[-1], found[-2]
    growth = np.log(largest["release"] / before["release"]) / np.log(SIZES[-1] / SIZES[-2])
    ratio = largest["figures"] / largest["floor"]
    section.goals += [
        Goal(
            f"{SIZES[-1]:,} versions take at most {MOST_SECONDS:g} s",
            f"{largest['release']:.1f} s",
            largest["release"] <= MOST_SECONDS,
        ),
        Goal(
            f"and at most {MOST_MEMORY:g} GB",
            f"{largest['kib'] * 1024 / 1e9:.2f} GB",
            largest["kib"] * 1024 <= MOST_MEMORY * 1e9,
        ),
        Goal(
            f"their figures take at most {MOST_TIMES_FLOOR:g} × the floor", f"{ratio:.2f} ×", ratio <= MOST_TIMES_FLOOR
        ),
        Goal("growth is linear: time ∝ versions^x with x at most 1.1", f"x = {growth:.2f}", bool(growth <= 1.1)),
    ]
    return section


def reading() -> Section:
    """Lines of a results file, one by one."""
    rows = [_line(number) for number in range(LINES)]
    declaration = read_declaration(_DECLARED, "groups.yaml")

    def read() -> None:
        reader = RowReader(declaration, History())
        for row in rows:
            reader.add(row)
        reader.columns()

    found = interleaved(
        {
            "`json.loads` of each line and nothing else (floor)": lambda: [json.loads(row) for row in rows],
            "`RowReader`": read,
        },
        runs=5,
    )
    floor, whole = found.values()
    section = Section(
        "Reading results",
        f"{LINES:,} lines of {len(rows[0]):,} bytes, {METRICS} metrics each, and two groups with conditions.",
        ("work", "median, ms", "spread, ms", "of the floor", "µs a line"),
    )
    for name, timing in found.items():
        each = f"{timing.median / LINES * 1e6:.1f}"
        section.rows.append((name, str(timing), timing.spread, times(ratio(timing, floor)), each))
    factor = ratio(whole, floor)
    section.goals.append(Goal("reading takes at most 3 × the floor", times(factor), factor <= MOST_TIMES_FLOOR))
    return section


LINES = 5_000
_DECLARED = b"""
meets_from: 75
groups:
  - {id: national, title: National, when: {kind: {is: national}}}
  - {id: small, title: Small, when: {all: [{staff: {at_most: 20}}, {services: {includes: residential}}]}}
"""


def _line(number: int) -> bytes:
    node = {"score": number % 10_000 / 10_000, "band": "growing", "capped_by": [], "rated": 9, "applicable": 9}
    result = {
        "pack": "made-up",
        "version": "1",
        "overall": {**node, "policy": 0.5, "practice": 0.75},
        "groups": {f"P{group}": node for group in range(METRICS - 5)},
        "standards": {name: {"met": 5, "share_met": 0.625} for name in ("a", "b")},
    }
    attributes = {
        "kind": "national" if number % 2 else "international",
        "staff": number % 90,
        "services": ["residential"],
    }
    row = {"organization": f"o{number}", "version": f"o{number}-1", "attributes": attributes, "result": result}
    return json.dumps(row).encode()


def made_up_columns(size: int) -> tuple[Columns, Declaration]:
    """Members as a large federation might have them: a kind, a size, a region, services."""
    chance = np.random.default_rng(size)
    kind = chance.integers(0, 3, size)
    band = chance.integers(0, 4, size)
    region = chance.integers(0, 7, size)
    services = chance.random((5, size)) < 0.4
    members = np.vstack(
        [
            np.ones((1, size), bool),
            [kind == number for number in range(3)],
            [band == number for number in range(4)],
            [region == number for number in range(7)],
            services,
        ]
    )
    values = np.clip(chance.normal(60, 18, (METRICS, size)), 0, 100).astype(np.uint8)
    values[-1, ~services[0]] = MISSING
    values[-2, chance.random(size) < 0.3] = MISSING
    names = [f"v{number}" for number in range(size)]
    metrics = (*(f"group:{number}" for number in range(METRICS - 2)), "standard:a", "standard:b")
    groups = tuple(PeerGroup(f"g{number}", f"Group {number}") for number in range(GROUPS))
    columns = Columns("made-up", "1", names, [f"o{number}" for number in range(size)], members, metrics, values)
    return columns, Declaration(75, groups)


def _measured(size: int) -> dict[str, float]:
    code = f"from bench.releases import measure; measure({size})"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    result: dict[str, float] = json.loads(ran.stdout)
    return result


def measure(size: int) -> None:
    """Print what one size takes, as JSON."""
    columns, declaration = made_up_columns(size)
    parties = {
        f"mentor-{number}": columns.organizations[number * 8 : number * 8 + 8] for number in range(min(1000, size // 8))
    }
    runs = 20 if size < 1_000 else 1
    began = time.process_time()
    for _ in range(runs):
        draft = make_release("2026", declaration, columns, parties=parties, history=History())
    release = (time.process_time() - began) / runs
    # The peak of what has run so far: the floor that follows must not count.
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    complete = replace(columns, values=np.where(columns.values == MISSING, 50, columns.values).astype(np.uint8))
    figures, floor = _figures_and_floor(complete, runs)
    groups = len(draft.release.groups)
    print(json.dumps({"groups": groups, "release": release, "figures": figures, "floor": floor, "kib": kib}))


def _figures_and_floor(columns: Columns, runs: int) -> tuple[float, float]:
    """Both over every metric and group, in turns."""
    figures = floor = 0.0
    for _ in range(runs):
        for inside in columns.members:
            rows = np.flatnonzero(inside)
            for column in columns.values:
                began = time.process_time()
                figures_of(column[rows], meets_from=75)
                between = time.process_time()
                np.quantile(column[rows], (0.25, 0.5, 0.75), method="inverted_cdf")
                floor += time.process_time() - between
                figures += between - began
    return figures / runs, floor / runs


if __name__ == "__main__":
    main()
