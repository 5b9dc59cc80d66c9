"""Our own rules, by semgrep: the code breaks none, and each rule still finds its examples. Part of `make check`.

Semgrep's own way to test rules ignores the folders that a rule is for; so the examples are put into such folders here.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RULES = ROOT / "scripts" / "semgrep" / "rules.yaml"
EXAMPLES = {"examples.py": ("charter/web", "charter/services"), "examples.html": ("templates",)}
CODE = ("charter", "scoring", "questionnaires", "action_plans", "templates")

Found = set[tuple[str, int, str]]
"""File, line, rule."""


def main() -> int:
    """0 if all is well; else every problem is printed."""
    broken = findings(ROOT, CODE)
    for path, line, rule in sorted(broken):
        print(f"{path}:{line}: {rule}")
    with tempfile.TemporaryDirectory() as folder:
        wanted = lay_out(Path(folder))
        found = findings(Path(folder), ("charter", "templates"))
    for path, line, rule in sorted(wanted ^ found):
        state = "finds nothing" if (path, line, rule) in wanted else "finds what it should leave alone"
        print(f"{rule} {state} in its example at {path}:{line}")
    unused = {rule for rule in re.findall(r"- id: (\S+)", RULES.read_text())} - {rule for _, _, rule in wanted}
    for rule in sorted(unused):
        print(f"{rule} has no example")
    return 1 if broken or wanted != found or unused else 0


def findings(root: Path, folders: tuple[str, ...]) -> Found:
    """What semgrep finds in these folders; it asks nobody on the network."""
    semgrep = ROOT / ".venv" / "semgrep" / "bin" / "semgrep"
    command = [str(semgrep), "scan", "--metrics", "off", "--disable-version-check"]
    options = ["--project-root", str(root), "--json", "--quiet", "--config", str(RULES)]
    done = subprocess.run([*command, *options, *folders], cwd=root, capture_output=True, text=True, check=False)
    said: dict[str, Any] = json.loads(done.stdout) if done.stdout else {"errors": [done.stderr], "results": []}
    if said["errors"]:
        sys.exit(f"semgrep: {said['errors']}")
    return {(each["path"], each["start"]["line"], each["check_id"].rpartition(".")[2]) for each in said["results"]}


def lay_out(root: Path) -> Found:
    """Put the examples where the rules look; gives what has to be found, from the comment above each line."""
    wanted: Found = set()
    for name, folders in EXAMPLES.items():
        source = RULES.with_name(name)
        for folder in folders:
            target = root / folder / name
            target.parent.mkdir(parents=True)
            shutil.copyfile(source, target)
            for number, line in enumerate(source.read_text().splitlines(), start=1):
                if marked := re.search(r"ruleid: (\S+)", line):
                    wanted.add((f"{folder}/{name}", number + 1, marked[1]))
    # Only pages have routes.
    return wanted - {each for each in wanted if each[2].startswith("route-") and each[0].startswith("charter/services")}


if __name__ == "__main__":
    sys.exit(main())
