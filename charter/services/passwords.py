"""Passwords and addresses: setting them by a link in a mail, and changing them."""

from __future__ import annotations

from sqlalchemy.orm import Session

from charter.config import Settings
from charter.database.engine import begin_writing
from charter.database.people import Person
from charter.database.sessions import LinkPurpose, OneTimeLink
from charter.services import accounts, attempts, logins
from charter.services.actors import Actor, actor_for
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from charter.services.links import address_of, drop_links, find_link, make_link, use_link
from charter.services.outbox import SITE, write_mail
from questionnaires.message import message

PASSWORD_LINKS = (LinkPurpose.SET_PASSWORD, LinkPurpose.RESET_PASSWORD)


def ask_for_link(db: Session, settings: Settings, *, email: str, network: str | None) -> None:
    """Send a link to a new password to that address, if somebody has it; nobody sees whether.

    Only so many mails go to one address in an hour, silently. TooManyAttempts for one place that asks for too many.
    """
    place, address = attempts.network_of(network), email.strip().lower()
    attempts.begin_attempt(db, settings, ((attempts.RESET_NETWORK, place),))
    begin_writing(db)
    try:
        attempts.begin_attempt(db, settings, ((attempts.RESET, address),))
    except attempts.TooManyAttempts:
        return
    begin_writing(db)
    person = accounts.find_person(db, address)
    if person is None or person.disabled_at is not None:
        return
    write_mail(
        db,
        person=person,
        language=person.language,
        subject=message("A new password for Charter"),
        body=message(
            "Hello {name},\n\nsomebody, probably you, asked for a new password for Charter.\nChoose it here:\n\n"
            "{link}\n\nThe link works once, for one hour. If it was not you, do nothing: your password stays.\n",
            name=person.name,
            link=address_of(make_link(db, person, LinkPurpose.RESET_PASSWORD)),
        ),
    )


def set_password_by_link(db: Session, token: str, password: str) -> Person:
    """Use the link up and set the password; every log-in of the person ends.

    NotFound if the link does not work; Invalid for a weak password, and then the link still works.
    """
    link = find_link(db, token)
    if link is None or link.purpose not in PASSWORD_LINKS:
        raise NotFound
    person = link.person
    accounts.set_password(db, person, password)
    use_link(db, token)
    drop_links(db, person, *PASSWORD_LINKS)
    logins.end_sessions_of(db, person)
    record_event(db, "PasswordSet", actor=actor_for(db, person), data={"person": person.id})
    _tell(db, person)
    return person


def change_password(db: Session, settings: Settings, actor: Actor, *, old: str, new: str, session_id: str) -> None:
    """Invalid if the old one is wrong or the new one weak; every other log-in of the person ends."""
    ask_password(db, settings, actor, old, field="old")
    accounts.set_password(db, actor.person, new, field="new")
    drop_links(db, actor.person, *PASSWORD_LINKS)
    logins.end_sessions_of(db, actor.person, but=session_id)
    record_event(db, "PasswordChanged", actor=actor, data={"person": actor.id})
    _tell(db, actor.person)


def ask_password(db: Session, settings: Settings, actor: Actor, password: str, *, field: str = "password") -> None:
    """Before something that a stranger at an open device must not do. Invalid if it is wrong; TooManyAttempts."""
    keys = ((attempts.PASSWORD_AGAIN, str(actor.id)),)
    numbers = attempts.begin_attempt(db, settings, keys)
    if not accounts.password_is_right(actor.person, password):
        raise Invalid({field: message("This is not your password.")})
    begin_writing(db)
    attempts.forgive(db, settings, numbers, keys)


def ask_to_change_email(db: Session, settings: Settings, actor: Actor, *, email: str, password: str) -> None:
    """Send a link to the new address; the old one counts until the link is used.

    Invalid if it is no address or the password is wrong. Whether somebody else has the address is not told.
    """
    address = accounts.clean_email(email)
    if address == actor.person.email:
        raise Invalid({"email": message("This is your address already.")})
    ask_password(db, settings, actor, password)
    if accounts.find_person(db, address) is not None:
        return
    token = make_link(db, actor.person, LinkPurpose.CHANGE_EMAIL, email=address)
    write_mail(
        db,
        recipient=address,
        language=actor.person.language,
        subject=message("Your new address in Charter"),
        body=message(
            "Hello {name},\n\nyou want to use this address in Charter from now on.\nConfirm it here:\n\n{link}\n\n"
            "The link works once, for one day. If it was not you, do nothing.\n",
            name=actor.person.name,
            link=address_of(token),
        ),
    )


def change_email_by_link(db: Session, token: str) -> Person:
    """Use the link up; its address is the person's from now on. NotFound if it does not work, Refused if taken."""
    link: OneTimeLink = use_link(db, token)
    if link.purpose is not LinkPurpose.CHANGE_EMAIL or link.email is None:
        raise NotFound
    if accounts.find_person(db, link.email) is not None:
        raise Refused(message("Somebody with this address has an account already."))
    person = link.person
    write_mail(
        db,
        recipient=person.email,
        language=person.language,
        subject=message("Your address in Charter has changed"),
        body=message(
            "Hello {name},\n\nfrom now on you log in to Charter with {email}.\nIf this was not you, tell the coalition "
            "at once.\n",
            name=person.name,
            email=link.email,
        ),
    )
    person.email = link.email
    # A link that was sent to the old mailbox must not open the account any more.
    drop_links(db, person, *PASSWORD_LINKS)
    record_event(db, "EmailChanged", actor=actor_for(db, person), data={"person": person.id})
    return person


def _tell(db: Session, person: Person) -> None:
    write_mail(
        db,
        person=person,
        language=person.language,
        subject=message("Your password in Charter was changed"),
        body=message(
            "Hello {name},\n\nyour password in Charter was changed just now.\nIf this was not you, choose a new one "
            "at once:\n\n{link}\n",
            name=person.name,
            link=f"{SITE}/forgotten-password",
        ),
    )
