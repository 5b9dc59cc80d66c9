"""Logging in with a password."""

from charter.database.people import Role
from tests.integration.application.worlds import PASSWORD, World, post_form


def test_a_lead_logs_in_with_address_and_password(world: World) -> None:
    world.person("Sok Dara")
    client = world.client()
    answer = post_form(client, "/log-in", {"email": "SOK.dara@example.org", "password": PASSWORD})
    assert answer.status_code == 302
    assert answer.location == "/"


def test_a_wrong_password_is_told_from_no_wrong_address(world: World) -> None:
    world.person("Sok Dara")
    client = world.client()
    wrong = post_form(client, "/log-in", {"email": "sok.dara@example.org", "password": "seven quiet rivers?"})
    unknown = post_form(client, "/log-in", {"email": "nobody@example.org", "password": PASSWORD})
    assert wrong.status_code == unknown.status_code == 422
    assert "Address or password is wrong." in wrong.text


def test_pages_of_the_coalition_are_closed_until_the_second_factor(world: World) -> None:
    world.person("Chan Maly", Role.COORDINATOR)
    assert world.client().get("/nothing-here").status_code == 404
