"""Cycles: one round of assessments of the coalition, usually once a year."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, UtcDateTime, choice
from charter.database.packs import PublishedPack


class CycleState(enum.StrEnum):
    """A cycle is prepared, open, and in the end closed."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Cycle(Base):
    """One pack version, a time, and the members invited: an assessment each."""

    __tablename__ = "cycle"

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120), unique=True)
    published_pack_id: Mapped[int] = mapped_column(ForeignKey("published_pack.id"))
    state: Mapped[CycleState] = mapped_column(choice(CycleState, "state"))
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    published_pack: Mapped[PublishedPack] = relationship()

    __table_args__ = (CheckConstraint("closes_on >= opens_on", name="dates"),)
