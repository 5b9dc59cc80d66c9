"""Who may move an action from which status to which. Data: pages, tests and the drawing in docs/ read it here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from charter.database.plans import ActionStatus as Status
from charter.services.states import Party
from questionnaires.message import Message, message

OPEN = (Status.NOT_STARTED, Status.IN_PROGRESS, Status.DELAYED, Status.ON_HOLD)
"""Something is still to be done; only these can be overdue."""

YEARS = range(2000, 2100)
LONGEST_ACTION = timedelta(days=3650)


@dataclass(frozen=True)
class ActionMove:
    """One way from one status to another. `event` is what the audit calls it.

    `needs_second_person`: not by whoever said that the action is done.
    """

    name: str
    start: Status
    end: Status
    parties: frozenset[Party]
    event: str
    needs_reason: bool = False
    needs_evidence: bool = False
    needs_second_person: bool = False


_MEMBERS = frozenset({Party.LEAD, Party.CONTRIBUTOR})
_LEAD = frozenset({Party.LEAD})
_MENTOR = frozenset({Party.MENTOR})


def _delay(start: Status) -> ActionMove:
    return ActionMove("delay", start, Status.DELAYED, _MEMBERS, "ActionDelayed", needs_reason=True)


def _hold(start: Status) -> ActionMove:
    return ActionMove("hold", start, Status.ON_HOLD, _MEMBERS, "ActionPutOnHold", needs_reason=True)


ACTION_MOVES: tuple[ActionMove, ...] = (
    ActionMove("begin", Status.NOT_STARTED, Status.IN_PROGRESS, _MEMBERS, "ActionBegun"),
    ActionMove("set_back", Status.IN_PROGRESS, Status.NOT_STARTED, _MEMBERS, "ActionSetBack"),
    ActionMove("resume", Status.DELAYED, Status.IN_PROGRESS, _MEMBERS, "ActionResumed"),
    ActionMove("resume", Status.ON_HOLD, Status.IN_PROGRESS, _MEMBERS, "ActionResumed"),
    *(_delay(start) for start in OPEN if start is not Status.DELAYED),
    *(_hold(start) for start in OPEN if start is not Status.ON_HOLD),
    *(ActionMove("finish", start, Status.DONE, _MEMBERS, "ActionDone", needs_evidence=True) for start in OPEN),
    ActionMove("take_back", Status.DONE, Status.IN_PROGRESS, _MEMBERS, "ActionTakenBack"),
    ActionMove("send_back", Status.DONE, Status.IN_PROGRESS, _MENTOR, "ActionSentBack", needs_reason=True),
    ActionMove(
        "verify",
        Status.DONE,
        Status.VERIFIED,
        _MENTOR,
        "ActionVerified",
        needs_evidence=True,
        needs_second_person=True,
    ),
    ActionMove(
        "withdraw_verification",
        Status.VERIFIED,
        Status.IN_PROGRESS,
        _MENTOR,
        "ActionVerificationWithdrawn",
        needs_reason=True,
    ),
    *(ActionMove("drop", start, Status.DROPPED, _LEAD, "ActionDropped", needs_reason=True) for start in OPEN),
    ActionMove("reopen", Status.DROPPED, Status.NOT_STARTED, _LEAD, "ActionReopened"),
)


def action_moves_from(status: Status, party: Party | None) -> tuple[ActionMove, ...]:
    """What that party may do in that status; nothing for nobody."""
    return tuple(move for move in ACTION_MOVES if move.start is status and party in move.parties)


def find_action_move(name: str, status: Status) -> ActionMove | None:
    """The move of that name from that status, whoever may make it."""
    return next((move for move in ACTION_MOVES if move.name == name and move.start is status), None)


def move_to(end: Status, start: Status, party: Party | None) -> ActionMove | None:
    """The move by which that party gets from one status to another."""
    return next((move for move in action_moves_from(start, party) if move.end is end), None)


def check_days(starts_on: date, due_on: date) -> dict[str, Message]:
    """What is wrong with the days of an action, by field; empty if nothing is."""
    if starts_on.year not in YEARS:
        return {"starts_on": message("Please check the year.")}
    if due_on < starts_on:
        return {"due_on": message("It cannot be due before it starts.")}
    if due_on - starts_on > LONGEST_ACTION:
        return {"due_on": message("An action may take ten years at most.")}
    return {}
