"""How long a whole process takes, from its start to its end."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.measure import Goal, Section, on_the_clock, ratio, times
from bench.subjects import PACK, ROOT, STAFF_EXAMPLE

MOST_TIMES_FLOOR = 3
CHARTER = str(Path(sys.executable).with_name("charter"))
FLOOR = 'python -c "import yaml, click" (floor)'


def started() -> Section:
    python = sys.executable
    answers = str(STAFF_EXAMPLE)
    commands: dict[str, Sequence[str]] = {
        FLOOR: (python, "-c", "import yaml, click"),
        'python -c "pass"': (python, "-c", "pass"),
        'python -c "import yaml, pydantic"': (python, "-c", "import yaml, pydantic"),
        "charter --help": (CHARTER, "--help"),
        f"charter lint {PACK}": (CHARTER, "lint", PACK),
        f"charter score {PACK} examples/{STAFF_EXAMPLE.name}": (CHARTER, "score", PACK, answers),
    }
    if importlib.util.find_spec("pydantic") is None:
        del commands['python -c "import yaml, pydantic"']
    found = on_the_clock({name: _runner(command) for name, command in commands.items()}, runs=15, warm=True)
    section = Section(
        "Whole commands",
        "Processes on the clock, from start to end, files in the cache of the system.",
        ("command", "median, ms", "spread, ms", "of the floor"),
    )
    for name, timing in found.items():
        section.rows.append((f"`{name}`", str(timing), timing.spread, times(ratio(timing, found[FLOOR]))))
    factor = ratio(found["charter --help"], found[FLOOR])
    section.goals.append(
        Goal(
            f"`charter --help` answers within {MOST_TIMES_FLOOR} × the floor", times(factor), factor <= MOST_TIMES_FLOOR
        )
    )
    return section


def _runner(command: Sequence[str]) -> Callable[[], object]:
    return lambda: subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
