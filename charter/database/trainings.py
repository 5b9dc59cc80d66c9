"""Trainings that the coalition offers, their dates, who signed up and who was there."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, JsonText, UtcDateTime, choice
from charter.database.organizations import Organization
from charter.database.people import Person


class Training(Base):
    """A training of the catalogue. A pack's actions may name its `key`."""

    __tablename__ = "training"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    titles: Mapped[Any] = mapped_column(JsonText)
    """By language; at least one."""
    descriptions: Mapped[Any] = mapped_column(JsonText)
    """By language; may be empty."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when it is no longer offered."""

    topics: Mapped[list[TrainingTopic]] = relationship(
        cascade="all, delete-orphan", order_by="TrainingTopic.topic", lazy="raise"
    )


class TrainingTopic(Base):
    """What a training is about: the id of a criterion or a principle, or a free word."""

    __tablename__ = "training_topic"

    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)


class TrainingSession(Base):
    """One date of a training."""

    __tablename__ = "training_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    training_id: Mapped[int] = mapped_column(ForeignKey("training.id"), index=True)
    starts_on: Mapped[date] = mapped_column(index=True)
    ends_on: Mapped[date]
    sign_up_until: Mapped[date]
    """The last day on which leads can sign people up."""
    is_online: Mapped[bool]
    place: Mapped[str | None] = mapped_column(String(200))
    province: Mapped[str | None] = mapped_column(String(80))
    seats: Mapped[int]
    languages: Mapped[Any] = mapped_column(JsonText)
    """Codes of the languages that are spoken."""
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    training: Mapped[Training] = relationship()

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("sign_up_until <= starts_on", name="sign_up_before"),
        CheckConstraint("seats >= 1", name="seats"),
    )


class SignUpState(enum.StrEnum):
    """A sign-up has a seat, or waits for one, or was cancelled."""

    SEAT = "seat"
    WAITING = "waiting"
    CANCELLED = "cancelled"


class Attendance(enum.StrEnum):
    """Whether somebody who had a seat came."""

    PRESENT = "present"
    ABSENT = "absent"


class TrainingSignUp(Base):
    """Somebody whom an organization sends: a person with an account, or a plain name."""

    __tablename__ = "training_sign_up"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("training_session.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(120))
    """As it was when they were signed up."""
    state: Mapped[SignUpState] = mapped_column(choice(SignUpState, "state"))
    attendance: Mapped[Attendance | None] = mapped_column(choice(Attendance, "attendance"))
    signed_up_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_up_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """Who recorded the attendance."""

    session: Mapped[TrainingSession] = relationship()
    organization: Mapped[Organization] = relationship()
    signed_up_by: Mapped[Person] = relationship(foreign_keys=signed_up_by_id)

    __table_args__ = (
        Index(
            "uq_training_sign_up_current",
            "session_id",
            "person_id",
            unique=True,
            sqlite_where=text("state <> 'cancelled' AND person_id IS NOT NULL"),
            postgresql_where=text("state <> 'cancelled' AND person_id IS NOT NULL"),
        ),
        CheckConstraint("attendance IS NULL OR state = 'seat'", name="attendance_has_seat"),
    )
