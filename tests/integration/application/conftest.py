"""The application on an empty database; every test here runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import URL, Dialect, Engine, event, make_url

import action_plans
from charter import create_app
from charter.config import Settings
from charter.database.base import canonical
from charter.database.engine import make_engine, session_factory
from charter.jobs import wake_function
from charter.services import packs
from charter.services.jobs import WAKE
from questionnaires import Pack
from scoring import Result, result_json
from tests.integration.application import worlds
from tests.integration.application.databases import NewDatabase, PostgresqlDatabases, sqlite_databases
from tests.integration.application.worlds import World


@pytest.fixture(scope="session", autouse=True)
def shipped_packs_are_read_once() -> Iterator[None]:
    """Reading and packing one takes longer than the rest of a small world, and those of Charter stay as they are."""
    patch = pytest.MonkeyPatch()
    for module, name in ((packs, "load_pack"), (packs, "archived"), (worlds, "load_pack")):
        patch.setattr(module, name, _once_for_ids(getattr(module, name)))
    yield
    patch.undo()


def _once_for_ids(made: Callable[..., Any]) -> Callable[..., Any]:
    kept: dict[str, Any] = {}

    def once(folder: Any, *rest: Any) -> Any:
        if not isinstance(folder, str) or "/" in folder:
            return made(folder, *rest)
        if folder not in kept:
            kept[folder] = made(folder, *rest)
        return kept[folder]

    return once


@pytest.fixture(scope="session", autouse=True)
def plans_are_solved_once() -> Iterator[None]:
    """The same result within the same limits has the same plan; most tests of plans begin with one and the same."""
    solve, kept = action_plans.propose, {}

    def once(pack: Pack, result: Result, limits: action_plans.Limits, **options: Any) -> action_plans.Plan:
        key = (pack.fingerprint, canonical(result_json(result)), limits)
        if key not in kept:
            kept[key] = solve(pack, result, limits, **options)
        return kept[key]

    patch = pytest.MonkeyPatch()
    patch.setattr(action_plans, "propose", once)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    return sqlite_databases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> PostgresqlDatabases:
    return PostgresqlDatabases(tmp_path_factory.mktemp("postgresql"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    new: NewDatabase = request.getfixturevalue(request.param)
    address = new()
    yield address
    if isinstance(new, PostgresqlDatabases):
        new.give_back(address)


def plain_settings(database_url: str, instance: Path) -> Settings:
    return Settings(
        instance=instance,
        database_url=database_url,
        secret_key=SecretStr("of tests only: 32 characters or more"),
        coalition="Harbour Coalition",
    )


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return plain_settings(database_url, tmp_path / "instance")


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Made once, since compiling a hundred addresses and templates takes longer than most tests."""
    folder = tmp_path_factory.mktemp("shared")
    made = create_app(plain_settings(f"sqlite:///{folder / 'unused.db'}", folder / "instance"))
    made.extensions["charter.engine"].dispose()
    return made


@pytest.fixture
def app(shared_app: Flask, settings: Settings, engine_for: Callable[[str], Engine]) -> Iterator[Flask]:
    """On this test's own database and folder; a test with settings of its own, or pages, gets an app of its own."""
    if settings != plain_settings(settings.database_url, settings.instance):
        made = create_app(settings)
        yield made
        made.extensions["charter.engine"].dispose()
        return
    before = dict(shared_app.config)
    engine = engine_for(settings.database)
    shared_app.extensions |= {
        "charter.settings": settings,
        "charter.engine": engine,
        "charter.sessions": session_factory(engine, info={WAKE: wake_function(settings)}),
    }
    yield shared_app
    shared_app.config.clear()
    shared_app.config.update(before)
    engine.dispose()


@pytest.fixture(scope="session")
def engine_for() -> Callable[[str], Engine]:
    """Gives one engine per kind of database, whose next connections go to this address.

    What SQLAlchemy has compiled belongs to the engine, and to compile it anew is a fifth of such a test.
    """
    made: dict[str, Engine] = {}
    now_at: dict[str, URL] = {}

    def connect(dialect: Dialect, _record: Any, _arguments: Any, options: dict[str, Any]) -> Any:
        given, named = dialect.create_connect_args(now_at[dialect.name])
        return dialect.connect(*given, **{**options, **named})

    def engine_at(address: str) -> Engine:
        url = make_url(address)
        name = url.get_backend_name()
        now_at[name] = url
        if name not in made:
            made[name] = make_engine(address)
            event.listen(made[name], "do_connect", connect)
            if name == "sqlite":
                # The file lives for one test; that it is safe elsewhere is a test of its own (test_migrations.py).
                event.listen(made[name], "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
        return made[name]

    return engine_at


@pytest.fixture
def world(app: Flask) -> World:
    return World(app)
