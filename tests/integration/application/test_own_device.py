"""Calling a device one's own: who gets its key, and what ends that."""

from __future__ import annotations

import base64

import pytest
from flask.testing import FlaskClient

from charter.config import Settings
from charter.database.people import Person, Role
from charter.database.sessions import OwnDevice
from charter.services import second_factors, staff
from charter.services.own_devices import MOST
from tests.integration.application.worlds import PASSWORD, World, post_form, token_in

KEY = "/account/own-device/key"
SAFE_PASSWORD = "eleven slow mountains"  # noqa: S105 - of made-up people


def log_in(client: FlaskClient, person: Person) -> FlaskClient:
    assert post_form(client, "/log-in", {"email": person.email, "password": PASSWORD}).status_code == 302
    return client


def call_own(client: FlaskClient, **more: str) -> None:
    fields = {"csrf_token": token_in(client.get("/account").text), "next": "/account", **more}
    answer = client.post("/account/own-device", data=fields)
    assert (answer.status_code, answer.location) == (302, "/account")


def key_of(client: FlaskClient) -> str | None:
    """None where there is none."""
    answer = client.post(KEY, headers={"X-CSRFToken": token_in(client.get("/account").text)})
    if answer.status_code != 200:
        return None
    assert answer.headers["Cache-Control"] == "private, no-store"
    key = str(answer.get_json()["key"])
    assert len(base64.b64decode(key)) == 32
    return key


def log_out(client: FlaskClient) -> None:
    client.post("/log-out", data={"csrf_token": token_in(client.get("/account").text)})


def mark_on(client: FlaskClient) -> str:
    page = client.get("/account").text
    return page.partition('data-own="')[2].partition('"')[0]


@pytest.fixture
def dara(world: World) -> Person:
    return world.person("Sok Dara")


def test_nothing_is_kept_where_nobody_said_so(world: World, dara: Person) -> None:
    client = log_in(world.client(), dara)
    assert key_of(client) is None
    page = client.get("/account").text
    assert mark_on(client) == "" and "own-device.js" not in page
    assert not world.rows(OwnDevice)


def test_an_own_device_has_a_key_that_only_the_application_can_read(world: World, dara: Person) -> None:
    client = log_in(world.client(), dara)
    call_own(client)
    key = key_of(client)
    (row,) = world.rows(OwnDevice)
    assert key is not None and key not in row.key and key not in client.get("/account").text
    assert mark_on(client) and "own-device.js" in client.get("/account").text
    call_own(client)
    assert key_of(client) == key and len(world.rows(OwnDevice)) == 1


def test_it_is_known_again_when_the_same_person_logs_in(world: World, dara: Person) -> None:
    client = log_in(world.client(), dara)
    call_own(client)
    key, mark = key_of(client), mark_on(client)
    log_out(client)
    assert client.post(KEY).status_code in (400, 401)
    log_in(client, dara)
    assert (key_of(client), mark_on(client)) == (key, mark)


def test_nobody_else_on_the_device_gets_the_key(world: World, dara: Person) -> None:
    other = world.person("Keo Sophea")
    client = log_in(world.client(), dara)
    call_own(client)
    key, mark = key_of(client), mark_on(client)
    log_out(client)
    log_in(client, other)
    assert key_of(client) is None and mark_on(client) == ""
    call_own(client, mark=mark)  # the mark of somebody else is worth nothing
    assert key_of(client) not in (None, key)
    log_out(client)
    log_in(client, dara)
    assert key_of(client) == key  # what she wrote is not lost


def test_a_device_that_lost_its_cookie_gets_its_key_again(world: World, dara: Person) -> None:
    client = log_in(world.client(), dara)
    call_own(client)
    key, mark = key_of(client), mark_on(client)
    client = log_in(world.client(), dara)
    assert key_of(client) is None
    call_own(client, mark=mark)
    assert key_of(client) == key and len(world.rows(OwnDevice)) == 1


@pytest.mark.parametrize("how", ["forgotten", "logged out elsewhere", "all others logged out", "a new password"])
def test_a_lost_device_never_gets_its_key_again(world: World, dara: Person, how: str) -> None:
    lost, here = log_in(world.client(), dara), log_in(world.client(), dara)
    call_own(lost)
    call_own(here)
    kept = key_of(here)
    page = here.get("/account/sessions").text
    fields = {"csrf_token": token_in(page)}
    first = min(row.id for row in world.rows(OwnDevice))
    if how == "forgotten":
        here.post("/account/own-device/forget", data={**fields, "device": str(first)})
    elif how == "logged out elsewhere":
        session = page.partition('name="session" value="')[2].partition('"')[0]
        here.post("/account/sessions/end", data={**fields, "session": session})
    elif how == "all others logged out":
        here.post("/account/sessions/end-others", data=fields)
    else:
        again = {"old": PASSWORD, "new": SAFE_PASSWORD, "again": SAFE_PASSWORD}
        assert post_form(here, "/account/password", again).status_code == 302
    assert len(world.rows(OwnDevice)) == 1
    assert key_of(here) == kept
    if how != "forgotten":
        assert lost.get("/account").status_code == 302
        if how == "a new password":
            return
        log_in(lost, dara)
    assert key_of(lost) is None and mark_on(lost) == ""


def test_taking_it_back_removes_the_cookie(world: World, dara: Person) -> None:
    client = log_in(world.client(), dara)
    call_own(client)
    (row,) = world.rows(OwnDevice)
    fields = {"csrf_token": token_in(client.get("/account/sessions").text), "device": str(row.id)}
    answer = client.post("/account/own-device/forget", data=fields)
    assert "charter-own-" in answer.headers["Set-Cookie"] and "Max-Age=0" in answer.headers["Set-Cookie"]
    assert key_of(client) is None and not world.rows(OwnDevice)


def test_nobody_forgets_the_device_of_another(world: World, dara: Person) -> None:
    client, other = log_in(world.client(), dara), log_in(world.client(), world.person("Keo Sophea"))
    call_own(client)
    (row,) = world.rows(OwnDevice)
    for number in (str(row.id), "0", "x", "9" * 30):
        fields = {"csrf_token": token_in(other.get("/account").text), "device": number}
        assert other.post("/account/own-device/forget", data=fields).status_code == 404
    assert key_of(client) is not None


def test_who_may_no_longer_log_in_has_no_device(world: World, settings: Settings) -> None:
    mentor, coordinator = world.person("Nguyen Anh", Role.MENTOR), world.person("Chan Maly", Role.COORDINATOR)
    for end in (
        lambda db: staff.disable_person(db, world.actor(db, coordinator), person=db.get_one(Person, mentor.id)),
        lambda db: second_factors.reset(db, db.get_one(Person, mentor.id)),
    ):
        call_own(world.client(mentor))
        assert world.rows(OwnDevice)
        with world.writing() as db:
            end(db)
        assert not world.rows(OwnDevice)
        with world.writing() as db:
            db.get_one(Person, mentor.id).disabled_at = None


def test_nobody_calls_more_devices_their_own_than_anybody_has(world: World, dara: Person) -> None:
    for _ in range(MOST):
        call_own(log_in(world.client(), dara))
    client = log_in(world.client(), dara)
    fields = {"csrf_token": token_in(client.get("/account").text)}
    assert client.post("/account/own-device", data=fields).status_code == 409
    assert len(world.rows(OwnDevice)) == MOST


def test_the_cookie_is_out_of_reach_of_scripts_and_names_nobody(world: World, dara: Person) -> None:
    client = log_in(world.client(), dara)
    fields = {"csrf_token": token_in(client.get("/account").text)}
    answer = client.post("/account/own-device", data=fields)
    (cookie,) = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("charter-own-")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    (row,) = world.rows(OwnDevice)
    assert cookie.partition("=")[2].partition(";")[0] not in (row.token_hash, row.key)
