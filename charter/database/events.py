"""Events: who did what, when and why. A chain of hashes, so that none can be changed or taken out unseen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, JsonText, UtcDateTime
from charter.database.organizations import Organization
from charter.database.people import Person


class Event(Base):
    """Something that happened. `hash` covers when, who, what, `content_hash` and the hash before.

    `content_hash` covers salt, reason and data. So these three can be erased when the data of a member that left is
    deleted, and the chain still holds; what remains says nothing about them.
    """

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """1, 2, 3, … without gaps."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    name: Mapped[str] = mapped_column(String(60), index=True)
    """Past tense, as in `AssessmentSubmitted`."""
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    organization_id: Mapped[int | None] = mapped_column(ForeignKey("organization.id"), index=True)
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id"), index=True)
    reason: Mapped[str | None] = mapped_column(Text)
    data: Mapped[Any] = mapped_column(JsonText)
    salt: Mapped[str | None] = mapped_column(String(32))
    """Random, so that short contents cannot be guessed from their hash; empty once the content is erased."""
    content_hash: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    actor: Mapped[Person | None] = relationship()
    organization: Mapped[Organization | None] = relationship()
