"""What machines are told of an installation: that it lives, whether it can serve, and figures."""

from __future__ import annotations

import importlib.util
import io
import json
import logging
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from charter import create_app
from charter.clock import now
from charter.config import Settings
from charter.database.engine import transaction
from charter.database.organizations import Organization
from charter.database.people import Person, Role
from charter.jobs import make_worker
from charter.logs import REQUESTS, JsonLines
from charter.services import health
from charter.web import health as health_pages
from charter.web import requests as request_flow
from tests.integration.application.conftest import plain_settings
from tests.integration.application.databases import NewDatabase
from tests.integration.application.worlds import World, post_form, token_in

TOKEN = "of tests only: 32 characters at least"  # noqa: S105


@pytest.fixture(autouse=True)
def every_look_is_new(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_pages, "FRESH_SECONDS", -1.0)


@pytest.fixture
def lines() -> Iterator[Any]:
    """What is logged, as it is written."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    logger = logging.getLogger("charter")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_a_process_lives_without_a_database(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = world.client(world.person("Some Coordinator", Role.COORDINATOR))
    monkeypatch.setitem(app.extensions, "charter.sessions", lambda: pytest.fail("asked the database"))
    answer = client.get("/health/live")
    assert answer.status_code == 200
    assert answer.json == {"live": True}


def test_it_is_ready_and_says_that_no_worker_was_seen(world: World, settings: Settings) -> None:
    client = world.client()
    assert client.get("/health/ready").json == {"ready": True, "failing": [], "late": ["worker"]}
    worker = make_worker(settings, world.engine)
    worker.give_sign()
    assert client.get("/health/ready").json == {"ready": True, "failing": [], "late": []}
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        answer = client.get("/health/ready")
        assert (answer.status_code, (answer.json or {})["late"]) == (200, ["worker"])


def test_a_missing_migration_is_not_ready(world: World) -> None:
    with world.writing() as db:
        db.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    answer = world.client().get("/health/ready")
    assert (answer.status_code, (answer.json or {})["failing"]) == (503, ["migrations"])


def test_a_store_that_cannot_be_written_is_not_ready(world: World, settings: Settings) -> None:
    shutil.rmtree(settings.evidence_folder, ignore_errors=True)
    settings.evidence_folder.parent.mkdir(parents=True, exist_ok=True)
    settings.evidence_folder.write_text("a file where a folder should be")
    answer = world.client().get("/health/ready")
    assert (answer.status_code, (answer.json or {})["failing"]) == (503, ["store"])
    assert str(settings.evidence_folder) not in answer.text


def test_a_database_that_is_down_is_not_ready_and_the_reason_stays_here(settings: Settings, tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("")
    app = create_app(settings.model_copy(update={"database_url": "postgresql+psycopg://nobody@127.0.0.1:1/none"}))
    answer = app.test_client().get("/health/ready")
    assert (answer.status_code, (answer.json or {})["failing"]) == (503, ["database", "migrations"])
    assert "127.0.0.1" not in answer.text
    client = app.test_client()
    form = {"email": "sok@example.org", "password": "x", "csrf_token": token_in(client.get("/log-in").text)}
    told = client.post("/log-in", data=form)
    assert told.status_code == 503 and "Not saved: the service is busy" in told.text
    app.extensions["charter.engine"].dispose()


def test_figures_are_for_who_has_the_token(settings: Settings, world: World) -> None:
    assert world.client().get("/metrics").status_code == 404, "closed unless a token is set"
    assert world.client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    app = create_app(settings.model_copy(update={"metrics_token": SecretStr(TOKEN)}))
    client = app.test_client()
    for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"}):
        assert client.get("/metrics", headers=given).status_code == 404
    client.get("/")
    client.get("/answer/")
    with transaction(app.extensions["charter.sessions"]) as db:
        health.give_sign(db, health.BACKUP)
    told = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert told.status_code == 200
    assert told.content_type.startswith("text/plain; version=0.0.4")
    assert 'charter_requests_total{endpoint="public.home",method="GET",status="200"} 1.0' in told.text
    assert 'charter_request_seconds_bucket{endpoint="public.home",le="+Inf"} 1.0' in told.text
    assert 'charter_jobs{state="waiting"} 0.0' in told.text
    assert "charter_mail_waiting 0.0" in told.text
    assert "charter_backup_age_seconds" in told.text
    assert "charter_worker_age_seconds" not in told.text, "none was ever seen"
    assert "respondent" not in told.text
    app.extensions["charter.engine"].dispose()


def test_the_library_for_figures_is_there() -> None:
    assert importlib.util.find_spec("prometheus_client") is not None


def test_a_short_token_is_refused() -> None:
    with pytest.raises(ValueError, match="32 characters"):
        Settings(metrics_token=SecretStr("short"))


def test_each_request_has_a_line_without_anybody_in_it(world: World, lines: Any) -> None:
    coordinator = world.person("Chan Maly", Role.COORDINATOR)
    house = world.organization("Lotus House")
    answer = world.client(coordinator).get(f"/coalition/members/{house.id}?secret=zebra")
    (line,) = [one for one in lines() if one["logger"] == REQUESTS]
    assert line.keys() == {"time", "level", "logger", "request", "endpoint", "method", "status", "ms"}
    assert (line["endpoint"], line["method"], line["status"]) == ("coalition.member", "GET", 200)
    assert line["request"] == answer.headers["X-Request-ID"]
    assert not any(part in json.dumps(line) for part in ("zebra", "127.0.0.1", "maly", "Lotus"))


def test_pages_for_staff_codes_and_probes_have_no_line(world: World, lines: Any) -> None:
    client = world.client()
    for path in ("/answer/", "/answer/thanks", "/answer/no/such", "/health/live", "/health/ready"):
        client.get(path)
    assert [one for one in lines() if one["logger"] == REQUESTS] == []


def test_the_number_of_a_request_comes_from_a_trusted_proxy_only(world: World, settings: Settings) -> None:
    given = {"X-Request-ID": "from-the-proxy-1"}
    assert world.client().get("/", headers=given).headers["X-Request-ID"] != "from-the-proxy-1"
    app = create_app(settings.model_copy(update={"trusted_proxies": 1}))
    client = app.test_client()
    assert client.get("/", headers=given).headers["X-Request-ID"] == "from-the-proxy-1"
    assert client.get("/", headers={"X-Request-ID": "a\tb <script>"}).headers["X-Request-ID"] != "a\tb <script>"
    app.extensions["charter.engine"].dispose()


def test_an_error_is_found_by_its_number_and_repeats_nothing_that_was_typed(
    world: World, app: Flask, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError("zebra typed this")

    monkeypatch.setattr("charter.web.public.home.render_template", broken)
    answer = world.client().get("/")
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in answer.text
    (error,) = [one for one in lines() if one["level"] == "error"]
    assert error["request"] == answer.headers["X-Request-ID"]
    assert error["error"] == "ValueError"
    assert any("home.py" in place for place in error["where"])
    assert "zebra" not in json.dumps(error)


def test_what_could_not_be_committed_is_said_not_to_be_saved(
    world: World, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk is full: every statement went well, and then the commit fails."""
    coordinator = world.person("Chan Maly", Role.COORDINATOR)
    client = world.client(coordinator)
    page = "/coalition/members/add"
    form = {"name": "Lotus House", "language": "en", "joined_on": "2026-01-01"}
    form |= {"lead_name": "Sok Dara", "lead_email": "dara@example.org"}
    html = client.get(page).get_data(as_text=True)

    def full(db: Any) -> None:
        db.flush()
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    with monkeypatch.context() as patched:
        patched.setattr(request_flow, "commit", full)
        answer = client.post(page, data={**form, "csrf_token": token_in(html)})
    assert answer.status_code == 503
    assert "Not saved" in answer.text
    assert "Lotus House" not in answer.text
    assert world.rows(Organization) == []
    assert "Lotus House" not in client.get("/coalition/members").text, "no word of what was not kept"
    # The disk has room again: the same form goes through, without a restart.
    assert post_form(client, page, form).status_code == 302
    assert [each.name for each in world.rows(Organization)] == ["Lotus House"]
    assert len(world.rows(Person)) == 2


def test_a_full_disk_is_said_and_room_is_enough_to_go_on(sqlite: NewDatabase, tmp_path: Path) -> None:
    """As SQLite itself says it: the file may have no further page."""
    app = create_app(plain_settings(sqlite(), tmp_path / "instance"))
    world, engine = World(app), app.extensions["charter.engine"]
    client = world.client(world.person("Chan Maly", Role.COORDINATOR))
    form = {"name": "Lotus House", "language": "en", "joined_on": "2026-01-01", "province": "Kep"}
    form |= {"lead_name": "Sok Dara", "lead_email": "dara@example.org"}
    is_full = True

    def limit(connection: Any, _record: Any, _proxy: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages if is_full else 1_000_000}")

    event.listen(engine, "checkout", limit)
    answers = []
    for number in range(60):  # until what room there is in the pages is used up
        form |= {"name": f"House {number}", "lead_email": f"lead{number}@example.org"}
        answers.append(post_form(client, "/coalition/members/add", form))
        if answers[-1].status_code != 302:
            break
    assert answers[-1].status_code == 503
    assert "Not saved" in answers[-1].text
    assert len(world.rows(Organization)) == len(answers) - 1, "what was acknowledged is there, and nothing else"
    is_full = False
    assert post_form(client, "/coalition/members/add", form).status_code == 302
    assert len(world.rows(Organization)) == len(answers)
    engine.dispose()


def test_errors_of_the_database_hide_values(world: World) -> None:
    with pytest.raises(DBAPIError) as told, world.reading() as db:
        db.execute(text("SELECT :value FROM no_such_table"), {"value": "zebra"})
    assert "zebra" not in str(told.value)
