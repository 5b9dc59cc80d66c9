"""The time. One place, so that the demo can live through three years in a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """This moment, in UTC."""
    return _pretended.get() or datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """The day that it is in that zone."""
    return now().astimezone(zone).date()


@contextmanager
def pretend(moment: datetime) -> Iterator[None]:
    """Inside, it is that moment. For the demo only."""
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)
