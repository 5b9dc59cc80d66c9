"""Engines and sessions: one way to reach the database, whichever it is."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from charter.database.row_security import NOTHING, Scope, scope_each_transaction

WRITING = {"charter_begin": "BEGIN IMMEDIATE"}
"""Execution options of a transaction that will write: SQLite then waits for its turn instead of failing later."""

LONGEST_WAIT = 30.0
"""Seconds that whoever writes to SQLite waits for its turn."""

_AFTER_COMMIT = "charter_after_commit"
_TURN = "charter_turn"


class UnsafeDatabaseError(Exception):
    """A database that can lose what it acknowledged."""


def make_engine(url: str) -> Engine:
    """An engine; SQLite is set to keep what it acknowledges. UnsafeDatabaseError for a file that is not safe."""
    # hide_parameters: an error's text goes to the log, and values are what somebody typed.
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, isolation_level="READ COMMITTED", hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(parsed, connect_args={"timeout": LONGEST_WAIT}, hide_parameters=True)
    event.listen(engine, "connect", _set_up_sqlite)
    _take_turns(engine)
    return engine


def session_factory(
    engine: Engine, *, info: dict[str, Any] | None = None, scope: Scope = NOTHING
) -> sessionmaker[Session]:
    """Makes sessions whose objects stay readable after the commit, each with a copy of `info`.

    `scope`: whose rows they see on PostgreSQL until told otherwise; everybody's only for what serves no one person.
    """
    made = sessionmaker(engine, expire_on_commit=False, info=info or {})
    if engine.dialect.name == "postgresql":
        scope_each_transaction(made, scope)
    return made


def begin_writing(db: Session) -> None:
    """Say at the start of a transaction that it will write."""
    db.connection(execution_options=WRITING)


def end_reading(db: Session) -> None:
    """Let go of the database before work that takes long; objects that were read stay readable.

    In SQLite's rollback journal a writer cannot commit while anybody's transaction has read and not ended.
    """
    db.commit()


@contextmanager
def transaction(factory: sessionmaker[Session]) -> Iterator[Session]:
    """A session that commits at the end, or rolls back if anything is raised; outside of web requests."""
    with factory() as db:
        begin_writing(db)
        yield db
        commit(db)


def after_commit(db: Session, action: Callable[[], None]) -> None:
    """Do this once the transaction is on disk, and never if it fails."""
    db.info.setdefault(_AFTER_COMMIT, []).append(action)


def commit(db: Session) -> None:
    """Commit, then do what was waiting for it."""
    db.commit()
    for action in db.info.pop(_AFTER_COMMIT, ()):
        action()


def undo(db: Session) -> None:
    """Roll back, and forget what was waiting for the commit."""
    db.rollback()
    db.info.pop(_AFTER_COMMIT, None)


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions begin too late and end too early; see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
        if mode == "wal" and sqlite3.sqlite_version_info < (3, 51, 3):
            raise UnsafeDatabaseError(
                f"the database file is in WAL mode, in which SQLite {sqlite3.sqlite_version} can lose commits; "
                "run: sqlite3 FILE 'PRAGMA journal_mode=DELETE'"
            )
        if mode not in ("memory", "wal"):
            cursor.execute("PRAGMA journal_mode=DELETE")
        cursor.execute("PRAGMA synchronous=EXTRA")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA busy_timeout={LONGEST_WAIT * 1000:.0f}")
    finally:
        cursor.close()


def _take_turns(engine: Engine) -> None:
    """Let the threads of this process write one after the other.

    SQLite has one writer, and whoever waits for it looks again after ever longer pauses, up to a tenth of a second:
    with several waiting, most of the time goes by while nobody writes, and some wait for seconds. Whoever waits here
    goes on at once. Other processes wait for one another in SQLite's way.
    """
    turn = threading.Lock()

    def begin(connection: Connection) -> None:
        statement = connection.get_execution_options().get("charter_begin")
        if statement is None:
            # Cannot fail; past SQLAlchemy, since every request does it.
            cursor = connection.connection.cursor()
            cursor.execute("BEGIN")
            cursor.close()
            return
        # Whoever waited in vain finds out in SQLite, which then says so.
        if turn.acquire(timeout=LONGEST_WAIT):
            connection.info[_TURN] = turn
        connection.exec_driver_sql(statement)

    def end(_connection: Any, record: ConnectionPoolEntry, *_: Any) -> None:
        if record.info.pop(_TURN, None) is not None:
            turn.release()

    event.listen(engine, "begin", begin)
    event.listen(engine, "checkin", end)
    event.listen(engine, "invalidate", end)
