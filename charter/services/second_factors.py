"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for when it is lost."""

from __future__ import annotations

import base64
import hmac
import re
import secrets

import pyotp
from sqlalchemy import CursorResult, delete, func, or_, select, update
from sqlalchemy.orm import Session

from charter.clock import now
from charter.config import Settings
from charter.database.engine import begin_writing
from charter.database.people import Person
from charter.database.sessions import RecoveryCode
from charter.security import decrypt, encrypt, keyed_hash
from charter.services import attempts
from charter.services.actors import Actor
from charter.services.errors import Invalid, Refused
from charter.services.events import record_event
from charter.services.logins import end_sessions_of
from charter.services.passwords import ask_password
from questionnaires.message import message

RECOVERY_CODES = 10
WINDOW = (0, -1, 1)
"""Time steps of 30 seconds by which a phone's clock may be off."""
PURPOSE = "totp"

_WRONG = {"code": message("This code is wrong, too old, or was used already.")}


def new_secret() -> str:
    """160 random bits in base32."""
    return pyotp.random_base32()


def setup_address(settings: Settings, person: Person, secret: str) -> str:
    """What the QR code says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=settings.coalition)


def set_up(db: Session, settings: Settings, actor: Actor, *, secret: str, code: str, password: str | None) -> list[str]:
    """Take the app into use; gives the recovery codes, which are shown this once.

    Invalid if the code is wrong. Where a second factor is set up already, the password is asked, and wrong is Invalid.
    """
    person = actor.person
    if person.totp_confirmed_at is not None:
        ask_password(db, settings, actor, password or "")
    step = _step_of(secret, code, after=None)
    if step is None:
        raise Invalid(_WRONG)
    person.totp_secret = encrypt(settings.key, PURPOSE, secret)
    person.totp_confirmed_at = now()
    person.totp_last_step = step
    record_event(db, "SecondFactorSetUp", actor=actor, data={"person": actor.id})
    return _new_codes(db, settings, person)


def check_code(db: Session, settings: Settings, actor: Actor, code: str) -> None:
    """Take a code of the app, or a recovery code, each only once. Invalid if it is wrong; TooManyAttempts."""
    keys = ((attempts.SECOND_FACTOR, str(actor.id)),)
    numbers = attempts.begin_attempt(db, settings, keys)
    begin_writing(db)
    if not (_take_app_code(db, settings, actor.person, code) or _take_recovery_code(db, settings, actor, code)):
        raise Invalid(_WRONG)
    attempts.forgive(db, settings, numbers, keys)


def turn_off(db: Session, settings: Settings, actor: Actor, *, password: str) -> None:
    """Refused for coalition staff; Invalid if the password is wrong."""
    person = actor.person
    if person.role is not None:
        raise Refused(message("Coordinators and mentors need a second factor."))
    ask_password(db, settings, actor, password)
    _forget(db, person)
    record_event(db, "SecondFactorTurnedOff", actor=actor, data={"person": actor.id})


def reset(db: Session, person: Person) -> None:
    """For somebody who lost it: gone, whoever it is; every device is logged out. By an operator only."""
    _forget(db, person)
    end_sessions_of(db, person)
    record_event(db, "SecondFactorTurnedOff", actor=None, data={"person": person.id})


def renew_recovery_codes(db: Session, settings: Settings, actor: Actor, *, password: str) -> list[str]:
    """New codes, shown this once; the old ones stop working. Invalid if the password is wrong."""
    if actor.person.totp_confirmed_at is None:
        raise Refused(message("Set up a second factor first."))
    ask_password(db, settings, actor, password)
    record_event(db, "RecoveryCodesRenewed", actor=actor, data={"person": actor.id})
    return _new_codes(db, settings, actor.person)


def recovery_codes_left(db: Session, person: Person) -> int:
    """How many still work."""
    query = select(func.count()).where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None))
    return db.scalar(query) or 0


def _forget(db: Session, person: Person) -> None:
    person.totp_secret = person.totp_confirmed_at = person.totp_last_step = None
    db.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))


def _step_of(secret: str, code: str, *, after: int | None) -> int | None:
    """The time step of a right code that is younger than `after`."""
    digits = re.sub(r"\s", "", code)
    totp = pyotp.TOTP(secret)
    current = totp.timecode(now())
    for step in (current + offset for offset in WINDOW):
        right = totp.generate_otp(step)
        if (after is None or step > after) and hmac.compare_digest(right.encode(), digits.encode("utf-8", "replace")):
            return step
    return None


def _take_app_code(db: Session, settings: Settings, person: Person, code: str) -> bool:
    if person.totp_secret is None or person.totp_confirmed_at is None:
        return False
    secret = decrypt(settings.key, PURPOSE, person.totp_secret)
    step = _step_of(secret, code, after=person.totp_last_step) if secret else None
    if step is None:
        return False
    # In the statement, so that of two who send the same code at once only one gets in.
    taken = db.execute(
        update(Person)
        .where(Person.id == person.id, or_(Person.totp_last_step.is_(None), Person.totp_last_step < step))
        .values(totp_last_step=step)
    )
    assert isinstance(taken, CursorResult)  # noqa: S101 - what an update gives
    return taken.rowcount == 1


def _take_recovery_code(db: Session, settings: Settings, actor: Actor, code: str) -> bool:
    if actor.person.totp_confirmed_at is None:
        return False
    used = db.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == actor.id,
            RecoveryCode.code_hash == _code_hash(settings, actor.person, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now())
    )
    assert isinstance(used, CursorResult)  # noqa: S101
    if used.rowcount != 1:
        return False
    record_event(db, "RecoveryCodeUsed", actor=actor, data={"person": actor.id})
    return True


def _new_codes(db: Session, settings: Settings, person: Person) -> list[str]:
    db.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    codes = [_readable(base64.b32encode(secrets.token_bytes(10)).decode().lower()[:12]) for _ in range(RECOVERY_CODES)]
    db.add_all(RecoveryCode(person_id=person.id, code_hash=_code_hash(settings, person, code)) for code in codes)
    db.flush()
    return codes


def _readable(code: str) -> str:
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def _code_hash(settings: Settings, person: Person, code: str) -> str:
    plain = re.sub(r"[^a-z2-7]", "", code.lower())
    return keyed_hash(settings.key, "recovery code", f"{person.id} {plain}")
