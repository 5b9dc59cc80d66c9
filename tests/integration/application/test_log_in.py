"""Logging in: what is told, what is counted, and how long it lasts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient

from charter.clock import now
from charter.database.people import Person, Role
from charter.database.sessions import Attempt, LoginSession
from charter.services.attempts import ADDRESS, FROM_HERE, network_of
from charter.services.password_rules import normal
from tests.integration.application.databases import NewDatabase
from tests.integration.application.worlds import PASSWORD, World, post_form


@pytest.fixture
def database_url(sqlite: NewDatabase) -> str:
    """Little is asked of a database here, and nothing that the two answer differently."""
    return sqlite()


HERE, ELSEWHERE = "203.0.113.7", "198.51.100.20"
WRONG = "seven quiet rivers?"


def try_(client: FlaskClient, email: str, password: str, *, network: str = HERE, next: str | None = None) -> Any:
    html = client.get("/log-in").get_data(as_text=True)
    token = html.split('name="csrf_token" value="')[1].split('"')[0]
    data = {"email": email, "password": password, "csrf_token": token, "next": next or ""}
    return client.post("/log-in", data=data, environ_base={"REMOTE_ADDR": network})


def test_after_logging_in_comes_the_page_that_was_wanted(world: World) -> None:
    world.person("Sok Dara")
    client = world.client()
    answer = client.get("/account")
    assert answer.location == "/log-in?next=/account"
    answer = try_(client, "sok.dara@example.org", PASSWORD, next="/account")
    assert answer.location == "/account"
    assert "Sok Dara" in client.get("/account").text


@pytest.mark.parametrize("next", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_logging_in_leads_to_no_other_site(world: World, next: str) -> None:
    world.person("Sok Dara")
    assert try_(world.client(), "sok.dara@example.org", PASSWORD, next=next).location == "/"


def test_a_wrong_password_and_an_unknown_address_look_alike_from_the_first_to_the_last_attempt(world: World) -> None:
    world.person("Sok Dara")
    answers = []
    for email in ("sok.dara@example.org", "nobody@example.org"):
        client = world.client()
        with time_machine.travel(now(), tick=False):
            seen = [try_(client, email, WRONG, network=email[:4]) for _ in range(FROM_HERE.free + 2)]
        answers.append([(each.status_code, each.headers.get("Retry-After")) for each in seen])
    assert answers[0] == answers[1]
    assert answers[0][0] == (422, None)
    assert answers[0][-1][0] == 429


def test_who_guesses_has_to_wait_longer_and_longer(world: World) -> None:
    world.person("Sok Dara")
    client = world.client()
    waits = []
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(FROM_HERE.free):
            assert try_(client, "sok.dara@example.org", WRONG).status_code == 422
        for _ in range(6):
            answer = try_(client, "sok.dara@example.org", WRONG)
            assert answer.status_code == 429
            waits.append(int(answer.headers["Retry-After"]))
            clock.shift(waits[-1])
            assert try_(client, "sok.dara@example.org", WRONG).status_code == 422
    assert waits == [1, 2, 4, 8, 16, 32]


def test_a_crowd_of_guesses_at_the_same_moment_does_not_slip_through(world: World) -> None:
    world.person("Sok Dara")
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(try_, world.client(), "sok.dara@example.org", WRONG) for _ in range(16)]
    answers = [future.result().status_code for future in futures]
    assert answers.count(422) <= FROM_HERE.free + 2, "two more where seconds pass meanwhile"
    assert set(answers) == {422, 429}


def test_an_attempt_that_comes_too_early_is_not_looked_at_even_if_it_is_right(world: World) -> None:
    world.person("Sok Dara")
    client = world.client()
    with time_machine.travel(now(), tick=False) as clock:
        for _ in range(FROM_HERE.free):
            try_(client, "sok.dara@example.org", WRONG)
        assert try_(client, "sok.dara@example.org", PASSWORD).status_code == 429
        assert world.rows(LoginSession) == []
        clock.shift(2)
        assert try_(client, "sok.dara@example.org", PASSWORD).status_code == 302


def test_a_stranger_who_guesses_does_not_keep_the_owner_out(world: World) -> None:
    world.person("Sok Dara")
    stranger = world.client()
    with time_machine.travel(now(), tick=False) as clock:
        for number in range(ADDRESS.free - 1):
            try_(stranger, "sok.dara@example.org", WRONG, network=f"198.51.100.{number // 4}")
        assert try_(world.client(), "sok.dara@example.org", PASSWORD).status_code == 302
        try_(stranger, "sok.dara@example.org", WRONG, network="198.51.100.77")
        assert try_(world.client(), "sok.dara@example.org", PASSWORD).status_code == 429
        clock.shift(ADDRESS.longest)
        assert try_(world.client(), "sok.dara@example.org", PASSWORD).status_code == 302


def test_the_right_password_takes_ones_own_slips_back(world: World) -> None:
    world.person("Sok Dara")
    client = world.client()
    for _ in range(3):
        for _ in range(FROM_HERE.free - 1):
            assert try_(world.client(), "sok.dara@example.org", WRONG).status_code == 422
        assert try_(world.client(), "sok.dara@example.org", PASSWORD).status_code == 302
    assert client.get("/log-in").status_code == 200
    assert {row.kind for row in world.rows(Attempt)} == {"address", "network"}


def test_who_it_was_cannot_be_read_from_the_attempts(world: World) -> None:
    try_(world.client(), "sok.dara@example.org", WRONG)
    rows = world.rows(Attempt)
    assert len(rows) == 3
    assert all(len(row.key) == 64 and "sok" not in row.key and HERE not in row.key for row in rows)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::9", "2001:db8:1:2::"),
        (None, "unknown"),
        ("pipe", "unknown"),
    ],
)
def test_a_customer_with_many_addresses_counts_as_one(address: str | None, network: str) -> None:
    assert network_of(address) == network


def test_logging_in_changes_the_token_and_forgets_the_rest_of_the_cookie(world: World) -> None:
    world.person("Sok Dara")
    client = world.client()
    with client.session_transaction() as session:
        session["token"], session["left behind"] = "planted", "by somebody"
    try_(client, "sok.dara@example.org", PASSWORD)
    with client.session_transaction() as session:
        assert session["token"] != "planted"  # noqa: S105 - no password
        assert "left behind" not in session


def test_somebody_whose_account_was_closed_cannot_log_in_and_is_logged_out(world: World) -> None:
    person = world.person("Sok Dara")
    client = world.client(person)
    assert client.get("/account").status_code == 200
    with world.writing() as db:
        db.get_one(Person, person.id).disabled_at = now()
    assert client.get("/account").status_code == 302
    assert try_(world.client(), "sok.dara@example.org", PASSWORD).status_code == 422


def test_an_old_hash_is_made_anew_when_its_owner_logs_in(world: World) -> None:
    person = world.person("Sok Dara")
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(normal(PASSWORD))
    with world.writing() as db:
        db.get_one(Person, person.id).password_hash = weak
    assert try_(world.client(), "sok.dara@example.org", PASSWORD).status_code == 302
    (row,) = world.rows(Person)
    assert row.password_hash is not None
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert try_(world.client(), "sok.dara@example.org", PASSWORD).status_code == 302


def test_a_log_in_ends_when_it_idles_and_lives_on_while_it_is_used(world: World) -> None:
    person = world.person("Sok Dara")
    with time_machine.travel(now(), tick=False) as clock:
        client = world.client(person)
        for _ in range(3):
            clock.shift(timedelta(minutes=59))
            assert client.get("/account").status_code == 200
        clock.shift(timedelta(minutes=61))
        assert client.get("/account").status_code == 302


def test_a_log_in_ends_after_half_a_day_however_much_it_is_used(world: World) -> None:
    person = world.person("Sok Dara")
    with time_machine.travel(now(), tick=False) as clock:
        client = world.client(person)
        for _ in range(14):
            clock.shift(timedelta(minutes=50))
            assert client.get("/account").status_code == 200
        clock.shift(timedelta(minutes=25))
        assert client.get("/account").status_code == 302


def test_pages_that_only_read_note_the_visit_once_a_minute_and_after_they_are_done(world: World) -> None:
    person = world.person("Sok Dara")
    with time_machine.travel(now(), tick=False) as clock:
        client = world.client(person)
        first = world.count_statements(lambda: client.get("/account/password"))
        clock.shift(61)
        with_note = world.count_statements(lambda: client.get("/account/password"))
        again = world.count_statements(lambda: client.get("/account/password"))
    assert (with_note, again) == (first + 1, first)


def test_logging_out_ends_the_log_in_for_whoever_kept_the_cookie(world: World) -> None:
    person = world.person("Sok Dara")
    client = world.client(person)
    with client.session_transaction() as session:
        token = session["token"]
    assert post_form(client, "/log-out", {}, page="/account").status_code == 302
    with client.session_transaction() as session:
        session["token"] = token
    assert client.get("/account").status_code == 302


def test_log_ins_of_long_ago_are_forgotten(world: World) -> None:
    person = world.person("Sok Dara")
    with time_machine.travel(now(), tick=False) as clock:
        world.client(person)
        clock.shift(timedelta(days=20))
        world.client(person)
        clock.shift(timedelta(days=11))
        world.client(person)
    assert len(world.rows(LoginSession)) == 2


def test_nobody_logged_in_is_asked_to_log_in_again(world: World) -> None:
    assert world.client(world.person("Sok Dara")).get("/log-in").location == "/"


def test_the_language_chosen_before_logging_in_stays(world: World, app: Flask) -> None:
    world.person("Sok Dara")
    client = world.client()
    post_form(client, "/language", {"language": "vi"}, page="/log-in")
    try_(client, "sok.dara@example.org", PASSWORD)
    assert '<html lang="vi">' in client.get("/account").text


def test_a_coordinator_sees_nothing_before_the_second_factor(world: World) -> None:
    world.person("Chan Maly", Role.COORDINATOR)
    client = world.client()
    try_(client, "chan.maly@example.org", PASSWORD)
    assert client.get("/account").location == "/second-factor"
    assert client.get("/second-factor").location == "/second-factor/set-up"
