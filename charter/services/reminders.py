"""Everything that is due by the clock: reminders, digests, and staff rounds whose last day is over."""

from __future__ import annotations

from sqlalchemy.orm import Session

from charter.config import Settings
from charter.services.caseload import remind_reviews
from charter.services.digests import write_digests
from charter.services.readiness import remind_assessments
from charter.services.staff_reminders import remind_open_rounds
from charter.services.staff_rounds import close_due_rounds


def do_what_is_due(db: Session, settings: Settings) -> int:
    """Close what is over and remind of what is not; a second call on the same day writes no mail twice."""
    close_due_rounds(db, settings)
    reminded = remind_open_rounds(db, settings) + remind_assessments(db, settings) + remind_reviews(db, settings)
    return reminded + write_digests(db, settings)
