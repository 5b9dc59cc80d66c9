"""Passkeys: adding one, logging in with it, and everything that must not pass for one."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr

from charter.clock import now
from charter.config import Settings
from charter.database.people import Person, Role
from charter.database.sessions import Passkey
from tests.integration.application.authenticator import Authenticator
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import PASSWORD, World, post_form

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""

ORIGIN = "http://localhost:8000"
ADD = "/account/passkeys/add"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """On a site with a name: browsers know passkeys only there."""
    return Settings(
        instance=tmp_path / "instance",
        database_url=database_url,
        secret_key=SecretStr("of tests only: 32 characters or more"),
        coalition="Harbour Coalition",
        public_url=ORIGIN,
    )


def options_on(page: str) -> dict[str, Any]:
    found = re.search(r'data-options="([^"]+)"', page)
    assert found is not None
    made = json.loads(html.unescape(found[1]))
    assert isinstance(made, dict)
    return made


def send(client: FlaskClient, address: str, page: str, **data: str) -> Any:
    """Send a form of a page that is already loaded: loading it again would change the challenge."""
    token = re.search(r'csrf_token" value="([^"]+)"', page)
    assert token is not None
    return client.post(address, data={"csrf_token": token[1], **data})


def add(client: FlaskClient, device: Authenticator, *, password: str = PASSWORD, verified: bool = True) -> Any:
    page = client.get(ADD).text
    credential = device.create(options_on(page), verified=verified)
    return send(client, ADD, page, name="My phone", password=password, credential=credential)


def log_in(world: World, device: Authenticator, *, verified: bool = True) -> tuple[FlaskClient, Any]:
    client = world.client()
    page = client.get("/log-in").text
    credential = device.get(options_on(page), verified=verified)
    return client, send(client, "/log-in/passkey", page, credential=credential)


def test_a_coordinator_logs_in_with_a_passkey_alone(world: World) -> None:
    person, device = world.person("Chan Maly", Role.COORDINATOR), Authenticator(ORIGIN)
    assert add(world.client(person), device).status_code == 302
    client, answer = log_in(world, device)
    assert answer.location == "/"
    assert "Chan Maly" in client.get("/account").text
    (row,) = world.rows(Passkey)
    assert (row.name, row.sign_count) == ("My phone", 1)
    assert row.last_used_at is not None


def test_the_browser_is_asked_for_a_key_that_it_finds_by_itself_and_that_checks_who_holds_it(world: World) -> None:
    person, device = world.person("Sok Dara"), Authenticator(ORIGIN)
    client = world.client(person)
    options = options_on(client.get(ADD).text)
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["rp"] == {"id": "localhost", "name": "Harbour Coalition"}
    add(client, device)
    again = options_on(client.get(ADD).text)
    assert len(again["excludeCredentials"]) == 1, "the same device is not asked twice"
    assert (
        "allowCredentials" not in options_on(world.client().get("/log-in").text)
        or not options_on(world.client().get("/log-in").text)["allowCredentials"]
    ), "the page tells nobody who has passkeys"


def test_without_fingerprint_face_or_pin_it_counts_neither_when_made_nor_when_used(world: World) -> None:
    person, device = world.person("Sok Dara"), Authenticator(ORIGIN)
    assert add(world.client(person), device, verified=False).status_code == 422
    assert world.rows(Passkey) == []
    assert add(world.client(person), device).status_code == 302
    client, answer = log_in(world, device, verified=False)
    assert answer.status_code == 422
    assert client.get("/account").status_code == 302


def test_adding_one_needs_the_password(world: World) -> None:
    client = world.client(world.person("Sok Dara"))
    assert add(client, Authenticator(ORIGIN), password="something else here").status_code == 422  # noqa: S106
    assert world.rows(Passkey) == []


def test_another_site_cannot_use_it(world: World) -> None:
    person, device = world.person("Sok Dara"), Authenticator(ORIGIN)
    add(world.client(person), device)
    device.origin = "https://evil.example"
    assert log_in(world, device)[1].status_code == 422


def test_an_answer_is_taken_once_even_with_the_same_cookie(world: World) -> None:
    person, device = world.person("Sok Dara"), Authenticator(ORIGIN)
    add(world.client(person), device)
    client = world.client()
    page = client.get("/log-in").text
    with client.session_transaction() as session:
        cookie = dict(session)
    credential = device.get(options_on(page))
    assert send(client, "/log-in/passkey", page, credential=credential).status_code == 302
    with world.writing() as db:  # so that the counter alone does not save us
        db.get_one(Passkey, 1).sign_count = 0
    thief = world.client()
    with thief.session_transaction() as session:
        session.update(cookie)
    assert send(thief, "/log-in/passkey", page, credential=credential).status_code == 422


def test_an_answer_to_another_question_is_not_taken(world: World) -> None:
    person, device = world.person("Sok Dara"), Authenticator(ORIGIN)
    add(world.client(person), device)
    client = world.client()
    old = options_on(client.get("/log-in").text)
    page = client.get("/log-in").text
    assert send(client, "/log-in/passkey", page, credential=device.get(old)).status_code == 422
    fresh = world.client()
    other = fresh.get("/forgotten-password").text
    assert send(fresh, "/log-in/passkey", other, credential=device.get(old)).status_code == 422


def test_a_copied_passkey_whose_counter_falls_back_is_not_taken(world: World) -> None:
    person, device = world.person("Sok Dara"), Authenticator(ORIGIN)
    add(world.client(person), device)
    assert log_in(world, device)[1].status_code == 302
    device.count = 0
    assert log_in(world, device)[1].status_code == 422


def test_a_key_of_ones_own_under_somebody_elses_name_is_not_taken(world: World) -> None:
    dara, maly = world.person("Sok Dara"), world.person("Chan Maly")
    mine = Authenticator(ORIGIN)
    add(world.client(dara), mine)
    mine.user_handle = world.rows(Person, id=maly.id)[0].passkey_handle
    assert log_in(world, mine)[1].status_code == 422
    stranger = Authenticator(ORIGIN)
    stranger.id = mine.id
    assert log_in(world, stranger)[1].status_code == 422
    assert add(world.client(maly), stranger).status_code == 422, "an id that is known stays its owner's"


def test_somebody_whose_account_was_closed_cannot_use_it(world: World) -> None:
    person, device = world.person("Sok Dara"), Authenticator(ORIGIN)
    add(world.client(person), device)
    with world.writing() as db:
        db.get_one(Person, person.id).disabled_at = now()
    assert log_in(world, device)[1].status_code == 422


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "{",
        "[]",
        "null",
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}',
        '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", '
        '"attestationObject": "gg", "authenticatorData": "", "signature": ""}}',
        '{"id": 7, "rawId": [], "type": null}',
    ],
)
def test_what_no_browser_sends_is_refused(world: World, credential: str) -> None:
    client = world.client(world.person("Sok Dara"))
    page = client.get(ADD).text
    assert send(client, ADD, page, password=PASSWORD, credential=credential).status_code == 422
    visitor = world.client()
    page = visitor.get("/log-in").text
    assert send(visitor, "/log-in/passkey", page, credential=credential).status_code == 422


def test_passkeys_are_listed_renamed_and_removed_by_their_owner_only(world: World) -> None:
    dara, maly = world.person("Sok Dara"), world.person("Chan Maly")
    device = Authenticator(ORIGIN)
    mine, other = world.client(dara), world.client(maly)
    add(mine, device)
    for address in ("/account/passkeys/1", "/account/passkeys/1/remove"):
        assert other.get(address).status_code == 404
        assert post_form(other, address, {"name": "Mine now"}, page="/account").status_code == 404
    assert "My phone" not in other.get("/account/passkeys").text
    assert post_form(mine, "/account/passkeys/1", {"name": "Old phone"}).status_code == 302
    assert "Old phone" in mine.get("/account/passkeys").text
    assert "Old phone" in mine.get("/account/passkeys/1/remove").text
    assert post_form(mine, "/account/passkeys/1/remove", {}).status_code == 302
    assert world.rows(Passkey) == []
    assert log_in(world, device)[1].status_code == 422


def test_where_browsers_know_no_passkeys_none_are_offered(world: World) -> None:
    numbers = world.app.extensions["charter.settings"].model_copy(update={"public_url": "http://127.0.0.1:8000"})
    world.app.extensions["charter.settings"] = numbers
    client = world.client(world.person("Sok Dara"))
    assert "data-passkey" not in world.client().get("/log-in").text
    assert "passkey" not in client.get("/account").text.lower()
    assert client.get(ADD).status_code == 404
