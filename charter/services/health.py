"""How an installation is: what it needs in order to serve, and figures for whoever watches it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.jobs import Job, JobState
from charter.database.operation import SignOfLife
from charter.database.outbox import OutboxMail
from charter.database.row_security import is_above_policies
from charter.database.upgrade import is_current
from charter.stores import Store

log = logging.getLogger(__name__)

WORKER = "worker"
BACKUP = "backup"
WORKER_SILENT_AFTER = timedelta(minutes=5)
"""A worker gives a sign every minute."""
DATABASE_ROLE = "database-role"
"""We are connected to PostgreSQL as somebody for whom its policies of rows do not count."""


@dataclass(frozen=True)
class Readiness:
    """`failing`: without these nobody can be served. `late`: people can go on, but somebody has to look."""

    failing: tuple[str, ...]
    late: tuple[str, ...]


@dataclass(frozen=True)
class Figures:
    """What is counted in the database. Ages are in seconds; None where it never happened."""

    jobs: dict[str, int]
    mail_waiting: int
    mail_given_up: int
    worker_age: float | None
    backup_age: float | None


def readiness(engine: Engine, store: Callable[[], Store]) -> Readiness:
    """Try everything that a request needs; never raises. The reasons go to the log, since strangers may ask."""
    failing = [
        name
        for name, works in (
            ("database", lambda: _answers(engine)),
            ("migrations", lambda: is_current(engine)),
            ("store", lambda: _writable(store())),
        )
        if not _tried(name, works)
    ]
    if "database" in failing:
        return Readiness(tuple(failing), late=())
    late = [
        name
        for name, is_well in (
            (WORKER, lambda: _worker_lives(engine)),
            (DATABASE_ROLE, lambda: not _is_above_policies(engine)),
        )
        if not _tried(name, is_well)
    ]
    return Readiness(tuple(failing), tuple(late))


def figures(db: Session) -> Figures:
    """Four statements, however much there is."""
    jobs = {state.value: 0 for state in JobState}
    for state, number in db.execute(select(Job.state, func.count()).group_by(Job.state)):
        jobs[state.value] = number
    waiting = select(func.count()).where(OutboxMail.sent_at.is_(None), OutboxMail.given_up_at.is_(None))
    given_up = select(func.count()).where(OutboxMail.given_up_at.is_not(None))
    signs: dict[str, datetime] = {sign.name: sign.at for sign in db.scalars(select(SignOfLife))}
    return Figures(
        jobs=jobs,
        mail_waiting=db.scalar(waiting) or 0,
        mail_given_up=db.scalar(given_up) or 0,
        worker_age=_age(signs.get(WORKER)),
        backup_age=_age(signs.get(BACKUP)),
    )


def give_sign(db: Session, name: str) -> None:
    """This part has just done its work."""
    db.merge(SignOfLife(name=name, at=now()))
    db.flush()


def _age(at: datetime | None) -> float | None:
    return None if at is None else max(0.0, (now() - at).total_seconds())


def _tried(name: str, works: Callable[[], bool]) -> bool:
    try:
        return works()
    except Exception as error:
        # Whatever it is, it means the same: not ready.
        log.warning("%s: %s", name, type(error).__name__)
        return False


def _answers(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(select(1)) == 1)


def _is_above_policies(engine: Engine) -> bool:
    with engine.connect() as connection:
        return is_above_policies(connection)


def _writable(store: Store) -> bool:
    name = store.put(b"")
    store.delete(name)
    return True


def _worker_lives(engine: Engine) -> bool:
    with Session(engine) as db:
        sign = db.get(SignOfLife, WORKER)
        return sign is not None and now() - sign.at < WORKER_SILENT_AFTER
