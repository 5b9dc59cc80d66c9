"""The outbox: mail is written in the transaction of what it tells of, and leaves afterwards."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, Select, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from charter.clock import now
from charter.config import Settings
from charter.database.engine import transaction
from charter.database.outbox import OutboxMail
from charter.database.people import Person
from charter.i18n import translator
from charter.mail import Mail, SendFailed, is_refused_for_good, send, smtp_server
from questionnaires.message import Message

log = logging.getLogger(__name__)

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 3 * 60, 6 * 60, 12 * 60, 24 * 60))
"""How long to wait after the first failure, the second, and so on. After one more the mail is given up."""

HOLD = timedelta(minutes=10)
"""Whoever takes a mail to send it has so long; then it is anybody's again, in case the process died."""

SITE = "[site]"
"""Stands in a body for the address of this installation, which is put in when the mail leaves."""

LONGEST_SUBJECT = 300
LONGEST_ERROR = 300


def write_mail(
    db: Session,
    *,
    language: str,
    subject: Message,
    body: Message,
    person: Person | None = None,
    recipient: str | None = None,
    once: str | None = None,
    unsubscribe: str | None = None,
) -> OutboxMail | None:
    """Write a mail in that language, to a person or to an address. It leaves after the commit.

    In the body `SITE` stands for the address of this installation.

    `once` names the mail: if one of this name was ever written, nothing happens and None comes back. `unsubscribe` is
    where on this site such mails can be switched off.
    """
    address = person.email if person is not None else recipient
    if not address:
        raise ValueError("a mail needs a person or an address")
    if once is not None and db.scalar(select(OutboxMail.id).where(OutboxMail.once == once)) is not None:
        return None
    words = translator(language)
    mail = OutboxMail(**_values(address, language, words.render(subject), words.render(body), once, unsubscribe))
    try:
        with db.begin_nested():
            db.add(mail)
    except IntegrityError:
        if once is None:
            raise
        return None  # another process wrote it in between
    return mail


@dataclass(frozen=True)
class Draft:
    """A mail that is written together with others; its texts are in the person's language already."""

    person: Person
    subject: str
    body: str
    once: str
    unsubscribe: str | None


def write_mails(db: Session, drafts: Sequence[Draft]) -> int:
    """Write those that were not written before, in two statements for any number; gives how many."""
    known = set(db.scalars(select(OutboxMail.once).where(OutboxMail.once.in_([each.once for each in drafts]))))
    rows = [
        _values(each.person.email, each.person.language, each.subject, each.body, each.once, each.unsubscribe)
        for each in drafts
        if each.once not in known
    ]
    if rows:
        db.execute(insert(OutboxMail), rows)
    return len(rows)


def deliver_due(sessions: sessionmaker[Session], settings: Settings) -> int:
    """Send every mail that is due; gives how many left. Without a server in the settings nothing leaves."""
    if not settings.smtp_host:
        return 0
    with sessions() as db:
        due = list(db.scalars(_due(now())))
    if not due:
        return 0
    sent = 0
    try:
        with smtp_server(settings) as server:
            for number in due:
                sent += _deliver(sessions, settings, server, number)
    except SendFailed as error:
        # What was not tried stays due, and costs no attempt.
        log.warning("no mail can be sent: %s", _said(error))
    return sent


def latest_mails(db: Session, *, limit: int = 200) -> list[OutboxMail]:
    """What was written last, newest first."""
    return list(db.scalars(select(OutboxMail).order_by(OutboxMail.id.desc()).limit(limit)))


def body_of(mail: OutboxMail, settings: Settings) -> str:
    """The body as it leaves."""
    return mail.body.replace(SITE, settings.public_url.rstrip("/"))


def find_mail(db: Session, mail_id: int) -> OutboxMail | None:
    """The mail with this id."""
    return db.get(OutboxMail, mail_id)


def _values(
    address: str, language: str, subject: str, body: str, once: str | None, unsubscribe: str | None
) -> dict[str, Any]:
    """The columns of a mail that waits."""
    moment = now()
    return {
        "recipient": address,
        # Names that people typed stand in subjects: no line break of theirs may become a header.
        "subject": " ".join(subject.split())[:LONGEST_SUBJECT],
        "body": body,
        "language": language,
        "once": once,
        "unsubscribe": unsubscribe,
        "created_at": moment,
        "next_attempt_at": moment,
        "attempts": 0,
    }


def _due(moment: datetime) -> Select[int]:
    return (
        select(OutboxMail.id)
        .where(OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None), OutboxMail.next_attempt_at <= moment)
        .order_by(OutboxMail.id)
    )


def _deliver(sessions: sessionmaker[Session], settings: Settings, server: smtplib.SMTP, number: int) -> int:
    """Send one mail, unless another process has it; 1 if it left. Raises if the server is gone."""
    mail = _take(sessions, settings, number)
    if mail is None:
        return 0
    try:
        send(server, settings, mail)
    except SendFailed as error:
        _fail(sessions, number, error)
        if server.sock is None:  # the connection is lost: the other mails wait for the next call
            raise
        return 0
    with transaction(sessions) as db:
        db.get_one(OutboxMail, number).sent_at = now()
    return 1


def _take(sessions: sessionmaker[Session], settings: Settings, number: int) -> Mail | None:
    moment = now()
    with transaction(sessions) as db:
        taken = db.execute(
            update(OutboxMail)
            .where(
                OutboxMail.id == number,
                OutboxMail.sent_at.is_(None),
                OutboxMail.given_up_at.is_(None),
                OutboxMail.next_attempt_at <= moment,
            )
            .values(next_attempt_at=moment + HOLD, attempts=OutboxMail.attempts + 1)
        )
        assert isinstance(taken, CursorResult)  # noqa: S101 - what an update gives
        if taken.rowcount == 0:
            return None
        row = db.get_one(OutboxMail, number)
        off = settings.public_url.rstrip("/") + row.unsubscribe if row.unsubscribe else None
        return Mail(row.id, row.recipient, row.subject, body_of(row, settings), row.language, row.created_at, off)


def _fail(sessions: sessionmaker[Session], number: int, error: Exception) -> None:
    with transaction(sessions) as db:
        row = db.get_one(OutboxMail, number)
        row.last_error = _said(error)[:LONGEST_ERROR]
        if is_refused_for_good(error) or row.attempts > len(WAITS):
            row.given_up_at = now()
            log.warning("mail %d is given up after %d attempts", number, row.attempts)
        else:
            row.next_attempt_at = now() + WAITS[row.attempts - 1]


def _said(error: Exception) -> str:
    """What went wrong, in the server's words if it has any."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(f"{code} {_text(text)}" for code, text in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return f"{type(error).__name__}: {error}"


def _text(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
