"""Mail: written with what it tells of, sent afterwards, tried again, given up; to a real SMTP server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from charter.clock import now
from charter.config import Settings
from charter.database.outbox import OutboxMail
from charter.mail import Mail, as_message
from charter.services.outbox import HOLD, WAITS, deliver_due, write_mail
from questionnaires.message import message
from tests.integration.application.inboxes import Inbox, receiving
from tests.integration.application.worlds import World

HELLO = message("Log in")
BODY = message("Please give a name.")


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def sending(inbox: Inbox, settings: Settings) -> Iterator[Settings]:
    """Settings with a server that runs."""
    with receiving(inbox, settings) as found:
        yield found


def write(world: World, recipient: str = "dara@example.org", **more: Any) -> None:
    with world.writing() as db:
        write_mail(db, **{"language": "en", "subject": HELLO, "body": BODY, "recipient": recipient, **more})


def test_a_mail_leaves_in_the_language_of_its_reader_and_only_once(
    world: World, inbox: Inbox, sending: Settings
) -> None:
    write(world, language="km", subject=message("{name} has invited you", name="Ánh Tuyết"))
    assert deliver_due(world.sessions, sending) == 1
    assert deliver_due(world.sessions, sending) == 0
    (mail,) = inbox.mails
    assert mail["To"] == "dara@example.org"
    assert mail["From"] == "Harbour Coalition <office@example.org>"
    assert "Ánh Tuyết" in mail["Subject"]
    assert mail["Content-Language"] == "km"
    assert mail["Auto-Submitted"] == "auto-generated"
    (row,) = world.rows(OutboxMail)
    assert row.sent_at is not None
    assert row.attempts == 1


def test_a_mail_that_was_written_in_a_transaction_that_failed_never_leaves(
    world: World, inbox: Inbox, sending: Settings
) -> None:
    with pytest.raises(RuntimeError), world.writing() as db:
        write_mail(db, language="en", subject=HELLO, body=BODY, recipient="dara@example.org")
        raise RuntimeError
    assert deliver_due(world.sessions, sending) == 0
    assert inbox.mails == []


def test_without_a_server_in_the_settings_nothing_leaves_and_nothing_is_lost(world: World, settings: Settings) -> None:
    write(world)
    assert deliver_due(world.sessions, settings) == 0
    (row,) = world.rows(OutboxMail)
    assert (row.sent_at, row.attempts) == (None, 0)


def test_the_same_mail_is_not_written_twice(world: World) -> None:
    write(world, once="reminder 7")
    write(world, once="reminder 7")
    write(world, once="reminder 8")
    write(world)
    write(world)
    assert [row.once for row in world.rows(OutboxMail)] == ["reminder 7", "reminder 8", None, None]


def test_a_name_with_a_line_break_makes_no_second_header(world: World, inbox: Inbox, sending: Settings) -> None:
    write(world, subject=message("{name} has invited you", name="Dara\r\nBcc: everybody@example.com"))
    assert deliver_due(world.sessions, sending) == 1
    (mail,) = inbox.mails
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Dara Bcc: everybody@example.com has invited you"


@pytest.mark.parametrize("field", ["recipient", "subject"])
def test_a_line_break_that_got_as_far_as_the_header_is_refused(settings: Settings, field: str) -> None:
    parts = {"recipient": "dara@example.org", "subject": "Hello"}
    parts[field] += "\r\nBcc: everybody@example.com"
    with pytest.raises(ValueError, match=r"linefeed|CR or LF|carriage"):
        as_message(settings, Mail(number=1, body="", language="en", written_at=now(), **parts))


def test_a_mail_that_fails_is_tried_again_later_and_later_and_given_up_in_the_end(
    world: World, inbox: Inbox, sending: Settings
) -> None:
    inbox.refused["dara@example.org"] = "451 try later"
    with time_machine.travel(now(), tick=False) as clock:
        write(world)
        for wait in WAITS:
            assert deliver_due(world.sessions, sending) == 0
            clock.shift(wait - timedelta(seconds=1))
            before = world.rows(OutboxMail)[0].attempts
            deliver_due(world.sessions, sending)
            assert world.rows(OutboxMail)[0].attempts == before, "it is not due yet"
            clock.shift(1)
        deliver_due(world.sessions, sending)
        (row,) = world.rows(OutboxMail)
        assert row.attempts == len(WAITS) + 1
        assert row.given_up_at is not None
        assert row.last_error == "451 try later"
        del inbox.refused["dara@example.org"]
        clock.shift(timedelta(days=30))
        assert deliver_due(world.sessions, sending) == 0


def test_a_mailbox_that_does_not_exist_is_given_up_at_once_and_does_not_hold_up_others(
    world: World, inbox: Inbox, sending: Settings
) -> None:
    inbox.refused["gone@example.org"] = "550 no such mailbox"
    write(world, "gone@example.org")
    write(world, "dara@example.org")
    assert deliver_due(world.sessions, sending) == 1
    gone, other = world.rows(OutboxMail)
    assert gone.given_up_at is not None
    assert other.sent_at is not None


def test_a_server_that_is_down_costs_no_mail_an_attempt(world: World, sending: Settings) -> None:
    write(world)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = sending.model_copy(update={"smtp_port": free.getsockname()[1]})
    assert deliver_due(world.sessions, nobody) == 0
    (row,) = world.rows(OutboxMail)
    assert (row.attempts, row.given_up_at) == (0, None)


def test_what_another_process_has_taken_is_left_to_it_until_it_has_had_its_time(
    world: World, inbox: Inbox, sending: Settings
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        write(world)
        with world.writing() as db:
            row = db.get_one(OutboxMail, 1)
            row.attempts, row.next_attempt_at = 1, now() + HOLD
        assert deliver_due(world.sessions, sending) == 0
        clock.shift(HOLD)
        assert deliver_due(world.sessions, sending) == 1


def test_an_international_domain_is_written_as_servers_know_it(settings: Settings) -> None:
    mail = Mail(1, "dara@bücher.example", "Hello", "", "en", now())
    assert as_message(settings, mail)["To"] == "dara@xn--bcher-kva.example"
