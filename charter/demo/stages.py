"""How far each member is in the cycle that runs: every state there is."""

from __future__ import annotations

import enum


class Stage(enum.StrEnum):
    """The last thing that happened."""

    INVITED = "invited"
    STAFF_ROUND = "staff-round"
    ANSWERING = "answering"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes-requested"
    CLOSED = "closed"
    REOPENED = "reopened"
    WITHDRAWN = "withdrawn"


MEMBERS = 55

# In parts of 55; the first members are the furthest from done.
_SHARES = (
    (Stage.STAFF_ROUND, 4),
    (Stage.INVITED, 6),
    (Stage.ANSWERING, 9),
    (Stage.SUBMITTED, 12),
    (Stage.CHANGES_REQUESTED, 4),
    (Stage.REOPENED, 1),
    (Stage.WITHDRAWN, 1),
    (Stage.CLOSED, 18),
)
_IN_ORDER = tuple(stage for stage, count in _SHARES for _ in range(count))


def stage_of(number: int, *, of: int = MEMBERS) -> Stage:
    """The stage of the member with this number, of so many members."""
    return _IN_ORDER[number * len(_IN_ORDER) // of]


def takes_part(number: int, *, year: int) -> bool:
    """Whether the member was there in that year already, 0 being the first of three."""
    return (number * 7 + 8) % 11 >= (8, 5, 0)[year]
