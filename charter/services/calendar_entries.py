"""What stands in a person's calendar, in their language. The same things always give the same bytes."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from charter.config import Settings
from charter.database.records import Visit
from charter.i18n import Translator, translator
from charter.reports.calendar_file import Entry, add_entry, new_calendar
from charter.services.actors import Actor
from charter.services.digest_facts import Meeting, Task, meetings, tasks_of
from questionnaires.message import message

REFRESH = timedelta(hours=6)


def calendar_of(db: Session, settings: Settings, actor: Actor) -> bytes:
    """Actions on their due days, for mentors those of their members, and visits; nothing else of anybody."""
    words = translator(actor.person.language)
    found = tasks_of(db, person_id=actor.id, working_for=frozenset(actor.memberships), mentored=actor.mentored)
    several = bool(actor.mentored) or len(actor.memberships) > 1
    calendar = new_calendar(
        words.render(message("Actions – {coalition}", coalition=settings.coalition)),
        product="Actions",
        language=words.language,
    )
    # How often programs should ask: the first is the standard's word, the second that of older programs.
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", REFRESH)
    for task in found:
        add_entry(calendar, _of_task(settings, words, task, several=several), language=words.language)
    for meeting in meetings(db, Visit.organization_id.in_(actor.mentored)) if actor.mentored else ():
        add_entry(calendar, _of_meeting(settings, words, meeting), language=words.language)
    return bytes(calendar.to_ical())


def _of_task(settings: Settings, words: Translator, task: Task, *, several: bool) -> Entry:
    title = message("Due: {title}", title=task.title)
    if several:
        title = message("Due at {organization}: {title}", organization=task.organization, title=task.title)
    return Entry(
        uid=_uid(settings, "action", task.id),
        stamp=task.updated_at,
        first=task.due_on,
        last=task.due_on,
        title=words.render(title),
        url=f"{settings.public_url.rstrip('/')}/action/{task.id}",
    )


def _of_meeting(settings: Settings, words: Translator, meeting: Meeting) -> Entry:
    return Entry(
        uid=_uid(settings, "visit", meeting.visit_id),
        stamp=meeting.fixed_at,
        first=meeting.on,
        last=meeting.on,
        title=words.render(message("Visit: {organization}", organization=meeting.organization)),
        url=f"{settings.public_url.rstrip('/')}/organizations/{meeting.organization_id}/records",
    )


def _uid(settings: Settings, kind: str, number: int) -> str:
    """The same for ever, and another one in every installation."""
    return f"{kind}-{number}@{urlsplit(settings.public_url).hostname or 'localhost'}"
