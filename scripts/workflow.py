"""Draws the states of an assessment into docs/workflow.md, from the rules that the application itself obeys.

.venv/bin/python -m scripts.workflow
"""

from __future__ import annotations

import sys
from pathlib import Path

from charter.files import write_whole
from charter.services.states import MOVES, Party
from charter.web.labels import label

PAGE = Path(__file__).resolve().parent.parent / "docs" / "workflow.md"
START, END = "<!-- drawn by scripts/workflow.py -->", "<!-- end -->"


def drawn(page: str) -> str:
    """The page with its drawing and table as they should be."""
    before, _, rest = page.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n\n{_diagram()}\n\n{_table()}\n\n{END}{after}"


def _diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    states = list(dict.fromkeys(state for move in MOVES for state in (move.start, move.end)))
    lines += [f"    {_id(state.value)}: {label(state)}" for state in states]
    lines += [f"    [*] --> {_id(MOVES[0].start.value)}"]
    for move in MOVES:
        text = f"{_words(move.name)} ({_parties(move.parties)})"
        lines.append(f"    {_id(move.start.value)} --> {_id(move.end.value)}: {text}")
    return "\n".join([*lines, "```"])


def _table() -> str:
    rows = ["| from | move | to | who | reason needed | event |", "|---|---|---|---|---|---|"]
    for move in MOVES:
        cells = (
            str(label(move.start)),
            _words(move.name),
            str(label(move.end)),
            _parties(move.parties),
            "yes" if move.needs_reason else "",
            f"`{move.event}`",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _id(name: str) -> str:
    return name.replace("-", "_")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _parties(parties: frozenset[Party]) -> str:
    return ", ".join(party.value for party in Party if party in parties)


if __name__ == "__main__":
    write_whole(drawn(PAGE.read_text("utf-8")).encode(), PAGE)
    sys.stdout.write(f"{PAGE}\n")
