"""Every test that docs/security.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(
        r"`(?:tests/[\w/]*)?(test_\w+)?(?:\.py)?(?:::)?([\w…]+)?`", (ROOT / "docs/security.md").read_text("utf-8")
    )
    sources = {path.stem: path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py")}
    everything = "\n".join(sources.values())
    checked = 0
    for file, name in named:
        if file and file not in sources:
            assert f"def {file}(" in everything, file  # a test named alone, after its file
            checked += 1
        if file in sources and name:
            wanted = name.removeprefix("…")
            assert re.search(rf"def \w*{wanted}\(|^{wanted} = ", sources[file], re.MULTILINE), f"{file}::{name}"
            checked += 1
    assert checked > 60
