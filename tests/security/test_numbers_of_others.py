"""Every number in every address, exchanged for that of another member: nothing is found, and nothing happens."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.routing import Rule

from charter.database.sessions import LoginSession
from tests.integration.application.test_access import TABLE, address
from tests.integration.application.worlds import post_form
from tests.security.sweeps import crawl, digest, filled, routes
from tests.security.tenants import THEIRS, Site

SHARED = {
    "cycle_id",
    "published_id",
    "peer_group_id",
    "release_id",
    "resource_id",
    "training_id",
    "session_id",
    "upload_id",
    "mail_id",
    "number",
}
"""Numbers of what belongs to the coalition, to which no member's rule applies."""


def numbers(rule: Rule) -> set[str]:
    return {name for name in rule.arguments if name.endswith("_id")} - SHARED - {"group_id", "criterion_id"}


def exchanged(site: Site) -> Iterator[tuple[Rule, str, str, str]]:
    """Every address, with each of its numbers in turn, and then all of them, taken from the other member.

    Gives the rule, the address, the same one with numbers that do not exist, and what was exchanged.
    """
    for rule in routes(site.world.app):
        own = filled(rule, site, site.ours.own)
        for names in [*({name} for name in sorted(numbers(rule))), numbers(rule)]:
            if names:
                theirs = _of(rule, site)
                values = {**_ours(rule, site), **{name: theirs[name] for name in names}}
                where = address(rule, values)
                assert where != own, rule.rule
                nothing = address(rule, {**values, **dict.fromkeys(names, 999_999)})
                yield rule, where, nothing, f"{rule.rule} with {sorted(names)}"


def _ours(rule: Rule, site: Site) -> dict[str, Any]:
    return _fitting(rule, {**site.shared, **site.ours.own})


def _of(rule: Rule, site: Site) -> dict[str, Any]:
    return _fitting(rule, {**site.shared, **site.theirs.own})


def _fitting(rule: Rule, values: dict[str, Any]) -> dict[str, Any]:
    if "evidence_id" in rule.arguments:
        values["evidence_id"] = values["evidence"]["action" if "action_id" in rule.arguments else "criterion"]
    if rule.endpoint.startswith("account.job"):
        values["job_id"] = values["own_job"]
    return values


@pytest.mark.parametrize("party", ["lead", "mentor"])
def test_a_number_of_the_other_member_is_not_found_anywhere(unchecked: Site, party: str) -> None:
    site, client = unchecked, unchecked.client(party)
    before, tried = digest(site.world), 0
    for rule, where, nothing, what in exchanged(site):
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            answer = client.open(where, method=method, data={} if method == "POST" else None)
            if answer.status_code != 404:
                # Refused before the number is looked at: then a number that does not exist is refused alike.
                assert answer.status_code == 409 and method == "POST", f"{party} {method} {what}"
                assert client.post(nothing, data={}).status_code == 409, what
            assert THEIRS not in answer.text.lower(), what
            tried += 1
    assert tried > 150
    assert digest(site.world) == before


def test_a_coordinator_finds_nothing_under_the_wrong_member(unchecked: Site) -> None:
    """Two numbers that do not belong together: a membership of one member below the address of the other."""
    site, client, tried = unchecked, unchecked.client("coordinator"), 0
    before = digest(site.world)
    for rule, where, _nothing, what in exchanged(site):
        if len(numbers(rule)) < 2 or "coordinator" not in TABLE[rule.endpoint] or rule.endpoint == "account.job":
            continue
        if what.endswith(str(sorted(numbers(rule)))):
            continue  # all of them together are right
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            assert client.open(where, method=method, data={}).status_code == 404, f"{method} {what}"
            tried += 1
    assert tried > 10
    assert digest(site.world) == before


def test_the_same_addresses_with_our_numbers_are_found(site: Site) -> None:
    """The control."""
    found = [answer.rule.endpoint for answer in crawl(site, "lead") if numbers(answer.rule) and answer.status == 200]
    assert len(found) > 30


def test_every_number_in_an_address_is_known_here(site: Site) -> None:
    """A new kind of number has to be filled in tenants.py, or belong to the coalition as a whole."""
    named = {name for rule in routes(site.world.app) for name in numbers(rule)}
    assert named <= set(site.ours.own), named - set(site.ours.own)
    for name in named - {"evidence_id"}:
        assert site.ours.own[name] != site.theirs.own[name], name


def test_numbers_in_a_form_reach_no_further_than_those_in_an_address(unchecked: Site) -> None:
    site, ours, theirs = unchecked, unchecked.ours.own, unchecked.theirs.own
    client, before = site.client("lead"), digest(site.world)
    action, plan = ours["action_id"], ours["plan_id"]
    grant = {
        "title": "Locks",
        "kind": "improvement",
        "purpose": "Locks",
        "requested": "10",
        "starts_on": "2027-01-01",
        "ends_on": "2027-02-01",
    }
    person = theirs["person_id"]
    for where, fields in (
        (
            f"/action/{action}/details",
            {"starts_on": "2027-01-01", "due_on": "2027-01-02", "owner_id": person, "version": 1},
        ),
        (
            f"/action/{action}/details",
            {"starts_on": "2027-01-01", "due_on": "2027-01-02", "supporters": person, "version": 1},
        ),
        (
            f"/plan/{plan}/actions/change",
            {"chosen": theirs["action_id"], "shift_days": 3},
        ),
        (f"/organizations/{ours['organization_id']}/grants/new", {**grant, "actions": theirs["action_id"]}),
        (f"/organizations/{ours['organization_id']}/trainings/dates/{site.shared['session_id']}", {"people": person}),
        ("/account/sessions/end", {"session": "0" * 64}),
    ):
        answer = client.post(where, data=fields)
        assert answer.status_code in (302, 404, 409, 422), where
        assert THEIRS not in answer.text.lower(), where
        assert digest(site.world) == before, where


def test_nobody_ends_the_log_in_of_another(site: Site) -> None:
    other = site.world.client(site.theirs.people["lead"])
    assert other.get("/account").status_code == 200
    rows = site.world.rows(LoginSession, person_id=site.theirs.people["lead"].id)
    client = site.client("lead")
    for row in rows:
        answer = post_form(client, "/account/sessions/end", {"session": row.id}, page="/account")
        assert answer.status_code == 404
    assert other.get("/account").status_code == 200
