"""Log-ins: sessions, second factors, links that work once, and failed attempts."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, UtcDateTime, choice
from charter.database.people import Person


class LoginSession(Base):
    """One log-in of one person on one device. `id` is the SHA-256 of the token in the cookie, in hex."""

    __tablename__ = "login_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    second_factor_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    device: Mapped[str] = mapped_column(String(120))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    own_device_id: Mapped[int | None] = mapped_column(ForeignKey("own_device.id", ondelete="SET NULL"))
    """Where the person logged in on a device that they called their own."""

    person: Mapped[Person] = relationship()


class OwnDevice(Base):
    """A device that its user called their own: it may keep what is not sent yet, encrypted with `key`.

    `token_hash` is the SHA-256 of the token in its cookie, in hex; `key` is encrypted with the installation's key.
    """

    __tablename__ = "own_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    key: Mapped[str] = mapped_column(String(255))
    device: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """Lets somebody in who lost the second factor; works once. `code_hash` is an HMAC in hex."""

    __tablename__ = "recovery_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int]
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class LinkPurpose(enum.StrEnum):
    """What a link in a mail is for."""

    SET_PASSWORD = "set-password"  # noqa: S105 - no password
    RESET_PASSWORD = "reset-password"  # noqa: S105
    CHANGE_EMAIL = "change-email"


class OneTimeLink(Base):
    """A link in a mail; works once and not for long. `token_hash` is the SHA-256 of its token, in hex."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[LinkPurpose] = mapped_column(choice(LinkPurpose, "purpose"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254))
    """The new address, where the link is to confirm one."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class Attempt(Base):
    """A failed attempt, kept only for as long as it counts. `key` is an HMAC: who it was cannot be read from it."""

    __tablename__ = "attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (Index("ix_attempt_kind_key_at", "kind", "key", "at"),)
