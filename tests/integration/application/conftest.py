"""The application on an empty database; every test here runs on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from charter import create_app
from charter.config import Settings
from tests.integration.application.databases import NewDatabase, postgresql_databases, sqlite_databases
from tests.integration.application.worlds import World


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    return sqlite_databases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    return postgresql_databases(tmp_path_factory.mktemp("postgresql"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    new: NewDatabase = request.getfixturevalue(request.param)
    return new()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(
        instance=tmp_path / "instance",
        database_url=database_url,
        secret_key=SecretStr("of tests only: 32 characters or more"),
        coalition="Harbour Coalition",
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    made = create_app(settings)
    made.testing = False
    yield made
    made.extensions["charter.engine"].dispose()


@pytest.fixture
def world(app: Flask) -> World:
    return World(app)
