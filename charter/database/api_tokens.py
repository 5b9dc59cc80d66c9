"""Tokens with which a person's programs read over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, JsonText, UtcDateTime
from charter.database.people import Person


class ApiToken(Base):
    """One token of one person. Only its SHA-256 is kept; whoever has it may read what the person may, in its scopes."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[Any] = mapped_column(JsonText)
    """A list of scope names."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_on: Mapped[date]
    """The first day on which it no longer works."""
    last_used_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()
