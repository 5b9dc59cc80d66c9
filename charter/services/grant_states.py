"""Who may move a grant from where to where. Data: services, pages and tests read it here."""

from __future__ import annotations

from dataclasses import dataclass

from charter.database.grants import GrantState as State
from charter.services.states import Party


@dataclass(frozen=True)
class GrantMove:
    """One way from one state to another. `event` is what the audit calls it."""

    name: str
    start: State
    end: State
    party: Party
    event: str
    needs_reason: bool = False


GRANT_MOVES = (
    GrantMove("change", State.REQUESTED, State.REQUESTED, Party.LEAD, "GrantRequestChanged"),
    GrantMove("change", State.RETURNED, State.REQUESTED, Party.LEAD, "GrantRequestedAgain"),
    GrantMove("withdraw", State.REQUESTED, State.WITHDRAWN, Party.LEAD, "GrantWithdrawn"),
    GrantMove("withdraw", State.RETURNED, State.WITHDRAWN, Party.LEAD, "GrantWithdrawn"),
    GrantMove("approve", State.REQUESTED, State.APPROVED, Party.COORDINATOR, "GrantApproved", needs_reason=True),
    GrantMove("return", State.REQUESTED, State.RETURNED, Party.COORDINATOR, "GrantReturned", needs_reason=True),
    GrantMove("decline", State.REQUESTED, State.DECLINED, Party.COORDINATOR, "GrantDeclined", needs_reason=True),
    GrantMove("close", State.APPROVED, State.CLOSED, Party.COORDINATOR, "GrantClosed"),
    GrantMove("reopen", State.CLOSED, State.APPROVED, Party.COORDINATOR, "GrantReopened", needs_reason=True),
)

DECISIONS = ("approve", "return", "decline")


def grant_moves_from(state: State, party: Party | None) -> tuple[GrantMove, ...]:
    """What that party may do in that state."""
    return tuple(move for move in GRANT_MOVES if move.start is state and party is move.party)
