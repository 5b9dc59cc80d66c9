"""Logging in, staying logged in, and being logged out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.config import Settings
from charter.database.people import Person
from charter.database.sessions import LoginSession
from charter.security import new_token, token_hash
from charter.services.actors import Actor, actor_for

SEEN_AGAIN = timedelta(minutes=1)
"""`last_seen_at` is not written more often than this: a page that only reads must not write each time."""


@dataclass(frozen=True)
class Login:
    """The log-in behind a request."""

    session_id: str
    created_at: datetime
    second_factor_at: datetime | None
    waits_for_second_factor: bool
    """Nothing but the second factor's own pages is open until it was given, or first set up."""


def start_session(db: Session, person: Person, *, device: str) -> str:
    """A new log-in; the token goes into the cookie and is stored nowhere."""
    token = new_token()
    moment = now()
    db.add(
        LoginSession(
            id=token_hash(token), person_id=person.id, created_at=moment, last_seen_at=moment, device=device[:120]
        )
    )
    db.flush()
    return token


def actor_of_token(db: Session, settings: Settings, token: str) -> tuple[Login, Actor] | None:
    """Who this token logs in; None if it ended, idled too long, is too old, or its person was disabled."""
    row = db.scalar(
        select(LoginSession).where(LoginSession.id == token_hash(token)).options(joinedload(LoginSession.person))
    )
    moment = now()
    if row is None or row.ended_at is not None or row.person.disabled_at is not None:
        return None
    if moment - row.last_seen_at > timedelta(minutes=settings.session_idle_minutes):
        return None
    if moment - row.created_at > timedelta(hours=settings.session_absolute_hours):
        return None
    waits = row.second_factor_at is None and needs_second_factor(row.person)
    return Login(row.id, row.created_at, row.second_factor_at, waits), actor_for(db, row.person)


def needs_second_factor(person: Person) -> bool:
    """Coalition staff always; others once they set one up."""
    return person.role is not None or person.totp_confirmed_at is not None


def end_session(db: Session, session_id: str) -> None:
    """Log out."""
    db.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
        .values(ended_at=now())
    )
