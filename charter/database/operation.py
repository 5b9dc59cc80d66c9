"""What an installation knows of itself: when its parts last gave a sign of life."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from charter.database.base import Base, UtcDateTime


class SignOfLife(Base):
    """When this part last did its work: `worker` every minute, `backup` whenever one was made."""

    __tablename__ = "sign_of_life"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
