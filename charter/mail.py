"""Mail over SMTP: making a message, and handing it to the server."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr

from charter.config import Settings

TIMEOUT = 20
"""Seconds that the server may take to answer."""

SendFailed = (smtplib.SMTPException, OSError, ValueError, MessageError)
"""What sending can raise. The last two: an address or a subject cannot stand in a mail."""


@dataclass(frozen=True)
class Mail:
    """A mail in plain text. `number` never changes, so that a mail sent twice after a crash is seen to be one."""

    number: int
    recipient: str
    subject: str
    body: str
    language: str
    written_at: datetime
    unsubscribe: str | None = None
    """The address that switches such mails off."""


@contextmanager
def smtp_server(settings: Settings) -> Iterator[smtplib.SMTP]:
    """The server, greeted and logged in to. Raises what is in `SendFailed`."""
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.smtp_tls == "tls":
        server = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT, context=context)
    else:
        server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=TIMEOUT)
    with server:
        if settings.smtp_tls == "starttls":
            server.starttls(context=context)
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
        yield server


def send(server: smtplib.SMTP, settings: Settings, mail: Mail) -> None:
    """Hand one mail to the server. Raises what is in `SendFailed`."""
    server.send_message(as_message(settings, mail))


def as_message(settings: Settings, mail: Mail) -> EmailMessage:
    """The mail with its headers. ValueError where a line break would smuggle in another header."""
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    name, address = parseaddr(settings.mail_from)
    sender = Address(name or settings.coalition, addr_spec=address)
    made["From"] = sender
    made["To"] = Address(addr_spec=_ascii_domain(mail.recipient))
    made["Subject"] = mail.subject
    made["Date"] = mail.written_at
    made["Message-ID"] = f"<{mail.number}.{int(mail.written_at.timestamp())}@{sender.domain or 'localhost'}>"
    # Says to answering machines that nobody waits for their answer (RFC 3834).
    made["Auto-Submitted"] = "auto-generated"
    if mail.unsubscribe:
        made["List-Unsubscribe"] = f"<{mail.unsubscribe}>"
        if mail.unsubscribe.startswith("https://"):
            # The mail program may then do it with one click (RFC 8058).
            made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made.set_content(mail.body)
    made["Content-Language"] = mail.language
    return made


def is_refused_for_good(error: Exception) -> bool:
    """Whether trying again cannot help: the server knows no such recipient, or the mail cannot be written."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _text in error.recipients.values())
    return isinstance(error, ValueError | MessageError)


def _ascii_domain(address: str) -> str:
    """Servers know international domains by their xn-- names."""
    name, _, domain = address.rpartition("@")
    return f"{name}@{domain.encode('idna').decode()}"
