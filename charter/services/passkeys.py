"""Passkeys (WebAuthn): logging in with the device's own lock instead of a password. One counts as both factors."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload
from webauthn.helpers import base64url_to_bytes, parse_authentication_credential_json
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from charter.clock import now
from charter.config import Settings
from charter.database.people import Person
from charter.database.sessions import Attempt, Passkey
from charter.security import keyed_hash
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from charter.services.passwords import ask_password
from questionnaires.message import message

MOST = 10
"""Passkeys that one person may have."""
LONGEST_NAME = 80
USED_CHALLENGE = "passkey-challenge"

_FAILED = {"": message("The passkey did not work. Try again, or use your password.")}


def are_possible(settings: Settings) -> bool:
    """Browsers know passkeys only under a name: not under an address of numbers."""
    try:
        ipaddress.ip_address(site_name(settings))
    except ValueError:
        return True
    return False


def site_name(settings: Settings) -> str:
    """The host name that the passkeys belong to."""
    return urlsplit(settings.public_url).hostname or ""


def options_to_add(settings: Settings, db: Session, actor: Actor) -> tuple[str, bytes]:
    """What the browser is asked to make a passkey with, as JSON, and the challenge in it."""
    options = webauthn.generate_registration_options(
        rp_id=site_name(settings),
        rp_name=settings.coalition,
        user_id=actor.person.passkey_handle,
        user_name=actor.person.email,
        user_display_name=actor.person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in passkeys_of(db, actor)],
    )
    return webauthn.options_to_json(options), options.challenge


def options_to_log_in(settings: Settings) -> tuple[str, bytes]:
    """What the browser is asked to sign with a passkey, as JSON, and the challenge in it."""
    options = webauthn.generate_authentication_options(
        rp_id=site_name(settings), user_verification=UserVerificationRequirement.REQUIRED
    )
    return webauthn.options_to_json(options), options.challenge


def add_passkey(
    db: Session, settings: Settings, actor: Actor, *, credential: str, challenge: bytes, name: str, password: str
) -> Passkey:
    """Keep what the browser made. Invalid for a wrong password or a passkey that does not verify; Refused for too many.

    The password is asked: a passkey added at a device left open would open the account for ever.
    """
    ask_password(db, settings, actor, password)
    if len(passkeys_of(db, actor)) >= MOST:
        raise Refused(message("You have {count} passkeys. Remove one first.", count=MOST))
    _use_challenge(db, settings, challenge)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site_name(settings),
            expected_origin=_origin(settings),
            require_user_verification=True,
        )
    except Exception as error:  # the library raises many kinds for what is malformed; each means no
        raise Invalid(_FAILED) from error
    if db.scalar(select(func.count()).where(Passkey.credential_id == verified.credential_id)):
        raise Invalid(_FAILED)
    passkey = Passkey(
        person_id=actor.id,
        credential_id=verified.credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=" ".join(name.split())[:LONGEST_NAME] or "Passkey",
        created_at=now(),
    )
    db.add(passkey)
    db.flush()
    record_event(db, "PasskeyAdded", actor=actor, data={"person": actor.id, "passkey": passkey.id})
    return passkey


def person_of_passkey(db: Session, settings: Settings, *, credential: str, challenge: bytes) -> Person:
    """Who signed the challenge. Invalid if nobody did, or somebody whose account was closed."""
    _use_challenge(db, settings, challenge)
    try:
        parsed = parse_authentication_credential_json(credential)
        passkey = db.scalar(
            select(Passkey).where(Passkey.credential_id == parsed.raw_id).options(joinedload(Passkey.person))
        )
        if passkey is None or passkey.person.disabled_at is not None:
            raise Invalid(_FAILED)
        if parsed.response.user_handle not in (None, passkey.person.passkey_handle):
            raise Invalid(_FAILED)
        verified = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=challenge,
            expected_rp_id=site_name(settings),
            expected_origin=_origin(settings),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise Invalid(_FAILED) from error
    passkey.sign_count = verified.new_sign_count
    passkey.last_used_at = now()
    return passkey.person


def passkeys_of(db: Session, actor: Actor) -> list[Passkey]:
    """The actor's passkeys, oldest first."""
    return list(db.scalars(select(Passkey).where(Passkey.person_id == actor.id).order_by(Passkey.id)))


def rename_passkey(db: Session, actor: Actor, passkey_id: int, *, name: str) -> None:
    """NotFound if it is not the actor's; Invalid for an empty name."""
    passkey = _own(db, actor, passkey_id)
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise Invalid({"name": message("Please give a name.")})
    passkey.name = name


def remove_passkey(db: Session, actor: Actor, passkey_id: int) -> None:
    """NotFound if it is not the actor's."""
    passkey = _own(db, actor, passkey_id)
    db.delete(passkey)
    record_event(db, "PasskeyRemoved", actor=actor, data={"person": actor.id, "passkey": passkey_id})


def find_passkey(db: Session, actor: Actor, passkey_id: int) -> Passkey:
    """NotFound if it is not the actor's."""
    return _own(db, actor, passkey_id)


def as_text(challenge: bytes) -> str:
    """A challenge for a cookie."""
    return webauthn.helpers.bytes_to_base64url(challenge)


def as_bytes(challenge: Any) -> bytes:
    """A challenge out of a cookie; empty, which nothing answers, if there is none."""
    return base64url_to_bytes(challenge) if isinstance(challenge, str) else b""


def _own(db: Session, actor: Actor, passkey_id: int) -> Passkey:
    passkey = db.get(Passkey, passkey_id)
    if passkey is None or passkey.person_id != actor.id:
        raise NotFound
    return passkey


def _use_challenge(db: Session, settings: Settings, challenge: bytes) -> None:
    """A challenge is answered once: its cookie could be sent again. Invalid the second time, or without one."""
    key = keyed_hash(settings.key, USED_CHALLENGE, challenge.hex())
    used = db.scalar(select(func.count()).where(Attempt.kind == USED_CHALLENGE, Attempt.key == key))
    if not challenge or used:
        raise Invalid(_FAILED)
    db.add(Attempt(kind=USED_CHALLENGE, key=key, at=now()))
    db.flush()


def _origin(settings: Settings) -> str:
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"
