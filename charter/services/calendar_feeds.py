"""The private calendar of a person: what is due for them, at an address that only they know."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.config import Settings
from charter.database.row_security import see, seeing_everything
from charter.database.subscriptions import CalendarFeed
from charter.security import new_token, token_hash
from charter.services.actors import Actor, actor_for, scope_of
from charter.services.errors import NotFound
from charter.services.events import record_event


@dataclass(frozen=True)
class CalendarFile:
    """The calendar now. `mark` changes when the content does (an ETag)."""

    content: bytes
    mark: str


def may_have_calendar(actor: Actor) -> bool:
    """Whether anything could ever be in it: for people of members, and mentors."""
    return bool(actor.memberships) or actor.is_mentor


def feed_of(db: Session, actor: Actor) -> CalendarFeed | None:
    """The person's feed, if there is one."""
    return db.get(CalendarFeed, actor.id)


def make_feed(db: Session, actor: Actor) -> str:
    """The token of a new address; an earlier one stops working. Nobody is told it again: only its hash is kept."""
    if not may_have_calendar(actor):
        raise NotFound
    token = new_token()
    row = db.get(CalendarFeed, actor.id)
    if row is None:
        row = CalendarFeed(person_id=actor.id)
        db.add(row)
    row.token_hash, row.made_at = token_hash(token), now()
    db.flush()
    record_event(db, "CalendarMade", actor=actor)
    return token


def remove_feed(db: Session, actor: Actor) -> None:
    """The address stops working. Where there is none, nothing happens."""
    if db.get(CalendarFeed, actor.id) is not None:
        db.execute(delete(CalendarFeed).where(CalendarFeed.person_id == actor.id))
        record_event(db, "CalendarRemoved", actor=actor)


def calendar_file(db: Session, settings: Settings, token: str) -> CalendarFile:
    """The calendar at that address, in its person's language; a fixed number of statements.

    NotFound for an unknown address, and for a person whose account is closed or who belongs nowhere any more.
    """
    row = db.scalar(
        select(CalendarFeed)
        .where(CalendarFeed.token_hash == token_hash(token))
        .options(joinedload(CalendarFeed.person))
    )
    if row is None or row.person.disabled_at is not None:
        raise NotFound
    with seeing_everything(db):  # whose rows the address opens is what we are about to read
        actor = actor_for(db, row.person)
    see(db, scope_of(actor))
    if not actor.memberships and not actor.mentored:
        raise NotFound
    # Loading the library takes longer than any page: only whoever asks for a calendar waits for it.
    from charter.services.calendar_entries import calendar_of

    content = calendar_of(db, settings, actor)
    return CalendarFile(content, hashlib.sha256(content).hexdigest())
