"""Cookies: what they are called, where they go, and what is in them."""

from __future__ import annotations

import base64
import zlib

from flask.testing import FlaskClient

from charter import create_app
from charter.config import Settings
from charter.database.people import Person
from tests.integration.application.worlds import PASSWORD, World, post_form, token_in

SITE = "https://charter.example"


def cookies_of(answer: object) -> list[str]:
    found: list[str] = answer.headers.getlist("Set-Cookie")  # type: ignore[attr-defined]
    return found


def log_in(client: FlaskClient, person: Person) -> object:
    page = client.get("/log-in", base_url=SITE)
    fields = {"email": person.email, "password": PASSWORD, "csrf_token": token_in(page.text)}
    return client.post("/log-in", data=fields, base_url=SITE, headers={"Referer": f"{SITE}/log-in"})


def test_under_https_every_cookie_is_bound_to_this_host_and_out_of_reach_of_scripts(settings: Settings) -> None:
    world = World(create_app(settings.model_copy(update={"public_url": SITE})))
    client = world.app.test_client()
    answer = log_in(client, world.person("Sok Dara"))
    found = [*cookies_of(client.get("/apply", base_url=SITE)), *cookies_of(answer)]
    assert found
    for cookie in found:
        name, *rest = (part.strip() for part in cookie.split(";"))
        assert name.startswith("__Host-"), cookie
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(rest), cookie
        assert not any(part.startswith("Domain") for part in rest), cookie
    assert len(found[-1]) < 4096


def test_plain_names_only_where_there_is_no_tls(world: World) -> None:
    client = world.client()
    answer = post_form(client, "/log-in", {"email": world.person("Sok Dara").email, "password": PASSWORD})
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("charter=")
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie


def test_a_form_from_another_site_is_refused_under_https_even_with_its_token(settings: Settings) -> None:
    world = World(create_app(settings.model_copy(update={"public_url": SITE})))
    client, person = world.app.test_client(), world.person("Sok Dara")
    page = client.get("/log-in", base_url=SITE)
    fields = {"email": person.email, "password": PASSWORD, "csrf_token": token_in(page.text)}
    for referrer, status in (("https://evil.example/", 400), (f"{SITE}/log-in", 302)):
        answer = client.post("/log-in", data=fields, base_url=SITE, headers={"Referer": referrer})
        assert answer.status_code == status


def test_a_changed_cookie_logs_nobody_in(world: World) -> None:
    client = world.client(world.person("Sok Dara"))
    assert client.get("/account").status_code == 200
    cookie = client.get_cookie("charter")
    assert cookie is not None
    payload, _, signature = cookie.value.partition(".")
    for forged in (f"{payload}.", f"{payload[:-2]}AA.{signature}", f"x{cookie.value}"):
        client.set_cookie("charter", forged)
        assert client.get("/account").status_code == 302


def test_the_cookie_names_nobody(world: World) -> None:
    person = world.person("Sok Dara")
    client = world.client(person)
    client.get("/account")
    cookie = client.get_cookie("charter")
    assert cookie is not None
    payload = cookie.value.lstrip(".").split(".")[0]
    content = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    content = zlib.decompress(content) if cookie.value.startswith(".") else content
    assert b"token" in content  # it can be read
    assert person.email.encode() not in content and b"Sok" not in content
