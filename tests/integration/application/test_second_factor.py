"""The second factor: setting it up, giving it, losing it."""

from __future__ import annotations

import re
from datetime import timedelta

import pyotp
import pytest
import time_machine
from flask.testing import FlaskClient

from charter.clock import now
from charter.database.people import Person, Role
from charter.database.sessions import LoginSession, RecoveryCode
from charter.services.attempts import SECOND_FACTOR
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import PASSWORD, World, post_form

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""

SET_UP = "/second-factor/set-up"


def secret_on(html: str) -> str:
    """The key that the page says in text."""
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", html)
    assert found is not None
    return found[1].replace(" ", "")


def codes_on(html: str) -> list[str]:
    """The recovery codes of a page."""
    return re.findall(r"^[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}$", html, re.MULTILINE)


def logged_in(world: World, email: str) -> FlaskClient:
    """With the password, and nothing more."""
    client = world.client()
    assert post_form(client, "/log-in", {"email": email, "password": PASSWORD}).status_code == 302
    return client


def code_of(secret: str) -> str:
    return pyotp.TOTP(secret).at(now())


def set_up(client: FlaskClient) -> tuple[str, list[str]]:
    """The secret and the recovery codes."""
    secret = secret_on(client.get(SET_UP).text)
    answer = post_form(client, SET_UP, {"code": code_of(secret)})
    assert answer.status_code == 200
    return secret, codes_on(answer.text)


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MENTOR])
def test_coalition_staff_set_it_up_right_after_the_password_and_give_it_at_every_log_in(
    world: World, role: Role
) -> None:
    world.person("Chan Maly", role)
    with time_machine.travel(now(), tick=False) as clock:
        client = logged_in(world, "chan.maly@example.org")
        assert client.get("/account").location == "/second-factor"
        assert client.get("/second-factor").location == SET_UP
        page = client.get(SET_UP).text
        assert "<svg" in page
        secret, codes = set_up(client)
        assert len(set(codes)) == 10
        assert client.get("/account").status_code == 200
        clock.shift(60)
        again = logged_in(world, "chan.maly@example.org")
        assert again.get("/account").status_code == 302
        assert post_form(again, "/second-factor", {"code": code_of(secret)}).location == "/"
        assert again.get("/account").status_code == 200
        assert again.get("/second-factor").location == "/"


def test_after_the_second_step_comes_the_page_that_was_wanted(world: World) -> None:
    world.person("Chan Maly", Role.MENTOR)
    client = world.client()
    data = {"email": "chan.maly@example.org", "password": PASSWORD, "next": "/account/sessions"}
    assert post_form(client, "/log-in", data).location == "/account/sessions"
    secret = secret_on(client.get(SET_UP).text)
    assert 'href="/account/sessions"' in post_form(client, SET_UP, {"code": code_of(secret)}).text


def test_the_key_stays_the_same_until_it_is_confirmed_and_is_stored_encrypted(world: World) -> None:
    world.person("Chan Maly", Role.MENTOR)
    client = logged_in(world, "chan.maly@example.org")
    secret = secret_on(client.get(SET_UP).text)
    wrong = post_form(client, SET_UP, {"code": "000000" if code_of(secret) != "000000" else "000001"})
    assert wrong.status_code == 422
    assert secret_on(wrong.text) == secret
    assert world.rows(Person)[0].totp_secret is None
    set_up(client)
    stored = world.rows(Person)[0].totp_secret
    assert stored is not None
    assert secret not in stored
    with client.session_transaction() as session:
        assert secret not in str(dict(session))


def test_whoever_knows_only_the_password_cannot_put_an_app_of_their_own_in_its_place(world: World) -> None:
    world.person("Chan Maly", Role.COORDINATOR)
    set_up(logged_in(world, "chan.maly@example.org"))
    before = world.rows(Person)[0].totp_secret
    thief = logged_in(world, "chan.maly@example.org")
    assert thief.get(SET_UP).location == "/second-factor"
    assert thief.get("/account/second-factor/off").location == "/second-factor"
    token = re.search(r'csrf_token" value="([^"]+)"', thief.get("/second-factor").text)
    assert token is not None
    secret = pyotp.random_base32()
    answer = thief.post(SET_UP, data={"csrf_token": token[1], "code": code_of(secret), "password": PASSWORD})
    assert answer.location == "/second-factor"
    assert world.rows(Person)[0].totp_secret == before


def test_no_code_is_taken_twice(world: World) -> None:
    world.person("Chan Maly", Role.MENTOR)
    with time_machine.travel(now(), tick=False) as clock:
        secret, _ = set_up(logged_in(world, "chan.maly@example.org"))
        used = post_form(logged_in(world, "chan.maly@example.org"), "/second-factor", {"code": code_of(secret)})
        assert used.status_code == 422, "it was used to set up"
        clock.shift(30)
        code = code_of(secret)
        first, second = (logged_in(world, "chan.maly@example.org") for _ in range(2))
        assert post_form(first, "/second-factor", {"code": f"{code[:3]} {code[3:]}"}).status_code == 302
        assert post_form(second, "/second-factor", {"code": code}).status_code == 422


@pytest.mark.parametrize(("seconds", "status"), [(-60, 422), (-30, 302), (0, 302), (30, 302), (60, 422)])
def test_the_clock_of_a_phone_may_be_half_a_minute_off(world: World, seconds: int, status: int) -> None:
    world.person("Chan Maly", Role.MENTOR)
    with time_machine.travel(now(), tick=False) as clock:
        secret, _ = set_up(logged_in(world, "chan.maly@example.org"))
        clock.shift(timedelta(hours=1))
        code = pyotp.TOTP(secret).at(now() + timedelta(seconds=seconds))
        client = logged_in(world, "chan.maly@example.org")
        assert post_form(client, "/second-factor", {"code": code}).status_code == status


def test_codes_cannot_be_guessed(world: World) -> None:
    world.person("Chan Maly", Role.MENTOR)
    with time_machine.travel(now(), tick=False) as clock:
        secret, _ = set_up(logged_in(world, "chan.maly@example.org"))
        clock.shift(60)
        thief = logged_in(world, "chan.maly@example.org")
        wrong = "000000" if code_of(secret) != "000000" else "000001"
        answers = [post_form(thief, "/second-factor", {"code": wrong}).status_code for _ in range(SECOND_FACTOR.free)]
        assert answers == [422] * SECOND_FACTOR.free
        assert post_form(thief, "/second-factor", {"code": code_of(secret)}).status_code == 429
        clock.shift(2)
        assert post_form(thief, "/second-factor", {"code": code_of(secret)}).status_code == 302


def test_the_log_in_goes_on_under_a_new_token(world: World) -> None:
    world.person("Chan Maly", Role.MENTOR)
    client = logged_in(world, "chan.maly@example.org")
    with client.session_transaction() as session:
        before = session["token"]
    set_up(client)
    with client.session_transaction() as session:
        assert session["token"] != before
        session["token"] = before
    assert client.get("/account").status_code == 302
    assert sorted(row.ended_at is None for row in world.rows(LoginSession)) == [False, True]


def test_a_recovery_code_lets_in_once_however_it_is_typed(world: World) -> None:
    world.person("Chan Maly", Role.COORDINATOR)
    _, codes = set_up(logged_in(world, "chan.maly@example.org"))
    assert all(code not in str([row.code_hash for row in world.rows(RecoveryCode)]) for code in codes)
    typed = codes[0].upper().replace("-", " ")
    client = logged_in(world, "chan.maly@example.org")
    assert post_form(client, "/second-factor", {"code": typed}).status_code == 302
    assert client.get("/account").status_code == 200
    again = logged_in(world, "chan.maly@example.org")
    assert post_form(again, "/second-factor", {"code": codes[0]}).status_code == 422
    assert post_form(again, "/second-factor", {"code": codes[1]}).status_code == 302


def test_somebody_elses_recovery_code_lets_nobody_in(world: World) -> None:
    world.person("Chan Maly", Role.COORDINATOR)
    world.person("Sok Dara", Role.MENTOR)
    _, codes = set_up(logged_in(world, "chan.maly@example.org"))
    set_up(logged_in(world, "sok.dara@example.org"))
    client = logged_in(world, "sok.dara@example.org")
    assert post_form(client, "/second-factor", {"code": codes[0]}).status_code == 422


def test_new_recovery_codes_need_the_password_and_end_the_old_ones(world: World) -> None:
    world.person("Chan Maly", Role.COORDINATOR)
    client = logged_in(world, "chan.maly@example.org")
    _, old = set_up(client)
    wrong = post_form(client, "/account/second-factor/codes", {"password": "something else here"})
    assert wrong.status_code == 422
    assert codes_on(wrong.text) == []
    new = codes_on(post_form(client, "/account/second-factor/codes", {"password": PASSWORD}).text)
    assert len(new) == 10
    again = logged_in(world, "chan.maly@example.org")
    assert post_form(again, "/second-factor", {"code": old[0]}).status_code == 422
    assert post_form(again, "/second-factor", {"code": new[0]}).status_code == 302


def test_whoever_runs_out_of_recovery_codes_is_told(world: World) -> None:
    world.person("Chan Maly", Role.COORDINATOR)
    _, codes = set_up(logged_in(world, "chan.maly@example.org"))
    for number, code in enumerate(codes[:8]):
        client = logged_in(world, "chan.maly@example.org")
        post_form(client, "/second-factor", {"code": code})
        assert ("of your recovery codes are left" in client.get("/account").text) is (number == 7)


def test_a_lead_is_offered_it_takes_it_and_gives_it_up_again(world: World) -> None:
    world.person("Sok Dara")
    client = logged_in(world, "sok.dara@example.org")
    assert SET_UP in client.get("/account").text
    set_up(client)
    again = logged_in(world, "sok.dara@example.org")
    assert again.get("/account").location == "/second-factor"
    wrong = post_form(client, "/account/second-factor/off", {"password": "something else here"})
    assert wrong.status_code == 422
    assert post_form(client, "/account/second-factor/off", {"password": PASSWORD}).status_code == 302
    assert world.rows(RecoveryCode) == []
    assert logged_in(world, "sok.dara@example.org").get("/account").status_code == 200


def test_coalition_staff_cannot_turn_it_off(world: World) -> None:
    world.person("Chan Maly", Role.MENTOR)
    client = logged_in(world, "chan.maly@example.org")
    set_up(client)
    assert 'name="password"' not in client.get("/account/second-factor/off").text
    answer = post_form(client, "/account/second-factor/off", {"password": PASSWORD})
    assert answer.status_code == 409
    assert world.rows(Person)[0].totp_confirmed_at is not None


def test_another_phone_needs_the_password(world: World) -> None:
    world.person("Chan Maly", Role.MENTOR)
    client = logged_in(world, "chan.maly@example.org")
    set_up(client)
    before = world.rows(Person)[0].totp_secret
    secret = secret_on(client.get(SET_UP).text)
    assert post_form(client, SET_UP, {"code": code_of(secret)}).status_code == 422
    assert world.rows(Person)[0].totp_secret == before
    answer = post_form(client, SET_UP, {"code": code_of(secret), "password": PASSWORD})
    assert len(codes_on(answer.text)) == 10
    assert world.rows(Person)[0].totp_secret != before
    assert client.get("/account").status_code == 200
