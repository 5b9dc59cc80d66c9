"""The chain of events: writing it, reading it, checking it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.base import canonical
from charter.database.events import Event
from charter.services.actors import Actor

FIRST_HASH = "0" * 64
_CHAIN_LOCK = 0x43484152  # any number: what PostgreSQL's advisory lock is called


def record_event(
    db: Session,
    name: str,
    *,
    actor: Actor | None,
    organization_id: int | None = None,
    assessment_id: int | None = None,
    reason: str | None = None,
    data: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Event:
    """Append an event, in the caller's transaction. `at` only where the minute must not be kept."""
    if db.get_bind().dialect.name == "postgresql":
        # One writer at a time, until the commit; SQLite has only one writer anyway.
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    db.flush()
    last = db.execute(select(Event.id, Event.hash).order_by(Event.id.desc()).limit(1)).first()
    event = Event(
        id=last.id + 1 if last else 1,
        at=(at or now()).replace(microsecond=0),
        name=name,
        actor_id=actor.id if actor else None,
        organization_id=organization_id,
        assessment_id=assessment_id,
        reason=reason,
        data=dict(data or {}),
        previous_hash=last.hash if last else FIRST_HASH,
    )
    event.hash = event_hash(event)
    db.add(event)
    db.flush()
    return event


def event_hash(event: Event) -> str:
    """SHA-256 over the canonical JSON of everything else in the row, in hex."""
    content = {
        "id": event.id,
        "at": event.at.isoformat(),
        "name": event.name,
        "actor": event.actor_id,
        "organization": event.organization_id,
        "assessment": event.assessment_id,
        "reason": event.reason,
        "data": event.data,
        "previous": event.previous_hash,
    }
    return hashlib.sha256(canonical(content).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class BrokenLink:
    """Where the chain does not hold."""

    event_id: int
    why: str


def verify_chain(db: Session) -> tuple[int, list[BrokenLink]]:
    """How many events there are, and everything that is wrong with their chain."""
    broken: list[BrokenLink] = []
    previous, expected = FIRST_HASH, 1
    for event in db.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000)):
        if event.id != expected:
            broken.append(BrokenLink(event.id, f"event {expected} is missing"))
        if event.previous_hash != previous:
            broken.append(BrokenLink(event.id, "does not follow the event before it"))
        if event.hash != event_hash(event):
            broken.append(BrokenLink(event.id, "was changed after it was written"))
        previous, expected = event.hash, event.id + 1
    return expected - 1, broken


def events_of(
    db: Session, *, assessment_id: int | None = None, organization_id: int | None = None, limit: int = 200
) -> list[Event]:
    """The latest events of an assessment, an organization or everything, newest first, with actors."""
    query = select(Event).options(joinedload(Event.actor), joinedload(Event.organization))
    if assessment_id is not None:
        query = query.where(Event.assessment_id == assessment_id)
    if organization_id is not None:
        query = query.where(Event.organization_id == organization_id)
    return list(db.scalars(query.order_by(Event.id.desc()).limit(limit)))


def all_events(db: Session) -> Iterator[Event]:
    """Every event, oldest first."""
    yield from db.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000))
