"""The chain of events: writing it, reading it, checking it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.base import canonical
from charter.database.events import Event
from charter.database.row_security import seeing_everything
from charter.services.actors import Actor

FIRST_HASH = "0" * 64
DELETED = "OrganizationDataDeleted"
"""Only the events of organizations that have an event of this name may be without content."""
_END = "charter_end_of_chain"
_CHAIN_LOCK = 0x43484152  # any number: what PostgreSQL's advisory lock is called
_events = Event.__table__.c
_LAST = select(_events.id, _events.hash).order_by(_events.id.desc()).limit(1)


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
    last_id, last_hash = _end_of_chain(db)
    event = Event(
        id=last_id + 1,
        at=(at or now()).replace(microsecond=0),
        name=name,
        actor_id=actor.id if actor else None,
        organization_id=organization_id,
        assessment_id=assessment_id,
        reason=reason,
        data=dict(data or {}),
        salt=secrets.token_hex(16),
        previous_hash=last_hash,
    )
    event.content_hash = content_hash(event)
    event.hash = event_hash(event)
    db.add(event)
    if db.get_nested_transaction() is None:
        db.info[_END] = (db.get_transaction(), event.id, event.hash)
    else:
        db.info.pop(_END, None)  # a savepoint may take it back
    return event


def _end_of_chain(db: Session) -> tuple[int, str]:
    """Id and hash of the last event. From the first event of a transaction on nobody else can append."""
    known = db.info.get(_END)
    if known is not None and known[0] is db.get_transaction() and db.get_nested_transaction() is None:
        return known[1], known[2]
    if db.get_bind().dialect.name == "postgresql":
        # One writer at a time, until the commit; SQLite has only one writer anyway.
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CHAIN_LOCK})
    if db.get_nested_transaction() is not None:
        db.flush()  # events of this savepoint are not yet in the table
    with seeing_everything(db):  # the chain goes through all organizations
        last = db.execute(_LAST).first()
    return (last.id, last.hash) if last else (0, FIRST_HASH)


def event_hash(event: Event) -> str:
    """SHA-256 over the canonical JSON of what stays of an event for ever, in hex."""
    content = {
        "id": event.id,
        "at": event.at.isoformat(),
        "name": event.name,
        "actor": event.actor_id,
        "organization": event.organization_id,
        "assessment": event.assessment_id,
        "content": event.content_hash,
        "previous": event.previous_hash,
    }
    return _sha256(content)


def content_hash(event: Event) -> str:
    """SHA-256 over the canonical JSON of what may be erased later, in hex."""
    return _sha256({"salt": event.salt, "reason": event.reason, "data": event.data})


def erase_contents(db: Session, organization_id: int) -> int:
    """Erase reasons and data of every event of an organization; gives their number. The chain holds without them."""
    number = 0
    for event in db.scalars(select(Event).where(Event.organization_id == organization_id, Event.salt.is_not(None))):
        event.salt, event.reason, event.data = None, None, {}
        number += 1
    db.flush()
    return number


@dataclass(frozen=True)
class BrokenLink:
    """Where the chain does not hold."""

    event_id: int
    why: str


def verify_chain(db: Session) -> tuple[int, list[BrokenLink]]:
    """How many events there are, and everything that is wrong with their chain."""
    broken: list[BrokenLink] = []
    previous, expected = FIRST_HASH, 1
    erased = set(db.scalars(select(Event.organization_id).where(Event.name == DELETED)))
    for event in db.scalars(select(Event).order_by(Event.id).execution_options(yield_per=1000)):
        if event.id != expected:
            broken.append(BrokenLink(event.id, f"event {expected} is missing"))
        if event.previous_hash != previous:
            broken.append(BrokenLink(event.id, "does not follow the event before it"))
        if event.hash != event_hash(event):
            broken.append(BrokenLink(event.id, "was changed after it was written"))
        if event.salt is None and event.reason is None and event.data == {}:
            if event.organization_id not in erased:
                broken.append(BrokenLink(event.id, "was erased, though no member's data was deleted"))
        elif event.content_hash != content_hash(event):
            broken.append(BrokenLink(event.id, "has another reason or other data than when it was written"))
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


def _sha256(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(content).encode("utf-8", "surrogatepass")).hexdigest()
