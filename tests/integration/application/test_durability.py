"""An acknowledged answer is there, whatever dies; and a job whose worker dies is done once. More: `make durability`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta

import time_machine

from bench.durability import Amount, tried
from charter.clock import now
from charter.config import Settings
from charter.database.jobs import Job, JobState
from charter.database.organizations import Organization
from charter.jobs import make_worker
from charter.services import exports
from charter.services.jobs import LOST_AFTER
from charter.stores import store_for
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


def test_no_acknowledged_answer_is_lost_when_processes_are_killed(settings: Settings) -> None:
    outcome = tried(settings, Amount(acknowledged=60, kills=3, restarts=1, seconds=60))
    assert outcome.acknowledged > 20
    assert outcome.kills + outcome.restarts > 0 and outcome.replays > 0, "otherwise nothing was tried"
    assert outcome.is_clean, outcome


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
