"""What the moves of an action are called on buttons, and which of them comes next."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from types import MappingProxyType

from charter.services.action_states import ActionMove
from questionnaires.message import message

MOVE_WORDS = MappingProxyType(
    {
        "begin": message("Begin"),
        "set_back": message("Not started after all"),
        "resume": message("Go on with it"),
        "delay": message("It is delayed"),
        "hold": message("Put it on hold"),
        "finish": message("It is done"),
        "take_back": message("Take it back: it is not done yet"),
        "send_back": message("Send it back"),
        "verify": message("Verify it"),
        "withdraw_verification": message("Withdraw the verification"),
        "drop": message("Drop it"),
        "reopen": message("Open it again"),
    }
)

_NEXT = ("finish", "resume", "begin", "reopen")


def next_move(moves: Iterable[ActionMove], *, evidence: int) -> ActionMove | None:
    """The move that most people come for: done where something shows it, else going on. None of those of a mentor."""
    by_name = {move.name: move for move in moves}
    if not evidence or "begin" in by_name:
        by_name.pop("finish", None)
    return next((by_name[name] for name in _NEXT if name in by_name), None)


def words_of(moves: Collection[ActionMove]) -> list[tuple[str, str]]:
    """Name and words of each, as choices of a form."""
    return [(move.name, MOVE_WORDS[move.name]) for move in moves]  # type: ignore[misc]
