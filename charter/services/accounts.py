"""Accounts: adding and inviting people, their name, language and password."""

from __future__ import annotations

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.organizations import Organization
from charter.database.people import MemberRole, Membership, Person, Role
from charter.database.sessions import LinkPurpose
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from charter.services.links import address_of, make_link
from charter.services.organizations import add_membership
from charter.services.outbox import SITE, write_mail
from charter.services.password_rules import normal, refuse_weak
from questionnaires.message import message

# argon2id with OWASP's parameters: 19 MiB and 0.04 s of one core, so that a small machine bears many at once.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when there is no such person, so that the answer takes as long.
_NOBODYS_HASH = _hasher.hash(secrets.token_hex(16))


def add_person(
    db: Session, actor: Actor | None, *, name: str, email: str, language: str, role: Role | None = None
) -> Person:
    """A new account, still without a password. Invalid if the address is none, or is taken."""
    address = clean_email(email)
    name = clean_name(name)
    if find_person(db, address) is not None:
        raise Invalid({"email": message("Somebody with this address has an account already.")})
    person = Person(
        email=address,
        name=name,
        language=language,
        role=role,
        passkey_handle=secrets.token_bytes(32),
        created_at=now(),
    )
    db.add(person)
    db.flush()
    record_event(db, "PersonAdded", actor=actor, data={"person": person.id, "role": role.value if role else None})
    return person


def invite_person(
    db: Session,
    actor: Actor | None,
    *,
    organization: Organization,
    name: str,
    email: str,
    language: str,
    role: MemberRole,
) -> Membership:
    """Somebody is to work for a member in Charter: an account if there is none yet, and a mail.

    Invalid if the address is none or its owner works there already. Refused for coalition staff and closed accounts.
    """
    person = find_person(db, clean_email(email))
    if person is None:
        person = add_person(db, actor, name=name, email=email, language=language)
    elif person.disabled_at is not None:
        raise Refused(message("This account was closed. Ask the coalition to open it again."))
    elif any(each.until_at is None for each in _memberships(db, person, organization)):
        raise Invalid({"email": message("Somebody with this address works here already.")})
    membership = add_membership(db, actor, person=person, organization=organization, role=role)
    write_invitation(db, membership, organization)
    return membership


def write_invitation(db: Session, membership: Membership, organization: Organization) -> None:
    """The mail that says somebody now works for a member, with a link to set a password where there is none."""
    person = db.get_one(Person, membership.person_id)
    subject = message("{organization} invites you to Charter", organization=organization.name)
    if person.password_hash is not None:
        body = message(
            "Hello {name},\n\nyou now work on the self-assessment of {organization} in Charter.\n"
            "Log in as before:\n\n{link}\n",
            name=person.name,
            organization=organization.name,
            link=f"{SITE}/log-in",
        )
    else:
        body = message(
            "Hello {name},\n\nyou have been invited to work on the self-assessment of {organization} in Charter.\n"
            "Choose a password here:\n\n{link}\n\n"
            "The link works once, for seven days. If it has expired, ask for a new one on the page where you log in.\n",
            name=person.name,
            organization=organization.name,
            link=address_of(make_link(db, person, LinkPurpose.SET_PASSWORD)),
        )
    write_mail(db, person=person, language=person.language, subject=subject, body=body)


def invite_again(db: Session, actor: Actor, *, membership: Membership, organization: Organization) -> None:
    """A new link to somebody who has not set a password yet; the old one stops working. Refused for others."""
    person = db.get_one(Person, membership.person_id)
    if membership.until_at is not None or person.password_hash is not None:
        raise Refused(message("{name} has set a password already and needs no new link.", name=person.name))
    write_invitation(db, membership, organization)
    record_event(db, "PersonInvitedAgain", actor=actor, organization_id=organization.id, data={"person": person.id})


def invite_staff(db: Session, actor: Actor | None, *, name: str, email: str, language: str, role: Role) -> Person:
    """A new coordinator or mentor, with a mail. Invalid if the address is none, or is taken."""
    person = add_person(db, actor, name=name, email=email, language=language, role=role)
    write_mail(
        db,
        person=person,
        language=person.language,
        subject=message("The coalition invites you to Charter"),
        body=message(
            "Hello {name},\n\nyou have been given an account in Charter.\nChoose a password here:\n\n{link}\n\n"
            "The link works once, for seven days. Then you set up a second factor: have your phone at hand.\n",
            name=person.name,
            link=address_of(make_link(db, person, LinkPurpose.SET_PASSWORD)),
        ),
    )
    return person


def find_person(db: Session, email: str) -> Person | None:
    """The person with that address, however it is written."""
    return db.scalar(select(Person).where(Person.email == email.strip().lower()))


def find_membership(db: Session, *, organization_id: int, membership_id: int) -> Membership:
    """A current membership of that organization, with its person. NotFound if it is another's, or has ended."""
    membership = db.scalar(
        select(Membership)
        .where(
            Membership.id == membership_id,
            Membership.organization_id == organization_id,
            Membership.until_at.is_(None),
        )
        .options(joinedload(Membership.person))
    )
    if membership is None:
        raise NotFound
    return membership


def clean_email(email: str) -> str:
    """The address in the form in which it is stored. Invalid if it is none."""
    try:
        return validate_email(email.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise Invalid({"email": message("This is not an e-mail address.")}) from error


def clean_name(name: str) -> str:
    """The name on one line. Invalid if there is none."""
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": message("Please give a name.")})
    return name


def set_password(db: Session, person: Person, password: str, *, field: str = "password") -> None:
    """Invalid, at that field, if it is too short or easy to guess."""
    refuse_weak(password, known=(person.name, person.email), field=field)
    person.password_hash = _hasher.hash(normal(password))
    db.flush()


def password_is_right(person: Person | None, password: str) -> bool:
    """Takes as long for nobody as for somebody."""
    stored = (person.password_hash if person else None) or _NOBODYS_HASH
    try:
        _hasher.verify(stored, normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return person is not None and person.password_hash is not None and person.disabled_at is None


def rehashed(person: Person, password: str) -> str | None:
    """A new hash of the right password, if the stored one is weaker than today's."""
    stored = person.password_hash
    return _hasher.hash(normal(password)) if stored and _hasher.check_needs_rehash(stored) else None


def set_language(db: Session, actor: Actor, language: str) -> None:
    """The language of this person's pages and mails."""
    actor.person.language = language
    db.flush()


def rename(db: Session, actor: Actor, *, name: str) -> None:
    """Invalid if the name is empty."""
    name = clean_name(name)
    if name != actor.person.name:
        actor.person.name = name
        record_event(db, "PersonRenamed", actor=actor, data={"person": actor.id})


def _memberships(db: Session, person: Person, organization: Organization) -> list[Membership]:
    query = select(Membership).where(Membership.person_id == person.id, Membership.organization_id == organization.id)
    return list(db.scalars(query))
