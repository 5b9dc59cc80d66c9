"""`python -m bench`: measure everything, print it, and write the pages in docs/performance/."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

from bench import linting, planned, releases, reports, scored, startup, web
from bench.measure import Section
from bench.page import as_text, write_page
from bench.subjects import ROOT


def memory() -> Section:
    ran = subprocess.run([sys.executable, "-m", "bench.memory"], cwd=ROOT, capture_output=True, text=True, check=True)
    section = Section(
        "Peak memory",
        "The most that a process of its own ever held (`ru_maxrss`), Python itself included; medians of 5 processes.",
        ("work", "MiB"),
    )
    section.rows += [(name, f"{kib / 1024:.0f}") for name, kib in json.loads(ran.stdout).items()]
    return section


SUBJECTS: tuple[Callable[[], Section], ...] = (
    linting.charter,
    linting.growth,
    scored.scored,
    planned.planned,
    planned.wider,
    startup.started,
    memory,
)


def main() -> None:
    sections = []
    for subject in SUBJECTS:
        section = subject()
        print(as_text(section), flush=True)
        sections.append(section)
    print(f"written: {write_page(sections).relative_to(ROOT)}")
    reports.main()
    releases.main()
    web.main()


if __name__ == "__main__":
    main()
