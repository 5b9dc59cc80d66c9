"""An acknowledged answer is there, whatever dies; and a job whose worker dies is done once. More: `make durability`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from bench.durability import Amount, tried
from bench.people import Place
from bench.server import Server, postgresql
from bench.steps import walked
from bench.synced import SAVES, CannotTrace, traced
from bench.writers import Writer
from charter.clock import now
from charter.config import Settings
from charter.database.assessments import RatingVersion
from charter.database.engine import make_engine, session_factory
from charter.database.jobs import Job, JobState
from charter.database.organizations import Organization
from charter.database.row_security import EVERYTHING
from charter.database.upgrade import upgrade
from charter.jobs import make_worker
from charter.services import agreement, exports
from charter.services.jobs import LOST_AFTER
from charter.stores import store_for
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World

STUCK = """
import time
from charter import jobs
from charter.config import Settings
from charter.database.engine import end_reading, make_engine

def stuck(db, arguments, progress):
    end_reading(db)
    progress(50)
    print("in the middle", flush=True)
    time.sleep(600)

jobs.KINDS = {name: stuck for name in jobs.KINDS}
settings = Settings()
jobs.make_worker(settings, make_engine(settings.database)).run_waiting()
"""


@on_sqlite_only
def test_no_acknowledged_answer_is_lost_when_processes_are_killed(settings: Settings) -> None:
    outcome = tried(settings, Amount(acknowledged=40, kills=1, restarts=1, seconds=40))
    assert outcome.acknowledged > 20
    assert outcome.kills + outcome.restarts > 0 and outcome.dropped > 0, "otherwise nothing was tried"
    assert outcome.is_clean, outcome


def test_what_is_called_saved_is_on_the_disk_before() -> None:
    """strace sees the server ask the kernel for it; saves that were not synchronized are the control.

    On SQLite, to keep it short; `make durability` looks at PostgreSQL as well.
    """
    try:
        careful, careless = traced("sqlite")
    except CannotTrace as reason:
        pytest.fail(str(reason))
    assert [each.status for each in careful + careless] == [200] * 2 * SAVES, "all were called saved"
    for each in careful:
        assert each.is_safe("sqlite"), each
    for each in careless:
        assert not each.is_safe("sqlite"), each


def test_a_database_that_goes_down_loses_nothing_and_is_used_again_once_it_is_back(tmp_path: Path) -> None:
    """PostgreSQL is stopped as by a crash while somebody saves; nothing else is started again."""
    with postgresql(tmp_path) as database:
        address = database.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        settings = Settings(instance=tmp_path / "instance", database_url=address)
        engine = make_engine(address)
        upgrade(engine)
        place, server, stop = Place(settings, 2), Server(settings, workers=1), threading.Event()
        server.start()
        server.wait()
        writer = Writer(server.port, place.leads[0], stop, Random(1), criteria=place.criteria, own=list(place.criteria))
        thread = threading.Thread(target=writer.run)
        thread.start()
        try:
            until(lambda: len(writer.saves) >= 5)
            os.kill(database.get_pid(), signal.SIGQUIT)
            until(lambda: writer.not_saved >= 3)
            database.ensure_postgres_running()
            before, back = len(writer.saves), time.monotonic()
            until(lambda: len(writer.saves) >= before + 5, seconds=30)
            assert time.monotonic() - back < 30
        finally:
            stop.set()
            thread.join()
            server.stop()
        if writer.problem is not None:
            raise writer.problem
        with session_factory(engine, scope=EVERYTHING)() as db:
            stored = {(row.criterion_id, row.version): row.note for row in db.scalars(select(RatingVersion))}
        engine.dispose()
    assert all(stored.get((save.criterion, save.version)) == save.note for save in writer.saves)
    assert writer.conflicts <= 1, "only the save of that moment may be in doubt"


def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


@on_sqlite_only
def test_in_any_order_and_from_pages_of_any_age_nothing_is_replaced_unseen(settings: Settings) -> None:
    walk = walked(settings, 150)
    assert walk.surprises == []
    assert min(walk.saved, walk.stale, walk.repeated, walk.decided) > 3, "otherwise little was tried"


@on_sqlite_only
def test_the_model_notices_when_the_last_one_wins(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    save = agreement._save

    def careless(db: Any, actor: Any, assessment: Any, draft: agreement.Draft, row: Any) -> Any:
        return save(db, actor, assessment, replace(draft, known_version=row.version if row else 0), row)

    monkeypatch.setattr(agreement, "_save", careless)
    assert walked(settings, 60).surprises


def test_a_job_whose_worker_is_killed_in_the_middle_is_done_by_another_one_once(
    world: World, settings: Settings
) -> None:
    lead = world.person("Sok Dara")
    house = world.organization("Lotus House", leads=(lead,))
    with world.writing() as db:
        exports.request_export(db, world.actor(db, lead), db.get_one(Organization, house.id))
    environment = os.environ | {
        "CHARTER_INSTANCE": str(settings.instance),
        "CHARTER_DATABASE_URL": settings.database,
        "CHARTER_SECRET_KEY": settings.key,
    }
    with subprocess.Popen([sys.executable, "-c", STUCK], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle\n"
        os.kill(process.pid, signal.SIGKILL)
    worker = make_worker(settings, world.engine)
    assert worker.run_waiting() == 0, "it may still live: nobody takes its job at once"
    (job,) = world.rows(Job)
    assert (job.state, job.percent) == (JobState.RUNNING, 50)
    with time_machine.travel(now() + LOST_AFTER + timedelta(minutes=1), tick=True):
        assert worker.run_waiting() == 1
        assert worker.run_waiting() == 0
    (job,) = world.rows(Job)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    assert len(list(store_for(settings).names())) == 1
