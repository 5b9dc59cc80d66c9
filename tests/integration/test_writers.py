"""Writers of one process to one SQLite file."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from charter.database.engine import begin_writing, make_engine, session_factory, transaction

WRITERS, WRITES = 6, 5


@pytest.fixture
def sessions(tmp_path: Path) -> sessionmaker[Session]:
    """Of a database in which SQLite itself waits for nobody."""
    engine: Engine = make_engine(f"sqlite:///{tmp_path / 'notes.db'}")
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (text TEXT)"))
    return session_factory(engine)


def write(db: Session) -> None:
    db.execute(text("INSERT INTO note VALUES ('x')"))


def count(sessions: sessionmaker[Session]) -> int:
    with sessions() as db:
        return int(db.execute(text("SELECT count(*) FROM note")).scalar_one())


def test_threads_that_write_at_once_take_turns(sessions: sessionmaker[Session]) -> None:
    def keep_writing(_: int) -> None:
        for _ in range(WRITES):
            with transaction(sessions) as db:
                write(db)
                time.sleep(0.002)

    with ThreadPoolExecutor(WRITERS) as threads:
        list(threads.map(keep_writing, range(WRITERS)))
    assert count(sessions) == WRITERS * WRITES


def test_the_turn_goes_on_after_a_writer_that_failed(sessions: sessionmaker[Session]) -> None:
    with pytest.raises(ZeroDivisionError), transaction(sessions) as db:
        write(db)
        raise ZeroDivisionError
    with transaction(sessions) as db:
        write(db)
    assert count(sessions) == 1


def test_the_turn_goes_on_after_a_connection_that_broke(sessions: sessionmaker[Session]) -> None:
    with sessions() as db:
        begin_writing(db)
        db.connection().invalidate()
    with transaction(sessions) as db:
        write(db)
    assert count(sessions) == 1


def test_the_turn_goes_on_after_waiting_in_vain_for_another_process(
    sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    other = session_factory(make_engine(f"sqlite:///{tmp_path / 'notes.db'}"))
    with transaction(other), pytest.raises(OperationalError, match="locked"), transaction(sessions):
        pass
    with transaction(sessions) as db:
        write(db)
    assert count(sessions) == 1
