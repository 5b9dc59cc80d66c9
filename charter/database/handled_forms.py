"""Forms that were handled already: whoever got no answer, and sends the same again, is not taken twice."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charter.database.base import Base, UtcDateTime


class HandledForm(Base):
    """One form, written in the transaction of what it did, and kept for a day."""

    __tablename__ = "handled_form"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Of the page's number, who sent it, where to, and every word and file in it; nobody can tell them from it."""
    location: Mapped[str] = mapped_column(Text)
    """Where the answer led."""
    handled_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
