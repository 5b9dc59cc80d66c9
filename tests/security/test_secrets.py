"""What must not be written down: secrets and people, in logs, errors and the database."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from charter.config import Settings
from charter.database import Base
from charter.logs import JsonLines
from charter.security import decrypt, encrypt, keyed_hash, token_hash
from charter.web.access_log import StaffPagesFilter
from tests.integration.application.staff_round_walks import Round
from tests.integration.application.worlds import PASSWORD, World, post_form
from tests.security.sweeps import addresses
from tests.security.tenants import Site

KEY = "of tests only: 32 characters or more"


def written(caplog: pytest.LogCaptureFixture) -> str:
    """Everything that was logged, as it leaves and as it was given."""
    lines = [JsonLines().format(record) for record in caplog.records]
    return "\n".join([*lines, *(f"{record.getMessage()} {record.args}" for record in caplog.records)]).lower()


def test_a_whole_session_leaves_no_secret_and_nobody_in_the_log(
    world: World, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    caplog.set_level(logging.DEBUG)
    person, client = world.person("Sok Dara"), world.client()
    network = {"REMOTE_ADDR": "203.0.113.77"}
    post_form(client, "/log-in", {"email": person.email, "password": "wrong horse battery"})
    post_form(client, "/log-in", {"email": person.email, "password": PASSWORD})
    cookie = client.get_cookie("charter")
    assert cookie is not None
    post_form(client, "/account/details", {"name": "Vanna Secretname", "language": "en"})
    fields = {"name": "Program", "scopes": "plans:read", "days": "90"}
    token = re.search(r"charter_[\w-]+", post_form(client, "/account/tokens", fields).text)
    post_form(client, "/forgotten-password", {"email": person.email})
    client.get("/account?x=queried", environ_overrides=network)
    client.get("/no-such-page-called-vanna")
    text = written(caplog)
    assert "account.details" in text or "account" in text  # the control: something is written
    for secret in (
        PASSWORD,
        "wrong horse battery",
        person.email,
        "sok dara",
        "secretname",
        "queried",
        "vanna",
        "203.0.113.77",
        cookie.value.lower(),
        *([token[0].lower()] if token else []),
        settings.key.lower(),
    ):
        assert secret not in text, secret


def test_an_error_repeats_nothing_that_was_typed(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    record = logging.getLogger("charter").makeRecord("charter", logging.ERROR, "x", 1, "unexpected", (), None)
    try:
        raise IntegrityError("INSERT", {"email": "sok@example.org"}, ValueError("sok@example.org is taken"))
    except IntegrityError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    line = json.loads(JsonLines().format(record))
    assert line["error"] == "IntegrityError"
    assert "sok@example.org" not in json.dumps(line)


def test_a_line_break_makes_no_second_line_of_a_log() -> None:
    record = logging.getLogger("x").makeRecord("x", logging.ERROR, "x", 1, 'a\n{"level": "info"}\r\nb', (), None)
    assert len(JsonLines().format(record).splitlines()) == 1


def test_staff_pages_leave_no_line_at_all(world: World, caplog: pytest.LogCaptureFixture) -> None:
    made = Round(world)
    caplog.clear()
    caplog.set_level(logging.DEBUG)
    device = made.enter(made.codes[0])
    made.fill(device, "3")
    made.send(device)
    text = written(caplog)
    assert made.codes[0].lower() not in text and made.codes[0].replace("-", "").lower() not in text
    assert "respondent" not in text and "/answer" not in text
    line = logging.LogRecord("werkzeug", logging.INFO, "x", 1, '127.0.0.1 - - "POST /answer HTTP/1.1" 302 -', (), None)
    assert not StaffPagesFilter().filter(line)


def test_a_stolen_database_logs_nobody_in(site: Site) -> None:
    """No password, token, code or key stands in it."""
    client = site.client("lead")
    cookie = client.get_cookie("charter")
    assert cookie is not None
    with client.session_transaction() as session:
        token = session["token"]
    with site.world.reading() as db:
        dump = "\n".join(str(row) for table in Base.metadata.sorted_tables for row in db.execute(table.select()))
    assert token_hash(token) in dump  # the control
    secrets = [token, PASSWORD, site.settings.key, *site.ours.tokens, *site.ours.codes, *site.theirs.codes]
    for secret in secrets:
        assert secret not in dump


def test_settings_show_no_secret_when_they_are_printed(settings: Settings) -> None:
    assert KEY not in repr(settings) and KEY not in str(settings.model_dump())


def test_what_is_encrypted_opens_with_its_own_key_and_purpose_only() -> None:
    sealed = encrypt(KEY, "one", "a secret")
    assert "secret" not in sealed and sealed != encrypt(KEY, "one", "a secret")
    assert decrypt(KEY, "one", sealed) == "a secret"
    assert decrypt(KEY, "two", sealed) is None
    assert decrypt(KEY + "x", "one", sealed) is None
    assert decrypt(KEY, "one", sealed[:-4] + "AAA=") is None
    assert keyed_hash(KEY, "a", "x") != keyed_hash(KEY, "b", "x") != keyed_hash(KEY + "x", "b", "x")


def test_no_secret_stands_in_an_address(site: Site) -> None:
    """Addresses are kept in histories and logs of proxies: links in mails work once, and calendars are for reading."""
    known = {"account.follow_link", "account.unsubscribe", "account.calendar_file"}
    found: set[Any] = {
        rule.endpoint for rule, _ in addresses(site, site.ours) if rule.arguments & {"token", "key", "code"}
    }
    assert found == known
