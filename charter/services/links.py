"""Links in mails that work once: whoever has one could read the mailbox."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.people import Person
from charter.database.sessions import LinkPurpose, OneTimeLink
from charter.security import new_token, token_hash
from charter.services.errors import NotFound
from charter.services.outbox import SITE

LASTS = {
    LinkPurpose.SET_PASSWORD: timedelta(days=7),
    LinkPurpose.RESET_PASSWORD: timedelta(hours=1),
    LinkPurpose.CHANGE_EMAIL: timedelta(hours=24),
}


def make_link(db: Session, person: Person, purpose: LinkPurpose, *, email: str | None = None) -> str:
    """The token of a new link; see `address_of`. Earlier links of the same purpose stop working."""
    drop_links(db, person, purpose)
    token, moment = new_token(), now()
    db.add(
        OneTimeLink(
            token_hash=token_hash(token),
            purpose=purpose,
            person_id=person.id,
            email=email,
            created_at=moment,
            expires_at=moment + LASTS[purpose],
        )
    )
    db.flush()
    return token


def path_of(token: str) -> str:
    """Where on this site the link leads."""
    return f"/link/{token}"


def address_of(token: str) -> str:
    """The link as it stands in the body of a mail."""
    return f"{SITE}{path_of(token)}"


def find_link(db: Session, token: str) -> OneTimeLink | None:
    """The link while it still works, with its person; looking does not use it up: mail programs look, too."""
    link = db.scalar(
        select(OneTimeLink).where(OneTimeLink.token_hash == token_hash(token)).options(joinedload(OneTimeLink.person))
    )
    if link is None or link.used_at is not None or link.expires_at <= now() or link.person.disabled_at is not None:
        return None
    return link


def use_link(db: Session, token: str) -> OneTimeLink:
    """The link, which works no more from now on. NotFound if it does not work."""
    link = find_link(db, token)
    if link is None:
        raise NotFound
    used = db.execute(
        update(OneTimeLink)
        .where(OneTimeLink.token_hash == link.token_hash, OneTimeLink.used_at.is_(None))
        .values(used_at=now())
    )
    assert isinstance(used, CursorResult)  # noqa: S101 - what an update gives
    if used.rowcount != 1:  # somebody else used it at the same moment
        raise NotFound
    return link


def drop_links(db: Session, person: Person, *purposes: LinkPurpose) -> None:
    """The person's unused links for these purposes stop working."""
    db.execute(
        delete(OneTimeLink).where(
            OneTimeLink.person_id == person.id, OneTimeLink.purpose.in_(purposes), OneTimeLink.used_at.is_(None)
        )
    )
