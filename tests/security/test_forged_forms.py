"""CSRF: without the token of its own page no form is taken, on any address."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.routing import Rule

from tests.integration.application.test_access import TABLE
from tests.integration.application.worlds import post_form, token_in
from tests.security.sweeps import PARTIES, digest, filled, posts
from tests.security.tenants import Site

SIGNED = {"account.unsubscribe"}
"""Mail programs call it without cookies; its address is signed (test_accounts)."""
BY_CODE = {"respondent.part", "respondent.send"}


def open_to(party: str, rule: Rule) -> bool:
    """Whether this party may send the form: then only the token is missing."""
    return party in TABLE[rule.endpoint] and rule.endpoint not in SIGNED


@pytest.mark.parametrize("party", PARTIES)
def test_a_form_without_its_token_is_not_taken(site: Site, party: str) -> None:
    client, before, tried = site.client(party), digest(site.world), 0
    stranger = token_in(site.world.client().get("/log-in").text)
    for rule in posts(site.world.app):
        if open_to(party, rule):
            where = filled(rule, site, site.ours.own)
            for fields in ({}, {"csrf_token": ""}, {"csrf_token": "x"}, {"csrf_token": stranger}):
                answer = client.post(where, data=fields)
                assert answer.status_code == 400, f"{party} {rule.rule} {fields}"
                tried += 1
    assert tried > 20
    assert digest(site.world) == before


def test_every_form_was_tried_by_somebody(site: Site) -> None:
    of_demo = {"coalition.mailbox", "coalition.read_mail"}
    missed = {rule.endpoint for rule in posts(site.world.app) if not any(open_to(party, rule) for party in PARTIES)}
    assert missed == SIGNED | BY_CODE | of_demo & missed


def test_a_sheet_without_its_token_is_not_taken(site: Site) -> None:
    client = site.world.client()
    post_form(client, "/answer", {"code": site.ours.codes[1]})
    before = digest(site.world)
    for path in ("/answer/part/rules", "/answer/send", "/answer/put-away"):
        assert client.post(path, data={"r-R1": "3"}).status_code == 400
    assert digest(site.world) == before


def test_other_ways_to_send_are_no_way_around(site: Site) -> None:
    client, before = site.client("lead"), digest(site.world)
    where = "/account/details"
    tries: list[dict[str, Any]] = [
        {"json": {"name": "Evil"}},
        {"data": "name=Evil", "content_type": "text/plain"},
        {"data": "name=Evil", "headers": {"X-HTTP-Method-Override": "GET"}},
        {"data": {"name": "Evil", "_method": "GET"}},
        {"query_string": {"name": "Evil", "csrf_token": "x"}},
    ]
    for each in tries:
        assert client.post(where, **each).status_code == 400, each
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.open(where, method=method, data={"name": "Evil"}).status_code in (400, 404, 405)
    assert digest(site.world) == before


def test_with_its_token_the_same_form_is_taken(site: Site) -> None:
    """The control."""
    client = site.client("lead")
    answer = post_form(client, "/account/details", {"name": "", "language": "en"})
    assert answer.status_code == 422  # looked at, and found to lack a name
