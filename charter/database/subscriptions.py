"""What people want to be told, and the calendar that they follow."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, UtcDateTime, choice
from charter.database.people import Person


class MailKind(enum.StrEnum):
    """Mails that somebody may switch off. Those about one's own account and about staff codes always come."""

    ACTIONS = "actions"
    CASELOAD = "caseload"
    CASELOAD_MONTHLY = "caseload-monthly"
    COALITION = "coalition"
    DUE_DATES = "due-dates"
    REVIEWS = "reviews"


class MailChoice(Base):
    """Somebody's choice about one kind of mail; without a row the kind's default counts."""

    __tablename__ = "mail_choice"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[MailKind] = mapped_column(choice(MailKind, "kind"), primary_key=True)
    wanted: Mapped[bool]
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DigestRun(Base):
    """The digests of this kind for this period were written: whoever adds the row writes them, and nobody twice."""

    __tablename__ = "digest_run"

    kind: Mapped[MailKind] = mapped_column(choice(MailKind, "kind"), primary_key=True)
    period: Mapped[str] = mapped_column(String(10), primary_key=True)
    """`2027-W05`, or `2027-02`."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalendarFeed(Base):
    """The private calendar of a person. Only a hash of its address is kept: a stolen database opens no calendar."""

    __tablename__ = "calendar_feed"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()
