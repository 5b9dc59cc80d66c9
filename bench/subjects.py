"""What is measured: the real pack and examples, and the plain reading of the same files that is the floor."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PACK = "chab-dai-charter"
EXAMPLES = ROOT / "examples"
STAFF_EXAMPLE = EXAMPLES / "bright-path-international.json"
"""The example with thirty staff sheets."""
TABLE_EXAMPLE = EXAMPLES / "hope-house.json"
"""The example with the most must-dos that its limits leave open."""
START = f"{date.today().year + 1}-01"


def pack_files(folder: Path | None = None) -> list[Path]:
    """Every file that linting reads: the pack, its translations and its standards with theirs."""
    if folder is not None:
        return sorted(folder.rglob("*.yaml"))
    rooms = ROOT / "questionnaires"
    return [*sorted((rooms / "packs" / PACK).glob("*.yaml")), *sorted((rooms / "standards").glob("*.yaml"))]


def read_plainly(files: Iterable[Path]) -> None:
    """The floor: PyYAML's safe loading with libyaml, without places, checks or anything else."""
    for file in files:
        with file.open("rb") as stream:
            yaml.load(stream, yaml.CSafeLoader)
