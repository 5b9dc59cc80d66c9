"""A form that is sent twice is handled once; what tells one form from another is in charter/web/repeats.py."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.engine import undo
from charter.database.handled_forms import HandledForm

KEPT = timedelta(days=1)
"""Nobody sends a form again after so long without having looked at the page first."""


def handle_once(db: Session, digest: str, *, location: str) -> str | None:
    """Write down, in the transaction of what a form did, that it was handled.

    If it was handled before, this transaction is undone, and where the first answer led comes back. If it is being
    handled elsewhere at this moment, this waits for how that ends.
    """
    try:
        db.execute(insert(HandledForm).values(digest=digest, location=location, handled_at=now()))
    except IntegrityError:
        first = first_location(db, digest)
        if first is None:
            raise
        return first
    return None


def first_location(db: Session, digest: str) -> str | None:
    """Where the answer led when this form was handled; None if it never was. Undoes this transaction."""
    undo(db)
    return db.scalar(select(HandledForm.location).where(HandledForm.digest == digest))


def forget_handled(db: Session) -> None:
    """Delete what is older than a day."""
    db.execute(delete(HandledForm).where(HandledForm.handled_at < now() - KEPT))
