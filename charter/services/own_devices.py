"""Devices that their users called their own: they may keep what is not sent yet (docs/decisions/0018-offline.md)."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.config import Settings
from charter.database.people import Person
from charter.database.sessions import LoginSession, OwnDevice
from charter.security import decrypt, encrypt, keyed_hash, new_token, token_hash
from charter.services.actors import Actor
from charter.services.errors import NotFound, Refused
from charter.services.events import record_event
from charter.services.logins import Login
from questionnaires.message import message

MOST = 10
"""Devices that one person calls their own at a time."""
PURPOSE = "own-device"
KEY_BYTES = 32
"""AES-256."""


def call_own(db: Session, settings: Settings, actor: Actor, login: Login, *, device: str, mark: str = "") -> str:
    """From now on the device of this log-in is the actor's own; gives the token for its cookie, stored nowhere.

    `mark`: under which name it keeps something already. If that is the actor's, its cookie was lost, and its key stays.
    Refused for more devices than anybody has.
    """
    rows = devices_of(db, actor.person)
    row = next((each for each in rows if _mark(settings, each.id) == mark), None)
    if row is None and len(rows) >= MOST:
        text = message("You called {most} devices your own. Forget one that you no longer use first.", most=MOST)
        raise Refused(text)
    token, moment = new_token(), now()
    if row is None:
        row = OwnDevice(
            person_id=actor.id,
            key=encrypt(settings.key, PURPOSE, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()),
            device=device[:120],
            created_at=moment,
        )
        db.add(row)
    row.token_hash, row.used_at = token_hash(token), moment
    db.flush()
    db.get_one(LoginSession, login.session_id).own_device_id = row.id
    record_event(db, "OwnDeviceAdded", actor=actor, data={"person": actor.id, "device": row.id})
    return token


def recognize(db: Session, settings: Settings, token: str, cookies: Mapping[str, str]) -> None:
    """A new log-in: if its person called the device with these cookies their own before, the log-in knows."""
    session = db.get_one(LoginSession, token_hash(token))
    given = cookies.get(cookie_of(settings, session.person_id))
    if given is None:
        return
    row = db.scalar(
        select(OwnDevice).where(OwnDevice.token_hash == token_hash(given), OwnDevice.person_id == session.person_id)
    )
    if row is not None:
        session.own_device_id, row.used_at = row.id, now()
        db.flush()


def key_of(db: Session, settings: Settings, login: Login) -> str:
    """What opens and closes what this device keeps, in base64. NotFound if it is nobody's own."""
    row = db.get(OwnDevice, login.own_device_id) if login.own_device_id is not None else None
    key = decrypt(settings.key, PURPOSE, row.key) if row is not None else None
    if key is None:
        raise NotFound
    return key


def devices_of(db: Session, person: Person) -> list[OwnDevice]:
    """What the person calls their own, last used first."""
    return list(
        db.scalars(
            select(OwnDevice)
            .where(OwnDevice.person_id == person.id)
            .order_by(OwnDevice.used_at.desc(), OwnDevice.id.desc())
        )
    )


def forget(db: Session, actor: Actor, device_id: int) -> None:
    """The key of that device is gone: what it kept can never be read again. NotFound if it is not the actor's."""
    row = db.get(OwnDevice, device_id)
    if row is None or row.person_id != actor.id:
        raise NotFound
    # The database takes the number out of log-ins.
    db.execute(delete(OwnDevice).where(OwnDevice.id == device_id))
    record_event(db, "OwnDeviceForgotten", actor=actor, data={"person": actor.id, "device": device_id})


def mark_of(settings: Settings, login: Login) -> str:
    """Under which name the device keeps what belongs to this log-in's person; tells nobody who that is."""
    return _mark(settings, login.own_device_id) if login.own_device_id is not None else ""


def cookie_of(settings: Settings, person_id: int) -> str:
    """The name of the person's cookie: two people who share a device have two, without seeing whose it is."""
    name = f"charter-own-{keyed_hash(settings.key, PURPOSE, f'person {person_id}')[:12]}"
    return f"__Host-{name}" if settings.is_https else name


def _mark(settings: Settings, device_id: int) -> str:
    return keyed_hash(settings.key, PURPOSE, f"device {device_id}")[:16]
