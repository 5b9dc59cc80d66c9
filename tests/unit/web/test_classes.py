"""Classes in the templates of the pages: each is drawn by the style sheet, so that a misspelt one is found."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
_EXPRESSION = re.compile(r"\{%.*?%\}|[\w-]*\{\{.*?\}\}")


def test_every_class_of_a_page_has_a_style() -> None:
    style = (ROOT / "charter" / "static" / "charter.css").read_text("utf-8")
    drawn = set(re.findall(r"\.([a-z][\w-]*)", style))
    used = {
        (name, path.name)
        for path in (ROOT / "templates" / "web").rglob("*.j2")
        for text in re.findall(r'class="([^"]*)"', _EXPRESSION.sub(" ", path.read_text("utf-8")))
        for name in text.split()
    }
    assert len(used) > 50
    assert sorted((name, file) for name, file in used if name not in drawn) == []
