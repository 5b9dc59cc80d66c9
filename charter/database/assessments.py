"""Assessments: facts, agreed and verified ratings, each with its version, and what a review asks for."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, JsonText, RatingType, UtcDateTime, choice
from charter.database.cycles import Cycle
from charter.database.organizations import Organization
from charter.database.packs import PublishedPack
from charter.database.people import Person
from scoring.model import Choice


class AssessmentState(enum.StrEnum):
    """Where an assessment stands. Who may move it where: charter/services/states.py."""

    INVITED = "invited"
    ANSWERING = "answering"
    SUBMITTED = "submitted"
    CHANGES_REQUESTED = "changes-requested"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class Assessment(Base):
    """One organization in one cycle. The columns from `answered` on are caches, written by one function only."""

    __tablename__ = "assessment"

    id: Mapped[int] = mapped_column(primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    published_pack_id: Mapped[int] = mapped_column(ForeignKey("published_pack.id"))
    state: Mapped[AssessmentState] = mapped_column(choice(AssessmentState, "state"), index=True)
    due_on: Mapped[date]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)

    answered: Mapped[int] = mapped_column(default=0)
    """Applicable criteria with an agreed rating or a reason why it does not apply."""
    to_answer: Mapped[int] = mapped_column(default=0)
    """Criteria that apply."""
    overall: Mapped[int | None]
    """Overall score in steps of 1/10000, rounded half up."""
    band: Mapped[str | None] = mapped_column(String(80))
    result: Mapped[Any | None] = mapped_column(JsonText, deferred=True)
    """The result as JSON, frozen when the assessment closed."""
    scores: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    """The frozen scores as whole percent, a byte a metric, 255 for none; for statistics over many assessments."""
    gaps: Mapped[Any | None] = mapped_column(JsonText, deferred=True)
    """The criteria below their target when the assessment closed, in the order of the pack."""

    cycle: Mapped[Cycle] = relationship()
    organization: Mapped[Organization] = relationship()
    published_pack: Mapped[PublishedPack] = relationship()

    __table_args__ = (UniqueConstraint("cycle_id", "organization_id"),)


class FactAnswer(Base):
    """What the organization says about itself, kept as it was at this assessment."""

    __tablename__ = "fact_answer"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    fact_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[Any] = mapped_column(JsonText)
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))


class AgreedRating(Base):
    """What lead and contributors settled on. `version` counts its saves: a save that knows an older one is stale."""

    __tablename__ = "agreed_rating"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    criterion_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    rating: Mapped[int | Choice | None] = mapped_column(RatingType)
    note: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    updated_by: Mapped[Person] = relationship()


class VerifiedRating(Base):
    """What the mentor found, beside the agreed rating. A confirmation holds the same rating."""

    __tablename__ = "verified_rating"

    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), primary_key=True)
    criterion_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    rating: Mapped[int | Choice | None] = mapped_column(RatingType)
    comment: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    updated_by: Mapped[Person] = relationship()


class RatingKind(enum.StrEnum):
    """Whose rating."""

    AGREED = "agreed"
    VERIFIED = "verified"


class RatingVersion(Base):
    """Every version that an agreed or verified rating ever had."""

    __tablename__ = "rating_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    criterion_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[RatingKind] = mapped_column(choice(RatingKind, "kind"))
    version: Mapped[int]
    rating: Mapped[int | Choice | None] = mapped_column(RatingType)
    note: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    by: Mapped[Person] = relationship()

    __table_args__ = (
        # Two who save the same version at once: one of them loses here, whatever else fails.
        UniqueConstraint("assessment_id", "criterion_id", "kind", "version"),
    )


class ChangeRequest(Base):
    """A mentor asks for a change on one criterion; only these reopen."""

    __tablename__ = "change_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    criterion_id: Mapped[str] = mapped_column(String(80))
    comment: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Empty while the mentor still collects them."""
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    requested_by: Mapped[Person] = relationship()

    __table_args__ = (Index("ix_change_request_assessment_id", "assessment_id"),)


class Comment(Base):
    """What mentor and member write to one another about a criterion, or the whole (`criterion_id` empty)."""

    __tablename__ = "comment"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), index=True)
    criterion_id: Mapped[str | None] = mapped_column(String(80))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    by: Mapped[Person] = relationship()
