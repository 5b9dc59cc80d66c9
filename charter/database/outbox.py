"""Mail that is to leave after the commit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charter.database.base import Base, UtcDateTime


class OutboxMail(Base):
    """One mail. `once` is set where the same mail must not be written twice: a reminder of one day, say."""

    __tablename__ = "outbox_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(String(254))
    subject: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    once: Mapped[str | None] = mapped_column(String(200), unique=True)
    unsubscribe: Mapped[str | None] = mapped_column(String(200))
    """Where on this site such mails are switched off without logging in; none for a mail that always comes."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None] = mapped_column(String(300))
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_outbox_mail_sent_at_next_attempt_at", "sent_at", "next_attempt_at"),)
