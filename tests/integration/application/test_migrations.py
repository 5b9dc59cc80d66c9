"""Migrations: they make what the models say, and go back, with rows in the tables."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, func, inspect, select

from charter.database import Base
from charter.database.engine import UnsafeDatabaseError, make_engine
from charter.database.people import Role
from charter.database.row_security import EVERYTHING, set_scope
from charter.database.upgrade import downgrade, is_current, migration_config, upgrade
from tests.integration.application.worlds import World


@pytest.fixture
def engine(world: World) -> Engine:
    mentor, lead = world.person("Our Mentor", Role.MENTOR), world.person("Our Lead")
    organization = world.organization("Lotus House", leads=(lead,), mentors=(mentor,))
    world.cycle(organization)
    found: Engine = world.app.extensions["charter.engine"]
    return found


def counts(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        set_scope(connection, EVERYTHING)
        return {
            table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def test_the_migrations_make_what_the_models_say(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_upgrade_that_is_not_due_changes_nothing(engine: Engine) -> None:
    before = counts(engine)
    assert sum(before.values()) > 5
    upgrade(engine)
    assert is_current(engine)
    assert counts(engine) == before


def test_every_migration_goes_back_and_forth_with_rows_in_the_tables(engine: Engine) -> None:
    revisions = [each.revision for each in ScriptDirectory.from_config(migration_config()).walk_revisions()]
    for revision in revisions:
        downgrade(engine, to="base" if revision == revisions[-1] else "-1")
    assert set(inspect(engine).get_table_names()) <= {"alembic_version"}
    upgrade(engine)
    assert is_current(engine)
    assert set(counts(engine).values()) == {0}


def test_a_file_in_wal_mode_is_refused_where_that_can_lose_commits(tmp_path, monkeypatch) -> None:
    import sqlite3

    path = tmp_path / "wal.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE one (id INTEGER)")
    connection.close()
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    engine = make_engine(f"sqlite:///{path}")
    with pytest.raises(UnsafeDatabaseError, match="WAL"):
        engine.connect()
    engine.dispose()


def test_what_is_acknowledged_is_on_disk(tmp_path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 3  # EXTRA
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    engine.dispose()
