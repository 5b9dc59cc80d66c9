"""Who may move an assessment from where to where. Data: the pages, the tests and the drawing in docs/ read it here."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from charter.database.assessments import AssessmentState as State


class Party(enum.StrEnum):
    """Who makes a move, seen from the assessment."""

    LEAD = "lead"
    CONTRIBUTOR = "contributor"
    MENTOR = "mentor"
    COORDINATOR = "coordinator"


@dataclass(frozen=True)
class Move:
    """One way from one state to another. `event` is what the audit calls it."""

    name: str
    start: State
    end: State
    parties: frozenset[Party]
    event: str
    needs_reason: bool = False


def _move(name: str, start: State, end: State, *parties: Party, event: str, needs_reason: bool = False) -> Move:
    return Move(name, start, end, frozenset(parties), event, needs_reason)


MOVES: tuple[Move, ...] = (
    _move("begin", State.INVITED, State.ANSWERING, Party.LEAD, Party.CONTRIBUTOR, event="AssessmentBegun"),
    _move("submit", State.ANSWERING, State.SUBMITTED, Party.LEAD, event="AssessmentSubmitted"),
    _move("request_changes", State.SUBMITTED, State.CHANGES_REQUESTED, Party.MENTOR, event="ChangesRequested"),
    _move("submit", State.CHANGES_REQUESTED, State.SUBMITTED, Party.LEAD, event="AssessmentSubmittedAgain"),
    _move("close", State.SUBMITTED, State.CLOSED, Party.MENTOR, event="AssessmentClosed"),
    _move(
        "reopen",
        State.CLOSED,
        State.SUBMITTED,
        Party.MENTOR,
        Party.COORDINATOR,
        event="AssessmentReopened",
        needs_reason=True,
    ),
    _move(
        "withdraw",
        State.INVITED,
        State.WITHDRAWN,
        Party.COORDINATOR,
        event="AssessmentWithdrawn",
        needs_reason=True,
    ),
    _move(
        "withdraw",
        State.ANSWERING,
        State.WITHDRAWN,
        Party.COORDINATOR,
        event="AssessmentWithdrawn",
        needs_reason=True,
    ),
    _move(
        "invite_again",
        State.WITHDRAWN,
        State.ANSWERING,
        Party.COORDINATOR,
        event="AssessmentInvitedAgain",
        needs_reason=True,
    ),
)

ANSWERABLE = frozenset({State.ANSWERING, State.CHANGES_REQUESTED})
"""States in which the member may change agreed ratings; in the second only those that a change request names."""


def moves_from(state: State, party: Party) -> tuple[Move, ...]:
    """What that party may do in that state."""
    return tuple(move for move in MOVES if move.start is state and party in move.parties)


def find_move(name: str, state: State) -> Move | None:
    """The move of that name from that state, whoever may make it."""
    return next((move for move in MOVES if move.name == name and move.start is state), None)
