"""Peak memory of each subject, in a process of its own.

Linux counts what a process was before it became another program, so the subjects must not be started from a large one:
this module starts them, and is itself run as a small process.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_RUNS = 5
_READ = "from bench.subjects import pack_files, read_plainly"
_LOAD = """
from bench.subjects import PACK, STAFF_EXAMPLE, START, TABLE_EXAMPLE
from questionnaires import load_pack
from scoring import read_answers, score
pack = load_pack(PACK)
"""
SUBJECTS = {
    "Python and nothing else": "",
    "reading the Charter pack plainly": f"{_READ}; read_plainly(pack_files())",
    "linting the Charter pack": "from bench.subjects import PACK; from questionnaires import lint; lint(PACK)",
    "scoring with 30 sheets": f"{_LOAD}score(pack, read_answers(STAFF_EXAMPLE.read_bytes(), pack))",
    "planning (hope-house)": f"""{_LOAD}
from action_plans import Limits, Month, propose
propose(pack, score(pack, read_answers(TABLE_EXAMPLE.read_bytes(), pack)), Limits(Month.parse(START)))
""",
    "reading a pack of 2,000 criteria plainly": (
        f"import pathlib; {_READ}; read_plainly(pack_files(pathlib.Path({{0!r}})))"
    ),
    "linting a pack of 2,000 criteria": "from questionnaires import lint; lint({0!r})",
}
_PEAK = "\nimport resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"


def peaks() -> dict[str, list[int]]:
    """KiB by subject, one of each run."""
    with tempfile.TemporaryDirectory() as folder:
        pack = Path(folder) / "pack"
        _python(
            f"from pathlib import Path; from bench.generated import write_pack; write_pack(Path({str(pack)!r}), 2000)"
        )
        return {
            name: [int(_python(code.format(str(pack)) + _PEAK)) for _ in range(_RUNS)]
            for name, code in SUBJECTS.items()
        }


def _python(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    print(json.dumps({name: statistics.median(found) for name, found in peaks().items()}))
