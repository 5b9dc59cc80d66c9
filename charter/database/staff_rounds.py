"""Staff rounds: two stores without a common key, order or time.

Who has answered: `staff_code`. What was answered: `sheet`. Between the two there is `sheet_draft`, whose key and
content are both derived from the code that its holder types; sending deletes it. SQLite keeps these tables without
rowids, since a rowid would be an order, and overwrites what is deleted.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from charter.database.base import Base, JsonText, UtcDateTime


class StaffRound(Base):
    """One staff round of one assessment. `view` is what may be shown of its sheets, made once, at close."""

    __tablename__ = "staff_round"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    number: Mapped[int]
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    closes_on: Mapped[date]
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    view: Mapped[Any | None] = mapped_column(JsonText)

    __table_args__ = (UniqueConstraint("assessment_id", "number"),)


class StaffCode(Base):
    """Who has answered: one row per code given out. `code_digest` cannot be turned back into the code.

    `sent` is forgotten when the round closes: then it is false for all.
    """

    __tablename__ = "staff_code"

    code_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("staff_round.id"), index=True)
    sent: Mapped[bool] = mapped_column(default=False)

    __table_args__ = ({"sqlite_with_rowid": False},)


class SheetDraft(Base):
    """A sheet that is not sent yet, encrypted; without the code nobody can tell whose it is or what it says."""

    __tablename__ = "sheet_draft"

    draft_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("staff_round.id"), index=True)
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)

    __table_args__ = ({"sqlite_with_rowid": False},)


class Sheet(Base):
    """What was answered: one unnamed staff member's ratings, under a random key."""

    __tablename__ = "sheet"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    round_id: Mapped[int] = mapped_column(ForeignKey("staff_round.id"), index=True)
    ratings: Mapped[Any] = mapped_column(JsonText)

    __table_args__ = ({"sqlite_with_rowid": False},)
