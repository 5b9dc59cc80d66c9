"""Accounts: adding people, passwords, links in mails, language."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.people import Person, Role
from charter.services.actors import Actor
from charter.services.errors import Invalid
from charter.services.events import record_event
from questionnaires.message import message

MINIMUM_LENGTH = 12
_hasher = PasswordHasher()
# Checked when there is no such person, so that the answer takes as long.
_NOBODYS_HASH = _hasher.hash(secrets.token_hex(16))


def add_person(
    db: Session, actor: Actor | None, *, name: str, email: str, language: str, role: Role | None = None
) -> Person:
    """A new account, still without a password. Invalid if the address is none, or is taken."""
    address = clean_email(email)
    if not name.strip():
        raise Invalid({"name": message("Please give a name.")})
    if find_person(db, address) is not None:
        raise Invalid({"email": message("Somebody with this address has an account already.")})
    person = Person(
        email=address,
        name=name.strip(),
        language=language,
        role=role,
        passkey_handle=secrets.token_bytes(32),
        created_at=now(),
    )
    db.add(person)
    db.flush()
    record_event(db, "PersonAdded", actor=actor, data={"person": person.id, "role": role.value if role else None})
    return person


def find_person(db: Session, email: str) -> Person | None:
    """The person with that address, however it is written."""
    return db.scalar(select(Person).where(Person.email == email.strip().lower()))


def clean_email(email: str) -> str:
    """The address in the form in which it is stored. Invalid if it is none."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid({"email": message("This is not an e-mail address.")}) from error


def set_password(db: Session, person: Person, password: str) -> None:
    """Invalid if it is too short."""
    if len(password) < MINIMUM_LENGTH:
        raise Invalid(
            {
                "password": message(
                    "Please use at least {count} characters; several words are fine.", count=MINIMUM_LENGTH
                )
            }
        )
    person.password_hash = _hasher.hash(password)
    db.flush()


def password_is_right(person: Person | None, password: str) -> bool:
    """Takes as long for nobody as for somebody."""
    stored = (person.password_hash if person else None) or _NOBODYS_HASH
    try:
        _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False
    return person is not None and person.password_hash is not None and person.disabled_at is None


def set_language(db: Session, actor: Actor, language: str) -> None:
    """The language of this person's pages and mails."""
    actor.person.language = language
    db.flush()
