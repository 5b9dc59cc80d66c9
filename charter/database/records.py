"""What is kept about a member beside its assessments: visits, inspections, certificates."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, UtcDateTime, choice
from charter.database.people import Person


class Visit(Base):
    """A mentor's visit, or call, and when the next one is due."""

    __tablename__ = "visit"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    mentor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    visited_on: Mapped[date]
    next_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    mentor: Mapped[Person] = relationship()


class InspectionResult(enum.StrEnum):
    """What an inspector of a standard found."""

    MET = "met"
    TO_REMEDY = "to-remedy"
    NOT_MET = "not-met"


class Inspection(Base):
    """An inspection against one standard. `remedy_by` is counted from the standard's own days."""

    __tablename__ = "inspection"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    standard: Mapped[str] = mapped_column(String(80))
    inspected_on: Mapped[date]
    result: Mapped[InspectionResult] = mapped_column(choice(InspectionResult, "result"))
    remedy_by: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class Certificate(Base):
    """A certificate for one standard."""

    __tablename__ = "certificate"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    standard: Mapped[str] = mapped_column(String(80))
    number: Mapped[str] = mapped_column(String(80))
    issued_by: Mapped[str | None] = mapped_column(String(200))
    issued_on: Mapped[date]
    expires_on: Mapped[date | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
