"""Evidence: files and links that stand behind an agreed rating, or show that an action was done."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, UtcDateTime, choice
from charter.database.people import Person


class EvidenceKind(enum.StrEnum):
    """A file that was uploaded, or a link to where it is kept."""

    FILE = "file"
    LINK = "link"


class Evidence(Base):
    """One piece of evidence, of a criterion or of an action. A file lies in the store under `stored_name`: random.

    That of an action hangs on the assessment that its plan follows, too.
    """

    __tablename__ = "evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))
    criterion_id: Mapped[str | None] = mapped_column(String(80))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"), index=True)
    kind: Mapped[EvidenceKind] = mapped_column(choice(EvidenceKind, "kind"))
    title: Mapped[str] = mapped_column(String(200))
    url: Mapped[str | None] = mapped_column(String(2000))
    file_name: Mapped[str | None] = mapped_column(String(200))
    stored_name: Mapped[str | None] = mapped_column(String(64), unique=True)
    media_type: Mapped[str | None] = mapped_column(String(100))
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    added_by: Mapped[Person] = relationship()

    __table_args__ = (
        Index("ix_evidence_assessment_id_criterion_id", "assessment_id", "criterion_id"),
        CheckConstraint("(criterion_id IS NULL) <> (action_id IS NULL)", name="of_one_thing"),
        CheckConstraint("(kind = 'link') = (url IS NOT NULL)", name="link_has_url"),
        CheckConstraint("(kind = 'file') = (stored_name IS NOT NULL)", name="file_is_stored"),
    )
