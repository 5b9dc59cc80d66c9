"""What all tables share: names of constraints, and types that SQLite and PostgreSQL keep alike."""

from __future__ import annotations

import enum
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Enum, MetaData, String, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from scoring.model import Choice

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Every table."""

    metadata = MetaData(naming_convention=NAMING)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored without a zone in UTC, since SQLite keeps none. Moments without a zone are refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class JsonText(TypeDecorator[Any]):
    """A value as compact JSON text with sorted keys: the same text on every database, so that it can be hashed."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else canonical(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class RatingType(TypeDecorator["int | Choice"]):
    """A rating: the value of a level, or a `Choice`."""

    impl = String(20)
    cache_ok = True

    def process_bind_param(self, value: int | Choice | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value if isinstance(value, Choice) else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> int | Choice | None:
        if value is None:
            return None
        return Choice(value) if value in _CHOICES else int(value)


_CHOICES = frozenset(choice.value for choice in Choice)


def canonical(value: Any) -> str:
    """Compact JSON with sorted keys."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def choice(kind: type[enum.StrEnum], name: str) -> Enum:
    """A column that holds one of an enum's values as text, checked by the database under that constraint name."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=30,
        validate_strings=True,
        values_callable=lambda members: [member.value for member in members],
    )
