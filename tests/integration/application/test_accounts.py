"""One's own account: passwords, links in mails, address, name, devices."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from charter.clock import now
from charter.database.events import Event
from charter.database.outbox import OutboxMail
from charter.database.people import MemberRole, Person, Role
from charter.database.sessions import LoginSession, OneTimeLink
from charter.services import accounts
from charter.services.attempts import RESET, RESET_NETWORK
from charter.services.errors import Invalid, Refused
from charter.services.links import path_of
from charter.web.account.sessions import device_name
from tests.integration.application.databases import NewDatabase
from tests.integration.application.worlds import PASSWORD, World, post_form


@pytest.fixture
def database_url(sqlite: NewDatabase) -> str:
    """Little is asked of a database here, and nothing that the two answer differently."""
    return sqlite()


NEW = "eleven loud mountains"


def link_in(mail: OutboxMail) -> str:
    """The path of the link in a mail."""
    found = re.search(r"\[site\](/link/\S+)", mail.body)
    assert found is not None, mail.body
    return found[1]


def mails(world: World) -> list[OutboxMail]:
    return sorted(world.rows(OutboxMail), key=lambda mail: mail.id)


def asks_for_link(world: World, email: str = "sok.dara@example.org") -> str:
    post_form(world.client(), "/forgotten-password", {"email": email})
    return link_in(mails(world)[-1])


def can_log_in(world: World, email: str, password: str) -> bool:
    return bool(post_form(world.client(), "/log-in", {"email": email, "password": password}).status_code == 302)


def test_the_service_knows_where_its_links_lead(app: Flask) -> None:
    with app.test_request_context():
        from flask import url_for

        assert url_for("account.follow_link", token="abc") == path_of("abc")  # noqa: S106 - no password


def test_somebody_invited_sets_a_password_once_and_logs_in(world: World) -> None:
    with world.writing() as db:
        accounts.invite_staff(db, None, name="Chan Maly", email="Maly@Example.org", language="km", role=Role.MENTOR)
    (mail,) = mails(world)
    assert (mail.recipient, mail.language) == ("maly@example.org", "km")
    address = link_in(mail)
    client = world.client()
    for _ in range(3):  # mail programs look at links before people do
        assert "maly@example.org" in client.get(address).text
    assert post_form(client, address, {"password": NEW}).location == "/log-in"
    assert can_log_in(world, "maly@example.org", NEW)
    again = client.get(address)
    assert again.status_code == 410
    assert "maly@example.org" not in again.text
    assert "PasswordSet" in {event.name for event in world.rows(Event)}


@pytest.mark.parametrize(("purpose", "lasts"), [("invite", timedelta(days=7)), ("reset", timedelta(hours=1))])
def test_a_link_works_for_its_time_and_no_longer(world: World, purpose: str, lasts: timedelta) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        if purpose == "invite":
            with world.writing() as db:
                accounts.invite_staff(
                    db, None, name="Sok Dara", email="sok.dara@example.org", language="en", role=Role.MENTOR
                )
            address = link_in(mails(world)[-1])
        else:
            world.person("Sok Dara")
            address = asks_for_link(world)
        clock.shift(lasts - timedelta(seconds=1))
        assert world.client().get(address).status_code == 200
        clock.shift(1)
        assert world.client().get(address).status_code == 410


def test_a_link_is_stored_in_no_form_that_lets_anybody_in(world: World) -> None:
    world.person("Sok Dara")
    token = asks_for_link(world).rsplit("/", 1)[1]
    (row,) = world.rows(OneTimeLink)
    assert token not in row.token_hash
    assert world.client().get(path_of(row.token_hash)).status_code == 410


def test_a_newer_link_ends_the_older(world: World) -> None:
    world.person("Sok Dara")
    first, second = asks_for_link(world), asks_for_link(world)
    assert world.client().get(first).status_code == 410
    assert world.client().get(second).status_code == 200


def test_a_forgotten_password_gets_the_same_answer_whether_or_not_there_is_an_account(world: World) -> None:
    world.person("Sok Dara")
    pages = []
    for email in ("sok.dara@example.org", "nobody@example.org"):
        client = world.client()
        answer = post_form(client, "/forgotten-password", {"email": email})
        pages.append((answer.status_code, answer.location, re.sub(r'value="[^"]+"', "", client.get("/log-in").text)))
    assert pages[0] == pages[1]
    assert [mail.recipient for mail in mails(world)] == ["sok.dara@example.org"]


def test_one_mailbox_cannot_be_filled_with_links_and_one_place_cannot_ask_for_many(world: World) -> None:
    world.person("Sok Dara")
    with time_machine.travel(now(), tick=False):
        for number in range(RESET_NETWORK.free):
            answer = post_form(world.client(), "/forgotten-password", {"email": "sok.dara@example.org"})
            assert answer.status_code == 302, number
        assert len(mails(world)) == RESET.free
        answer = post_form(world.client(), "/forgotten-password", {"email": "nobody@example.org"})
        assert answer.status_code == 429


def test_a_reset_ends_every_log_in_and_the_old_password(world: World) -> None:
    person = world.person("Sok Dara")
    elsewhere = world.client(person)
    address = asks_for_link(world)
    assert elsewhere.get("/account").status_code == 200, "asking changes nothing"
    post_form(world.client(), address, {"password": NEW})
    assert elsewhere.get("/account").status_code == 302
    assert not can_log_in(world, "sok.dara@example.org", PASSWORD)
    assert can_log_in(world, "sok.dara@example.org", NEW)
    assert "Your password in Charter was changed" in mails(world)[-1].subject


def test_a_weak_password_is_refused_and_leaves_the_link_working(world: World) -> None:
    world.person("Sok Dara")
    address = asks_for_link(world)
    for weak in ("short", "passwordpassword", "sok dara 1987"):
        answer = post_form(world.client(), address, {"password": weak})
        assert answer.status_code == 422
        assert weak not in answer.text
    assert can_log_in(world, "sok.dara@example.org", PASSWORD)
    assert post_form(world.client(), address, {"password": NEW}).status_code == 302


def test_a_new_password_needs_the_old_one_and_logs_out_everywhere_else(world: World) -> None:
    person = world.person("Sok Dara")
    here, elsewhere = world.client(person), world.client(person)
    wrong = post_form(here, "/account/password", {"old": "something else here", "new": NEW})
    assert wrong.status_code == 422
    assert "This is not your password." in wrong.text
    weak = post_form(here, "/account/password", {"old": PASSWORD, "new": "password1234"})
    assert 'href="#new"' in weak.text
    assert post_form(here, "/account/password", {"old": PASSWORD, "new": NEW}).status_code == 302
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 302
    assert can_log_in(world, "sok.dara@example.org", NEW)


def test_the_old_password_cannot_be_guessed_at_an_open_device(world: World) -> None:
    client = world.client(world.person("Sok Dara"))
    answers = [
        post_form(client, "/account/password", {"old": "something else here", "new": NEW}).status_code for _ in range(6)
    ]
    assert answers == [422] * 5 + [429]


def test_a_new_address_counts_once_it_is_confirmed_and_the_old_one_is_told(world: World) -> None:
    person = world.person("Sok Dara")
    client = world.client(person)
    reset = asks_for_link(world)
    answer = post_form(client, "/account/email", {"email": "Dara@New.example", "password": PASSWORD})
    assert answer.status_code == 302
    mail = mails(world)[-1]
    assert mail.recipient == "dara@new.example"
    assert world.rows(Person)[0].email == "sok.dara@example.org"
    address = link_in(mail)
    assert "dara@new.example" in client.get(address).text
    assert world.rows(Person)[0].email == "sok.dara@example.org", "looking confirms nothing"
    assert post_form(client, address, {}).status_code == 302
    assert world.rows(Person)[0].email == "dara@new.example"
    assert mails(world)[-1].recipient == "sok.dara@example.org"
    assert world.client().get(reset).status_code == 410, "a link in the old mailbox opens nothing any more"
    assert client.get(address).status_code == 410


def test_nobody_takes_the_address_of_somebody_else_nor_learns_that_it_is_taken(world: World) -> None:
    person = world.person("Sok Dara")
    world.person("Chan Maly")
    client = world.client(person)
    taken = post_form(client, "/account/email", {"email": "chan.maly@example.org", "password": PASSWORD})
    free = post_form(client, "/account/email", {"email": "dara@new.example", "password": PASSWORD})
    assert (taken.status_code, taken.location) == (free.status_code, free.location)
    (mail,) = mails(world)
    assert mail.recipient == "dara@new.example"
    with world.writing() as db:
        db.get_one(Person, person.id + 1).email = "dara@new.example"
    assert post_form(client, link_in(mail), {}).status_code == 409
    assert world.rows(Person, id=person.id)[0].email == "sok.dara@example.org"


def test_a_new_address_needs_the_password(world: World) -> None:
    client = world.client(world.person("Sok Dara"))
    answer = post_form(client, "/account/email", {"email": "dara@new.example", "password": "something else here"})
    assert answer.status_code == 422
    assert mails(world) == []


def test_a_link_for_an_address_sets_no_password(world: World) -> None:
    client = world.client(world.person("Sok Dara"))
    post_form(client, "/account/email", {"email": "dara@new.example", "password": PASSWORD})
    address = link_in(mails(world)[-1])
    assert 'name="password"' not in client.get(address).text
    post_form(client, address, {"password": NEW})
    assert can_log_in(world, "dara@new.example", PASSWORD)


def test_name_and_language_are_changed_together(world: World) -> None:
    client = world.client(world.person("Sok Dara"))
    assert post_form(client, "/account/details", {"name": " ", "language": "vi"}).status_code == 422
    assert post_form(client, "/account/details", {"name": "Dara  Sok", "language": "xx"}).status_code == 422
    assert post_form(client, "/account/details", {"name": "Dara  Sok", "language": "vi"}).status_code == 302
    page = client.get("/account").text
    assert '<html lang="vi">' in page
    assert "Dara Sok" in page


def test_devices_are_listed_and_ended_one_by_one_or_all_at_once(world: World) -> None:
    person = world.person("Sok Dara")
    here, phone, tablet = (world.client(person) for _ in range(3))
    page = here.get("/account/sessions").text
    assert page.count('name="session"') == 2, "this one has no button"
    (other,) = {row.id for row in world.rows(LoginSession)} & {re.findall(r'name="session" value="(\w+)"', page)[0]}
    post_form(here, "/account/sessions/end", {"session": other}, page="/account/sessions")
    assert [each.get("/account").status_code for each in (here, phone, tablet)].count(302) == 1
    post_form(here, "/account/sessions/end-others", {}, page="/account/sessions")
    assert [each.get("/account").status_code for each in (here, phone, tablet)] == [200, 302, 302]


def test_nobody_ends_the_log_in_of_somebody_else(world: World) -> None:
    dara, maly = world.person("Sok Dara"), world.person("Chan Maly")
    client, other = world.client(dara), world.client(maly)
    (row,) = world.rows(LoginSession, person_id=maly.id)
    answer = post_form(client, "/account/sessions/end", {"session": row.id}, page="/account/sessions")
    assert answer.status_code == 404
    assert other.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iOS"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("curl/8.0", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_device_has_a_name_that_people_know(agent: str, name: str) -> None:
    assert str(device_name(agent)) == name


def test_the_account_page_shows_no_more_statements_for_more_devices(world: World) -> None:
    person = world.person("Sok Dara")
    client = world.client(person)
    few = world.count_statements(lambda: client.get("/account/sessions"))
    for _ in range(10):
        world.client(person)
    assert world.count_statements(lambda: client.get("/account/sessions")) == few


def test_an_invitation_to_a_closed_account_is_refused(world: World) -> None:
    person = world.person("Sok Dara")
    organization = world.organization("Lotus")
    with world.writing() as db:
        db.get_one(Person, person.id).disabled_at = now()
    with world.writing() as db, pytest.raises(Refused):
        accounts.invite_person(
            db,
            None,
            organization=organization,
            name="Sok Dara",
            email=person.email,
            language="en",
            role=MemberRole.LEAD,
        )


@pytest.mark.parametrize("email", ["", "dara", "dara@", "dara@example.org\nBcc: all@example.org", "a@b@c.org"])
def test_what_is_no_address_is_refused(world: World, email: str) -> None:
    with world.writing() as db, pytest.raises(Invalid):
        accounts.add_person(db, None, name="Sok Dara", email=email, language="en")
    assert world.rows(Person) == []
