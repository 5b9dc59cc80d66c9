"""The time. One place, so that tests can move it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def today(zone: ZoneInfo) -> date:
    """The day that it is in that zone."""
    return now().astimezone(zone).date()
