"""One coalition for the whole folder, for tests that change nothing; and the usual empty ones for tests that do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from charter import create_app
from tests.integration.application.conftest import (  # noqa: F401 - fixtures
    app,
    engine_for,
    plain_settings,
    plans_are_solved_once,
    postgresql,
    settings,
    shared_app,
    shipped_packs_are_read_once,
    sqlite,
    world,
)
from tests.integration.application.databases import NewDatabase
from tests.integration.application.worlds import World
from tests.security.tenants import Site, fill


@pytest.fixture
def database_url(sqlite: NewDatabase) -> str:  # noqa: F811
    """These are questions to the application; what the database has to hold by itself is asked of both elsewhere."""
    return sqlite()


@pytest.fixture(scope="session")
def site(sqlite: NewDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:  # noqa: F811
    """Two members with everything. Shared: a test that changes it fails, since it compares digests."""
    made_settings = plain_settings(sqlite(), Path(tmp_path_factory.mktemp("site")))
    made = create_app(made_settings)
    engine = made.extensions["charter.engine"]
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    filled = fill(World(made), made_settings)
    made.test_client_class = None  # that all of it is HTML is known from elsewhere, and parsing takes long
    yield filled
    engine.dispose()


@pytest.fixture
def unchecked(site: Site) -> Iterator[Site]:
    """The same without CSRF: what is refused must be so by its rule, not for want of a token."""
    site.world.app.config["WTF_CSRF_ENABLED"] = False
    yield site
    site.world.app.config["WTF_CSRF_ENABLED"] = True


@pytest.fixture
def on_postgresql(postgresql: NewDatabase, tmp_path: Path) -> Iterator[Site]:  # noqa: F811
    """The same two members on the other database."""
    made_settings = plain_settings(postgresql(), tmp_path)
    made = create_app(made_settings)
    yield fill(World(made), made_settings)
    made.extensions["charter.engine"].dispose()
