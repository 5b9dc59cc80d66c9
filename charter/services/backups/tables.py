"""The tables as the database has them, not as this version of the code does: a backup may be older than both."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, MetaData, Table, inspect

_NOT_OURS = ("alembic_", "sqlite_", "huey")
"""Beginnings of the names of tables that belong to a library: it makes them anew."""


def our_tables(connection: Connection) -> list[Table]:
    """Every table of Charter, those that others refer to first."""
    names = [name for name in inspect(connection).get_table_names() if not name.startswith(_NOT_OURS)]
    found = MetaData()
    found.reflect(connection, only=names)
    return found.sorted_tables


def plain(value: Any) -> Any:
    """A value of a row as JSON knows it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    if isinstance(value, Decimal):
        return str(value)
    return value


def readers(table: Table) -> Mapping[str, Callable[[Any], Any]]:
    """By column what makes of JSON the value that the column takes; columns that take it as it is are left out."""
    found: dict[str, Callable[[Any], Any]] = {}
    for column in table.columns:
        reader = _READERS.get(column.type.python_type)
        if reader is not None:
            found[column.name] = reader
    return found


_READERS: dict[type, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    bytes: base64.b64decode,
    Decimal: Decimal,
}
