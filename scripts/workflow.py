"""Draws the states of assessments and actions into docs/workflow.md, from the rules that the application itself obeys.

.venv/bin/python -m scripts.workflow
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Sequence
from pathlib import Path

from charter.files import write_whole
from charter.services.action_states import ACTION_MOVES, ActionMove
from charter.services.states import MOVES, Move, Party
from charter.web.labels import label

PAGE = Path(__file__).resolve().parent.parent / "docs" / "workflow.md"
START, END = "<!-- drawn by scripts/workflow.py: {} -->", "<!-- end -->"


def drawn(page: str) -> str:
    """The page with its drawings and tables as they should be."""
    for name, moves in (("assessments", MOVES), ("actions", ACTION_MOVES)):
        start = START.format(name)
        before, _, rest = page.partition(start)
        _, _, after = rest.partition(END)
        page = f"{before}{start}\n\n{_diagram(moves)}\n\n{_table(moves)}\n\n{END}{after}"
    return page


def _diagram(moves: Sequence[Move | ActionMove]) -> str:
    lines = ["```mermaid", "stateDiagram-v2"]
    states: list[enum.StrEnum] = list(dict.fromkeys(state for move in moves for state in (move.start, move.end)))
    lines += [f"    {_id(state.value)}: {label(state)}" for state in states]
    lines += [f"    [*] --> {_id(moves[0].start.value)}"]
    for move in moves:
        text = f"{_words(move.name)} ({_parties(move.parties)})"
        lines.append(f"    {_id(move.start.value)} --> {_id(move.end.value)}: {text}")
    return "\n".join([*lines, "```"])


def _table(moves: Sequence[Move | ActionMove]) -> str:
    rows = ["| from | move | to | who | needs | event |", "|---|---|---|---|---|---|"]
    for move in moves:
        cells = (
            str(label(move.start)),
            _words(move.name),
            str(label(move.end)),
            _parties(move.parties),
            ", ".join(_needs(move)),
            f"`{move.event}`",
        )
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _needs(move: Move | ActionMove) -> list[str]:
    found = ["a reason"] if move.needs_reason else []
    if isinstance(move, ActionMove):
        found += ["evidence"] if move.needs_evidence else []
        found += ["a second person"] if move.needs_second_person else []
    return found


def _id(name: str) -> str:
    return name.replace("-", "_")


def _words(name: str) -> str:
    return name.replace("_", " ")


def _parties(parties: frozenset[Party]) -> str:
    return ", ".join(party.value for party in Party if party in parties)


if __name__ == "__main__":
    write_whole(drawn(PAGE.read_text("utf-8")).encode(), PAGE)
    sys.stdout.write(f"{PAGE}\n")
