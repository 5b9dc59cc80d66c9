"""Taking an assessment back from a member."""

from __future__ import annotations

from sqlalchemy.orm import Session

from charter.database.assessments import Assessment
from charter.services.actors import Actor
from charter.services.assessments import move
from charter.services.staff_rounds import close_round, find_round


def withdraw(db: Session, actor: Actor, *, assessment: Assessment, reason: str | None) -> None:
    """Withdraw it, and close its staff round if one runs: nobody would open its sheets any more.

    Refused if its state, the actor or a missing reason forbid it.
    """
    last = find_round(db, assessment.id)
    move(db, actor, assessment, "withdraw", reason=reason)
    if last is not None and last.closed_at is None:
        close_round(db, actor, assessment=assessment)
