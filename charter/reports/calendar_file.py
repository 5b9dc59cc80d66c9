"""What all iCalendar files of Charter share: their head, and events that take whole days and make nobody busy."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar, Event, vText

_CONTROL = {code: None for code in range(32) if code not in (9, 10)} | {127: None}


@dataclass(frozen=True)
class Entry:
    """One event, over all days from `first` to `last`. `uid` and `stamp` stay the same while it does."""

    uid: str
    stamp: datetime
    first: date
    last: date
    title: str
    description: str = ""
    url: str = ""
    categories: tuple[str, ...] = field(default=())
    is_urgent: bool = False


def new_calendar(title: str, *, product: str, language: str) -> Calendar:
    """An empty calendar of that name."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Charter//{product}//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for key in ("name", "x-wr-calname"):
        # The library knows no type for these two, and would leave commas and semicolons as they are.
        calendar.add(key, vText(" ".join(_clean(title).split()), params={"LANGUAGE": language}))
    return calendar


def add_entry(calendar: Calendar, entry: Entry, *, language: str) -> None:
    """Put an event into it."""
    spoken: dict[str, Any] = {"language": language}
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", entry.stamp)
    event.add("dtstart", entry.first)
    # The end is the first day that no longer belongs to it.
    event.add("dtend", entry.last + timedelta(days=1))
    event.add("summary", _clean(entry.title), parameters=spoken)
    if entry.description:
        event.add("description", _clean(entry.description), parameters=spoken)
    if entry.url:
        event.add("url", entry.url)
    if entry.categories:
        event.add("categories", list(entry.categories))
    if entry.is_urgent:
        event.add("priority", 1)
    # Nobody is busy all day for months.
    event.add("transp", "TRANSPARENT")
    calendar.add_component(event)


def _clean(text: str) -> str:
    """Without control characters, which the format does not know; a line break is one character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)
