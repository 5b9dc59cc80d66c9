"""The coalition's library: templates, guides, videos, contacts; and the words by which each is found."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, JsonText, UtcDateTime, choice


def _by_code_point(length: int) -> String:
    """Text that both databases order by code point, so that lists and ranges of words are the same on both."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class ResourceKind(enum.StrEnum):
    """What it is."""

    POLICY_TEMPLATE = "policy-template"
    GUIDE = "guide"
    FORM = "form"
    TRAINING_MATERIAL = "training-material"
    VIDEO = "video"
    LAW = "law"
    CONTACT = "contact"
    OTHER = "other"


class Resource(Base):
    """One item of the library: a link, a file in the store under `stored_name`, or a contact described in words."""

    __tablename__ = "resource"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    kind: Mapped[ResourceKind] = mapped_column(choice(ResourceKind, "kind"), index=True)
    titles: Mapped[Any] = mapped_column(JsonText)
    """By language; at least one."""
    summaries: Mapped[Any] = mapped_column(JsonText)
    """By language; may be empty."""
    title_order: Mapped[str] = mapped_column(_by_code_point(120), index=True)
    """The first title as words are compared; lists without a search are in this order."""
    folded: Mapped[str] = mapped_column(Text, deferred=True)
    """Everything that is searched, as words are compared."""
    url: Mapped[str | None] = mapped_column(String(2000))
    file_name: Mapped[str | None] = mapped_column(String(200))
    stored_name: Mapped[str | None] = mapped_column(String(64), unique=True)
    media_type: Mapped[str | None] = mapped_column(String(100))
    size: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)

    topics: Mapped[list[ResourceTopic]] = relationship(
        cascade="all, delete-orphan", order_by="ResourceTopic.topic", lazy="raise"
    )
    languages: Mapped[list[ResourceLanguage]] = relationship(
        cascade="all, delete-orphan", order_by="ResourceLanguage.language", lazy="raise"
    )

    __table_args__ = (
        CheckConstraint("url IS NULL OR stored_name IS NULL", name="link_or_file"),
        CheckConstraint("kind = 'contact' OR url IS NOT NULL OR stored_name IS NOT NULL", name="leads_somewhere"),
    )


class ResourceTopic(Base):
    """What a resource is about: the id of a criterion or a principle, or a free word."""

    __tablename__ = "resource_topic"

    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(String(80), primary_key=True, index=True)


class ResourceLanguage(Base):
    """A language that a resource is in."""

    __tablename__ = "resource_language"

    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True, index=True)


class ResourceWord(Base):
    """A word by which a resource is found; `weight` is more where it stands in the title."""

    __tablename__ = "resource_word"

    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    word: Mapped[str] = mapped_column(_by_code_point(40), primary_key=True)
    weight: Mapped[int]

    __table_args__ = (Index("ix_resource_word_word", "word", "resource_id", "weight"),)


class ResourceUpload(Base):
    """What a coordinator has uploaded and not yet imported; one per person."""

    __tablename__ = "resource_upload"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    """Random."""
    file_name: Mapped[str] = mapped_column(String(200))
    rows: Mapped[Any] = mapped_column(JsonText, deferred=True)
    """The rows that can be imported."""
    problems: Mapped[Any] = mapped_column(JsonText, deferred=True)
    """`[row, column, text, arguments]` of each."""
    total: Mapped[int]
    """Rows in the file."""
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"), unique=True)
