"""The coalition's members."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from charter.database.base import Base, UtcDateTime, choice


class OrganizationState(enum.StrEnum):
    """From an application to leaving."""

    APPLIED = "applied"
    REFUSED = "refused"
    ACTIVE = "active"
    LEFT = "left"
    DELETED = "deleted"


class Organization(Base):
    """A member, or one that asked to be. After deletion only the row remains, without name and address."""

    __tablename__ = "organization"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    state: Mapped[OrganizationState] = mapped_column(choice(OrganizationState, "state"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    province: Mapped[str | None] = mapped_column(String(80))
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    about: Mapped[str | None] = mapped_column(Text)
    """What the organization wrote when it applied."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    joined_on: Mapped[date | None]
    left_on: Mapped[date | None]
    delete_from_on: Mapped[date | None]
    """From this day on a coordinator may delete the data of a member that left."""
