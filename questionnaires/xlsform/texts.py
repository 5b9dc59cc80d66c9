"""How several texts of a pack share one cell of a form, and come apart again.

Where a text cannot come back from its cell as it was, the sheet `charter` holds the original beside it; it counts as
long as the cell still says what was made from it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

MOST_CHARACTERS = 32_767
"""What a cell holds at most."""

_BULLET = "• "
_TAG = re.compile(r"</?[A-Za-z!?][^<>]*>")
_LIKE_HTML = re.compile(r"(<)(?=[A-Za-z/!?])|(&)(?=[A-Za-z]{2,8};|#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};)")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def label_cell(text: str) -> str:
    """`${` would ask the form for the answer to another question, in a label too."""
    return text.replace("${", "$ {")[:MOST_CHARACTERS]


def level_cell(title: str, description: str | None) -> str:
    """The title, and below it the description."""
    return label_cell(title if description is None else f"{title}\n{description}")


def read_level_cell(cell: str) -> tuple[str, str | None]:
    title, _, description = cell.strip().partition("\n")
    return title.strip(), description.strip() or None


def hint_cell(guidance: str | None, evidence: Sequence[str]) -> str:
    """The guidance, and below it the evidence as a list with bullets."""
    parts = [] if guidance is None else [guidance]
    if evidence:
        parts.append("\n".join(f"{_BULLET}{each}" for each in evidence))
    return label_cell("\n\n".join(parts))


def read_hint_cell(cell: str) -> tuple[str | None, tuple[str, ...]]:
    head, *items = re.split(rf"(?:^|\n){_BULLET}", cell.strip())
    return head.strip() or None, tuple(item.strip() for item in items if item.strip())


def plain_text(text: str) -> tuple[str, bool]:
    """A text as packs have them, without tags, entities and control characters; and whether it had any."""
    tidy = text.replace("\r\n", "\n").replace("\r", "\n")
    plain = _CONTROL.sub("", tidy)
    if "<" in plain or "&" in plain:
        plain = html.unescape(_TAG.sub("", plain))
        plain = _LIKE_HTML.sub(lambda found: f"{found[0]} ", _TAG.sub("", _CONTROL.sub("", plain)))
    return plain.strip(), plain != tidy
