"""Visits, inspections and certificates of a member, as a mentor enters them."""

from __future__ import annotations

import html

import pytest
from flask.testing import FlaskClient

from charter.clock import now
from charter.database.people import Role
from charter.database.records import Visit
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World, post_form

NO_DAY = "Write the day like this"


@pytest.fixture
def place(world: World) -> tuple[FlaskClient, str]:
    """A mentor's client, and the address of one of its members."""
    mentor = world.person("Lim Bopha", Role.MENTOR)
    member = world.organization("Hope House", mentors=(mentor,))
    return world.client(mentor), f"/organizations/{member.id}"


def visit(place: tuple[FlaskClient, str], **fields: str) -> tuple[int, str]:
    client, address = place
    answer = post_form(client, f"{address}/visits/new", {"note": "We read the policy", **fields})
    return answer.status_code, html.unescape(answer.text)


def test_a_day_that_may_be_left_open_is_left_open(world: World, place: tuple[FlaskClient, str]) -> None:
    today = now().date().isoformat()
    for blank in ("", "  "):
        assert visit(place, visited_on=today, next_on=blank)[0] == 302
    assert [row.next_on for row in world.rows(Visit)] == [None, None]


@on_sqlite_only
def test_what_is_no_day_is_refused_in_plain_words(world: World, place: tuple[FlaskClient, str]) -> None:
    today = now().date().isoformat()
    for field in ("visited_on", "next_on"):
        status, page = visit(place, **{"visited_on": today, "next_on": "", field: "31/02/2026"})
        assert status == 422
        assert page.count(NO_DAY) == 2  # in the summary and at the field
        assert "Not a valid date" not in page
        assert "31/02/2026" in page
    assert world.rows(Visit) == []


@on_sqlite_only
def test_a_day_that_is_needed_is_asked_for(world: World, place: tuple[FlaskClient, str]) -> None:
    status, page = visit(place, visited_on="", next_on="")
    assert status == 422
    assert "Please fill this in." in page and NO_DAY not in page
    assert world.rows(Visit) == []
