"""Small commands start fast because the command line imports what is heavy only when a command needs it."""

import subprocess
import sys
from pathlib import Path

import pytest

ANSWERS = str(Path(__file__).parents[2] / "examples" / "hope-house.json")
HEAVY = ["babel", "flask", "jinja2", "ortools", "plotly", "sqlalchemy", "weasyprint"]


@pytest.mark.parametrize(
    "command",
    [
        None,  # only import it
        ["--help"],
        ["lint", "safeguarding-basics"],
        ["score", "chab-dai-charter", ANSWERS],
        ["explain", "chab-dai-charter", ANSWERS, "overall"],
    ],
    ids=lambda command: command[0] if command else "import",
)
def test_the_command_line_starts_without_heavy_packages(command: list[str] | None) -> None:
    program = f"""
import sys
import charter.cli
if {command!r} is not None:
    try:
        charter.cli.main({command!r})
    except SystemExit as stopped:
        assert not stopped.code, stopped.code
print("heavy:", *sorted(sys.modules.keys() & {HEAVY!r}))
"""
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1].split() == ["heavy:"]


def test_the_web_starts_without_the_solver() -> None:
    program = "import sys, charter.web; print(*sorted(sys.modules.keys() & {'ortools', 'plotly', 'weasyprint'}))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == []
