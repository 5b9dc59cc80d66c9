"""Published versions of packs and standards: frozen."""

from __future__ import annotations

import enum
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from charter.database.base import Base, UtcDateTime, choice


class ContentKind(enum.StrEnum):
    """What was published."""

    PACK = "pack"
    STANDARD = "standard"


class PublishedPack(Base):
    """One version of a pack, or of a standard, as published. `archive` is a ZIP of the folder, standards included."""

    __tablename__ = "published_pack"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ContentKind] = mapped_column(choice(ContentKind, "kind"))
    pack: Mapped[str] = mapped_column(String(80))
    version: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    language: Mapped[str] = mapped_column(String(8))
    fingerprint: Mapped[str] = mapped_column(String(64))
    archive: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    __table_args__ = (UniqueConstraint("kind", "pack", "version"),)


class PackUpload(Base):
    """What a coordinator has uploaded and not yet published; one per person. `archive` is a ZIP of its YAML files."""

    __tablename__ = "pack_upload"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random."""
    kind: Mapped[ContentKind] = mapped_column(choice(ContentKind, "kind"))
    file_name: Mapped[str] = mapped_column(String(200))
    archive: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
