"""Open redirects: `next` leads to pages of this site and nowhere else, whoever wrote it."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest

from charter.web.addresses import safe_next
from tests.integration.application.worlds import PASSWORD, World, post_form

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "https:/evil.example",
    "evil.example",
    "@evil.example",
    "/%0d%0aSet-Cookie:x=1\r\nX: y",
    "//evil.example%2f@charter",
    "/.//evil.example",
    "/../\\evil.example",
)


@pytest.mark.parametrize("given", ELSEWHERE)
def test_logging_in_leads_to_no_other_site(world: World, given: str) -> None:
    person = world.person("Sok Dara")
    page = f"/log-in?next={quote(given, safe='')}"
    fields = {"email": person.email, "password": PASSWORD, "next": given}
    answer = post_form(world.client(), page, fields, page=page)
    assert answer.status_code == 302
    check(answer.location)


@pytest.mark.parametrize("given", ELSEWHERE)
def test_choosing_a_language_leads_to_no_other_site(world: World, given: str) -> None:
    answer = post_form(world.client(), "/language", {"language": "vi", "next": given}, page="/")
    assert answer.status_code in (302, 303, 400)
    if answer.status_code != 400:
        check(answer.location)


def check(location: str) -> None:
    assert location.startswith("/") and not location.startswith(("//", "/\\")), location
    assert not urlsplit(location).netloc, location
    assert not set(location) & set("\\\r\n\t\x00"), location


def test_pages_of_this_site_are_led_to(world: World) -> None:
    """The control."""
    person = world.person("Sok Dara")
    answer = post_form(world.client(), "/log-in", {"email": person.email, "password": PASSWORD, "next": "/account?a=1"})
    assert answer.location == "/account?a=1"
    with world.app.test_request_context():
        assert safe_next("/members") == "/members"
        assert safe_next(None) == "/"


def test_whoever_is_asked_to_log_in_comes_back_to_a_path_only(world: World) -> None:
    answer = world.client().get("/account?x=//evil.example", headers={"Host": "evil.example"})
    assert answer.status_code == 302
    assert urlsplit(answer.location).netloc == ""
