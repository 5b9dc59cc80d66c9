"""The members directory: what each member agrees to show of itself, and to whom."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, JsonText, UtcDateTime, choice
from charter.database.organizations import Organization


class Audience(enum.StrEnum):
    """Who may see something: nobody, people of members and the coalition who are logged in, or everybody."""

    NOBODY = "nobody"
    MEMBERS = "members"
    PUBLIC = "public"


class DirectoryEntry(Base):
    """What a member shows; without a row it shows nothing. `version` counts saves: one that knows an older is stale."""

    __tablename__ = "directory_entry"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    listed: Mapped[Audience] = mapped_column(choice(Audience, "listed"))
    """Who finds it at all; nothing of it is shown to more people than these."""
    province_shown: Mapped[Audience] = mapped_column(choice(Audience, "province_shown"))
    about: Mapped[str | None] = mapped_column(Text)
    about_shown: Mapped[Audience] = mapped_column(choice(Audience, "about_shown"))
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_hours: Mapped[str | None] = mapped_column(String(200))
    contact_shown: Mapped[Audience] = mapped_column(choice(Audience, "contact_shown"))
    facts_shown: Mapped[Any] = mapped_column(JsonText)
    """By fact of the profile, to whom its latest answer is shown; facts that are not here to nobody."""
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    organization: Mapped[Organization] = relationship()

    __table_args__ = (CheckConstraint("version >= 1", name="version"),)
