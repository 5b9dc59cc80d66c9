"""The commands that look after an installation."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from click.testing import CliRunner

from charter.cli import cli
from charter.config import Settings
from charter.database.people import Person, Role
from charter.services import second_factors
from tests.integration.application.worlds import World


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("CHARTER_INSTANCE", str(settings.instance))
    monkeypatch.setenv("CHARTER_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("CHARTER_SECRET_KEY", settings.secret_key.get_secret_value())
    return lambda *arguments: CliRunner().invoke(cli, arguments)


def test_the_first_coordinator_gets_a_link_that_works(world: World, run: Any) -> None:
    done = run("user", "add", "--name", "Chan Maly", "maly@example.org")
    assert done.exit_code == 0
    address = done.output.strip()
    path = address.removeprefix("http://127.0.0.1:8000")
    assert path != address
    assert world.client().get(path).status_code == 200
    assert "maly@example.org" in run("user", "list").output
    assert run("user", "add", "--name", "Chan Maly", "maly@example.org").exit_code != 0


def test_a_lost_second_factor_can_be_reset(world: World, run: Any) -> None:
    person = world.person("Chan Maly", Role.COORDINATOR)
    secret = second_factors.new_secret()
    with world.writing() as db:
        actor = world.actor(db, person)
        second_factors.set_up(
            db,
            world.app.extensions["charter.settings"],
            actor,
            secret=secret,
            code=pyotp.TOTP(secret).now(),
            password=None,
        )
    assert run("user", "reset-second-factor", person.email).exit_code == 0
    (stored,) = world.rows(Person)
    assert stored.totp_confirmed_at is None
    assert run("user", "reset-second-factor", "nobody@example.org").exit_code != 0


def test_a_wrong_setting_is_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTER_UPLOAD_LIMIT", "many")
    done = run("init")
    assert done.exit_code != 0
    assert "CHARTER_UPLOAD_LIMIT" in str(done.exception)


def test_init_twice_is_init_once(run: Any) -> None:
    assert run("init").exit_code == 0
    assert run("init").exit_code == 0
