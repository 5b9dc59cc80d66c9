"""People with an account, and what they are to the coalition and to its members."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, UtcDateTime, choice
from charter.database.organizations import Organization


class Role(enum.StrEnum):
    """What somebody is in the coalition's office."""

    COORDINATOR = "coordinator"
    MENTOR = "mentor"


class MemberRole(enum.StrEnum):
    """What somebody is in a member organization."""

    LEAD = "lead"
    CONTRIBUTOR = "contributor"


class Person(Base):
    """Somebody with an account. `password_hash` is empty until the first link was followed."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case."""
    name: Mapped[str] = mapped_column(String(120))
    language: Mapped[str] = mapped_column(String(8))
    role: Mapped[Role | None] = mapped_column(choice(Role, "role"))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    totp_secret: Mapped[str | None] = mapped_column(String(255))
    """Encrypted with the installation's key; counts only once `totp_confirmed_at` is set."""
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_last_step: Mapped[int | None]
    """The time step of the last code that was used: none is taken twice."""
    passkey_handle: Mapped[bytes] = mapped_column(LargeBinary(64))
    """Random; what a passkey knows this person by."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    memberships: Mapped[list[Membership]] = relationship(back_populates="person")


class Membership(Base):
    """Somebody works for a member. Never deleted: who could see what, and when, is part of its protection."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    role: Mapped[MemberRole] = mapped_column(choice(MemberRole, "role"))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship(back_populates="memberships")
    organization: Mapped[Organization] = relationship()

    __table_args__ = (
        Index(
            "uq_membership_current",
            "person_id",
            "organization_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
    )


class Mentorship(Base):
    """A mentor accompanies a member, or did. Never deleted, for the same reason."""

    __tablename__ = "mentorship"

    id: Mapped[int] = mapped_column(primary_key=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    mentor: Mapped[Person] = relationship()
    organization: Mapped[Organization] = relationship()

    __table_args__ = (
        Index(
            "uq_mentorship_current",
            "mentor_id",
            "organization_id",
            unique=True,
            sqlite_where=text("until_at IS NULL"),
            postgresql_where=text("until_at IS NULL"),
        ),
    )
