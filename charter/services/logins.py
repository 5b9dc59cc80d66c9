"""Logging in, staying logged in, and being logged out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from charter.clock import now
from charter.config import Settings
from charter.database.engine import begin_writing, transaction
from charter.database.people import Person
from charter.database.sessions import LoginSession, OwnDevice
from charter.security import new_token, token_hash
from charter.services import accounts, attempts
from charter.services.actors import CURRENT_MEMBERSHIPS, Actor, actor_with
from charter.services.errors import Invalid, NotFound
from questionnaires.message import message

SEEN_AGAIN = timedelta(minutes=1)
"""`last_seen_at` is not written more often than this: a page that only reads must not write each time."""

FORGOTTEN = timedelta(days=30)
"""Log-ins that were last used so long ago are deleted at the next one: nobody needs to know of them."""

# Put together once: it is asked with every page of whoever is logged in. One row for each of the person's memberships.
_BY_TOKEN = (
    select(
        LoginSession.id,
        LoginSession.created_at,
        LoginSession.last_seen_at,
        LoginSession.second_factor_at,
        LoginSession.ended_at,
        LoginSession.own_device_id,
        Person,
        CURRENT_MEMBERSHIPS.c.organization_id,
        CURRENT_MEMBERSHIPS.c.role,
    )
    .join(Person, Person.id == LoginSession.person_id)
    .outerjoin(CURRENT_MEMBERSHIPS, CURRENT_MEMBERSHIPS.c.person_id == Person.id)
    .where(LoginSession.id == bindparam("hash"))
)


@dataclass(frozen=True)
class Login:
    """The log-in behind a request."""

    session_id: str
    created_at: datetime
    last_seen_at: datetime
    second_factor_at: datetime | None
    waits_for_second_factor: bool
    """Nothing but the second factor's own pages is open until it was given, or first set up."""
    own_device_id: int | None = None
    """Where the person called the device their own (charter/services/own_devices.py)."""


def log_in(db: Session, settings: Settings, *, email: str, password: str, network: str | None, device: str) -> str:
    """Check address and password; gives the token of a new log-in.

    Invalid if they are wrong, whichever of the two it is and whether or not the address is known; TooManyAttempts
    (charter/services/attempts.py). The password is checked while no lock is held: that takes long, on purpose.
    """
    address, place = email.strip().lower(), attempts.network_of(network)
    keys = (
        (attempts.FROM_HERE, f"{address} {place}"),
        (attempts.ADDRESS, address),
        (attempts.NETWORK, place),
    )
    numbers = attempts.begin_attempt(db, settings, keys)
    person = accounts.find_person(db, address)
    db.commit()  # nosemgrep: commit-inside-a-service - an attempt counts, whatever becomes of it
    if not accounts.password_is_right(person, password) or person is None:
        raise Invalid({"": message("Address or password is wrong.")})
    stronger = accounts.rehashed(person, password)
    begin_writing(db)
    if stronger is not None:
        person.password_hash = stronger
    attempts.forgive(db, settings, numbers, keys)
    return start_session(db, person, device=device)


def start_session(db: Session, person: Person, *, device: str, second_factor: bool = False) -> str:
    """A new log-in; the token goes into the cookie and is stored nowhere."""
    token = new_token()
    moment = now()
    db.execute(
        delete(LoginSession).where(LoginSession.person_id == person.id, LoginSession.last_seen_at < moment - FORGOTTEN)
    )
    db.add(
        LoginSession(
            id=token_hash(token),
            person_id=person.id,
            created_at=moment,
            last_seen_at=moment,
            second_factor_at=moment if second_factor else None,
            device=device[:120],
        )
    )
    db.flush()
    return token


def complete_session(db: Session, login: Login) -> str:
    """The second factor was given: the log-in goes on under a new token, and the old one is worth nothing."""
    old = db.get_one(LoginSession, login.session_id)
    token = start_session(db, db.get_one(Person, old.person_id), device=old.device, second_factor=True)
    # The absolute limit runs from the password on.
    db.get_one(LoginSession, token_hash(token)).created_at = old.created_at
    old.ended_at = now()
    db.flush()
    return token


def actor_of_token(db: Session, settings: Settings, token: str) -> tuple[Login, Actor] | None:
    """Who this token logs in; None if it ended, idled too long, is too old, or its person was disabled."""
    rows = db.execute(_BY_TOKEN, {"hash": token_hash(token)}).all()
    if not rows:
        return None
    row = rows[0]
    person = row.Person
    if person.disabled_at is not None or not _is_alive(row, settings):
        return None
    waits = row.second_factor_at is None and needs_second_factor(person)
    login = Login(row.id, row.created_at, row.last_seen_at, row.second_factor_at, waits, row.own_device_id)
    memberships = {each.organization_id: each.role for each in rows if each.organization_id is not None}
    return login, actor_with(db, person, memberships)


def needs_second_factor(person: Person) -> bool:
    """Coalition staff always; others once they set one up."""
    return person.role is not None or person.totp_confirmed_at is not None


def was_seen(sessions: sessionmaker[Session], login: Login) -> None:
    """Keep the log-in from idling, in a transaction of its own, at most once a minute."""
    moment = now()
    if moment - login.last_seen_at < SEEN_AGAIN:
        return
    with transaction(sessions) as db:
        db.execute(
            update(LoginSession)
            .where(LoginSession.id == login.session_id, LoginSession.last_seen_at < moment)
            .values(last_seen_at=moment)
        )


def sessions_of(db: Session, settings: Settings, person: Person) -> list[LoginSession]:
    """Where the person is logged in now, last used first."""
    rows = db.scalars(
        select(LoginSession)
        .where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
        .order_by(LoginSession.last_seen_at.desc(), LoginSession.id)
    )
    return [row for row in rows if _is_alive(row, settings)]


def end_session(db: Session, session_id: str) -> None:
    """Log out."""
    db.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.ended_at.is_(None))
        .values(ended_at=now())
    )


def end_own_session(db: Session, actor: Actor, session_id: str) -> None:
    """Log out on another device, which is no longer the actor's own either. NotFound if it is not the actor's."""
    row = db.get(LoginSession, session_id)
    if row is None or row.person_id != actor.id:
        raise NotFound
    if row.own_device_id is not None:
        db.execute(delete(OwnDevice).where(OwnDevice.id == row.own_device_id))
    end_session(db, session_id)


def end_sessions_of(db: Session, person: Person, *, but: str | None = None) -> None:
    """Log the person out everywhere, except in that session; no device but its own is theirs any more."""
    devices = delete(OwnDevice).where(OwnDevice.person_id == person.id)
    if but is not None:
        of_this = select(LoginSession.own_device_id).where(LoginSession.id == but).scalar_subquery()
        devices = devices.where(func.coalesce(OwnDevice.id != of_this, True))
    db.execute(devices, execution_options={"synchronize_session": False})
    query = update(LoginSession).where(LoginSession.person_id == person.id, LoginSession.ended_at.is_(None))
    if but is not None:
        query = query.where(LoginSession.id != but)
    db.execute(query.values(ended_at=now()))


def _is_alive(row: LoginSession | Row[Any], settings: Settings) -> bool:
    moment = now()
    return (
        row.ended_at is None
        and moment - row.last_seen_at <= timedelta(minutes=settings.session_idle_minutes)
        and moment - row.created_at <= timedelta(hours=settings.session_absolute_hours)
    )
