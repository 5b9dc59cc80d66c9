"""Guessing: passwords, codes and addresses. What is tried too often waits, and what can be guessed at is long."""

from __future__ import annotations

import math
import time
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from charter.clock import now
from charter.config import Settings
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import Person, Role
from charter.database.sessions import Attempt
from charter.security import new_token
from charter.services import accounts, attempts, second_factors, sheets, staff_codes
from tests.integration.application.staff_round_walks import Round
from tests.integration.application.worlds import PASSWORD, World, post_form, token_in

YEAR = 365 * 24
"""Hours."""


def log_in(client: FlaskClient, email: str, password: str = "wrong horse battery") -> Any:  # noqa: S107
    return post_form(client, "/log-in", {"email": email, "password": password})


def tried(answers: list[Any], client: FlaskClient, fields: dict[str, str]) -> None:
    answers.append(client.post("/log-in", data=fields))


def plain(html: str) -> str:
    """A page without what differs at every load."""
    return "\n".join(line for line in html.splitlines() if not any(each in line for each in ("nonce", "csrf", "email")))


def test_each_further_guess_waits_longer(world: World) -> None:
    client, email = world.client(), "nobody@example.org"  # known or not makes no difference, see below
    for _ in range(attempts.FROM_HERE.free):
        assert log_in(client, email).status_code == 422
    waits = []
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(4):
            refused = log_in(client, email)
            if refused.status_code == 422:
                refused = log_in(client, email)
            assert refused.status_code == 429
            waits.append(int(refused.headers["Retry-After"]))
            clock.shift(timedelta(seconds=waits[-1]))
    assert waits == sorted(waits) and waits[-1] >= 4 * waits[0]


def test_a_year_of_guessing_at_one_account_is_a_few_hundred_thousand_tries() -> None:
    """From one place, and from as many places as there are."""
    for limit in (attempts.FROM_HERE, attempts.ADDRESS, attempts.SECOND_FACTOR, attempts.PASSWORD_AGAIN):
        a_day = limit.free + 24 * 3600 / limit.longest.total_seconds() + math.log2(limit.longest.total_seconds())
        assert a_day * 365 < 1_000_000, limit.kind
    # A code of six digits, three of which are right at a time.
    a_day = attempts.SECOND_FACTOR.free + 24 * 4 + 10
    assert a_day * len(second_factors.WINDOW) / 10**6 < 1 / 1000


def test_a_code_of_a_slip_cannot_be_found_by_trying() -> None:
    bits = math.log2(len(staff_codes.ALPHABET)) * staff_codes.LENGTH
    assert bits == 80
    assert len({staff_codes.new_code() for _ in range(1000)}) == 1000
    # A million places that try for a year, with a million codes to be found.
    tries = 1_000_000 * sheets.MOST_WRONG * YEAR
    assert tries * 1_000_000 / 2**bits < 1 / 1000


def test_tokens_are_longer_than_anybody_can_guess() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) * 6 >= 256 for token in tokens)


def test_wrong_codes_of_slips_are_stopped_for_an_hour(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "MOST_WRONG", 3)
    made, client = Round(world), world.client()
    wrong = staff_codes.new_code()
    assert [post_form(client, "/answer", {"code": wrong}).status_code for _ in range(4)] == [422, 422, 422, 429]
    assert post_form(client, "/answer", {"code": made.codes[0]}).status_code == 429  # not looked at
    with time_machine.travel(now() + timedelta(hours=1)):
        assert post_form(world.client(), "/answer", {"code": made.codes[0]}).status_code == 302


def test_a_customer_with_many_addresses_guesses_slips_as_one(
    world: World, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheets, "MOST_WRONG", 2)
    with world.writing() as db:
        for number in range(2):
            sheets.note_wrong_code(db, settings, f"2001:db8:1:2::{number}")
        assert sheets.is_blocked(db, settings, "2001:db8:1:2::99")
        assert not sheets.is_blocked(db, settings, "2001:db8:1:3::1")


def test_a_known_and_an_unknown_address_are_answered_alike_after_the_same_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = world.person("Sok Dara")
    disabled = world.person("Gone Away")
    with world.writing() as db:
        db.merge(disabled).disabled_at = now()
    checked: list[str] = []
    hasher = accounts._hasher

    class Counting:
        def verify(self, stored: str, password: str) -> bool:
            checked.append(stored[: stored.index("$", 30)])
            return hasher.verify(stored, password)

        def __getattr__(self, name: str) -> Any:
            return getattr(hasher, name)

    monkeypatch.setattr(accounts, "_hasher", Counting())
    answers: list[Any] = []
    pages, statements = [], []
    for email in (person.email, disabled.email, "nobody@example.org"):
        client = world.client()
        token = token_in(client.get("/log-in").text)
        fields = {"email": email, "password": "wrong horse battery", "csrf_token": token}
        statements.append(world.count_statements(partial(tried, answers, client, fields)))
        assert answers[-1].status_code == 422
        pages.append(plain(answers[-1].text))
    assert pages[0] == pages[1] == pages[2]
    assert len(checked) == 3  # one slow hash each
    assert statements[0] == statements[1] == statements[2]


def test_a_forgotten_password_and_an_application_tell_nobody_who_is_known(world: World) -> None:
    known = world.person("Sok Dara")
    world.organization("Hope House", leads=(known,))
    pages = []
    for email in (known.email, "nobody@example.org"):
        answer = post_form(world.client(), "/forgotten-password", {"email": email})
        pages.append((answer.status_code, answer.location, plain(answer.text)))
    assert pages[0] == pages[1]
    assert [mail.recipient for mail in world.rows(OutboxMail)] == [known.email]  # the control
    pages = []
    for name, email in (("Hope House", known.email), ("New House", "nobody@example.org")):
        fields = {"name": name, "contact_name": "X", "contact_email": email, "language": "en", "about": "x"}
        answer = post_form(world.client(), "/apply", fields)
        pages.append((answer.status_code, answer.location, plain(answer.text)))
    assert pages[0] == pages[1] and pages[0][0] == 302
    assert len(world.rows(Organization)) == 3


def test_a_new_address_of_ones_own_tells_nobody_who_is_known(world: World) -> None:
    me, other = world.person("Sok Dara"), world.person("Keo Nita")
    pages = []
    for email in (other.email, "nobody@example.org"):
        answer = post_form(world.client(me), "/account/email", {"email": email, "password": PASSWORD})
        pages.append((answer.status_code, answer.location))
    assert pages[0] == pages[1]


def test_mails_and_applications_from_one_place_have_an_end(world: World) -> None:
    client = world.client()
    statuses = [
        post_form(client, "/forgotten-password", {"email": f"a{number}@example.org"}).status_code
        for number in range(attempts.RESET_NETWORK.free + 1)
    ]
    assert statuses[0] == 302 or statuses[0] == 200
    assert statuses[-1] == 429
    assert set(statuses[:-1]) == {statuses[0]}


def test_a_wrong_password_costs_a_slow_hash(world: World) -> None:
    person = world.person("Sok Dara", Role.COORDINATOR)
    began = time.perf_counter()
    accounts.password_is_right(person, "wrong horse battery")
    accounts.password_is_right(None, "wrong horse battery")
    assert time.perf_counter() - began > 0.01
    with world.writing() as db:
        row = db.get_one(Person, person.id)
        accounts.set_password(db, row, "six slow green boats")
        stored = row.password_hash
    assert stored is not None and stored.startswith("$argon2id$") and "m=19456,t=2,p=1" in stored


def test_who_was_tried_stands_nowhere(world: World) -> None:
    person = world.person("Sok Dara")
    log_in(world.client(), person.email)
    rows = world.rows(Attempt)
    assert rows
    for row in rows:
        assert person.email not in row.key and "127.0.0.1" not in row.key
