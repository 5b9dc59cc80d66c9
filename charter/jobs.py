"""The worker: takes jobs from the queue, sends the mail, reminds people, and takes up what a dead worker left.

The table `job` is the truth; the queue (huey) only wakes workers. On SQLite the queue is a file in the instance folder,
on PostgreSQL it is in the database, so that any number of workers on any number of machines can serve it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from huey import Huey, PostgresHuey, SqliteHuey, crontab
from sqlalchemy import Engine, make_url
from sqlalchemy.orm import Session, sessionmaker

from charter.config import Settings
from charter.database.engine import make_engine, session_factory, transaction
from charter.database.row_security import EVERYTHING
from charter.services import health, jobs, outbox, reminders
from charter.services.coalition_reports import KIND as COALITION_REPORT
from charter.services.coalition_reports import coalition_report_job
from charter.services.evidence_files import remove_strays
from charter.services.exports import COALITION, STORE, ZONE, export_job, forget_old_exports
from charter.services.exports import KIND as ORGANIZATION_EXPORT
from charter.services.handled_forms import forget_handled
from charter.services.paper_forms import KIND as PAPER_FORM
from charter.services.paper_forms import paper_form_job
from charter.services.plan_proposals import KIND as PLAN_PROPOSAL
from charter.services.plan_proposals import plan_proposal_job
from charter.services.plan_reports import KIND as PLAN_REPORT
from charter.services.plan_reports import plan_report_job
from charter.services.public_releases import REPORT as BENCHMARK_REPORT
from charter.services.public_releases import benchmark_report_job, request_missing_reports
from charter.services.release_attack import release_attack_job
from charter.services.releases import ATTACK as RELEASE_ATTACK
from charter.services.report_jobs import JobFile, assessment_report_job
from charter.services.resource_imports import KIND as RESOURCE_IMPORT
from charter.services.resource_imports import import_job
from charter.services.workbooks import KIND as FORM_WORKBOOK
from charter.services.workbooks import form_workbook_job
from charter.stores import Store, store_for

log = logging.getLogger(__name__)

Progress = Callable[[int], None]
Write = Callable[[Session], None]
Work = Callable[[Session, Mapping[str, Any], Progress], JobFile | Write]
"""Reads first, then calls `end_reading`, then works: while a transaction reads, nobody can commit on SQLite.

It gives a file to keep, or what to write into the database in the transaction that ends the job.
"""

KINDS: dict[str, Work] = {
    "assessment-report": assessment_report_job,
    PAPER_FORM: paper_form_job,
    FORM_WORKBOOK: form_workbook_job,
    ORGANIZATION_EXPORT: export_job,
    PLAN_PROPOSAL: plan_proposal_job,
    PLAN_REPORT: plan_report_job,
    RESOURCE_IMPORT: import_job,
    RELEASE_ATTACK: release_attack_job,
    BENCHMARK_REPORT: benchmark_report_job,
    COALITION_REPORT: coalition_report_job,
}
"""What each kind of job does: it reads what it needs, tells its progress in percent, and gives a file or writes."""


@dataclass(frozen=True)
class Worker:
    """What running a job needs."""

    settings: Settings
    sessions: sessionmaker[Session]
    store: Store

    def run(self, job_id: str) -> None:
        """Run one job, once: whoever claims it first. Never raises for what is wrong with the job itself."""
        with transaction(self.sessions) as db:
            job = jobs.claim_job(db, job_id)
        if job is None:
            return
        try:
            with self.sessions() as db:
                made = KINDS[job.kind](db, job.arguments, lambda percent: self._tell(job_id, percent))
            self._keep(job_id, made)
        except Exception as error:
            log.exception("job %s (%s) failed", job_id, job.kind)
            with transaction(self.sessions) as db:
                jobs.fail_job(db, job_id, f"{type(error).__name__}: {error}")

    def run_waiting(self) -> int:
        """Run everything that waits, and what a dead worker left; gives their number."""
        with transaction(self.sessions) as db:
            waiting = jobs.release_lost_jobs(db)
        for job_id in waiting:
            self.run(job_id)
        return len(waiting)

    def give_sign(self) -> None:
        """Whoever watches the installation sees that there is a worker."""
        with transaction(self.sessions) as db:
            health.give_sign(db, health.WORKER)

    def deliver_mail(self) -> int:
        """Send what is due."""
        return outbox.deliver_due(self.sessions, self.settings)

    def keep_time(self) -> None:
        """Close staff rounds that are over, write today's reminders, sweep files that nothing refers to."""
        with transaction(self.sessions) as db:
            reminders.do_what_is_due(db, self.settings)
            request_missing_reports(db, self.settings)
            forget_handled(db)
            forget_old_exports(db)
        remove_strays(self.sessions, self.store)

    def _keep(self, job_id: str, made: JobFile | Write) -> None:
        if isinstance(made, JobFile):
            stored = self.store.put(made.content)
            with transaction(self.sessions) as db:
                jobs.finish_job(db, job_id, stored_name=stored, file_name=made.name, media_type=made.media_type)
            return
        with transaction(self.sessions) as db:
            made(db)
            jobs.finish_job(db, job_id)

    def _tell(self, job_id: str, percent: int) -> None:
        with transaction(self.sessions) as db:
            jobs.report_progress(db, job_id, percent)
            health.give_sign(db, health.WORKER)  # however long one job takes


def make_worker(settings: Settings, engine: Engine) -> Worker:
    """A worker on this database and the configured store."""
    store = store_for(settings)
    info = {STORE: store.get, COALITION: settings.coalition, ZONE: settings.zone}
    return Worker(settings, session_factory(engine, info=info, scope=EVERYTHING), store)


def make_queue(settings: Settings) -> Huey:
    """The queue that goes with the database."""
    url = make_url(settings.database)
    if url.get_backend_name() == "postgresql":
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresHuey("charter", dsn=plain, results=False)
    settings.instance.mkdir(parents=True, exist_ok=True)
    # Not WAL: see the decision on SQLite. A lost message costs a minute, since the table is swept.
    return SqliteHuey(
        "charter", filename=str(settings.instance / "queue.db"), journal_mode="delete", fsync=True, results=False
    )


def wake_function(settings: Settings) -> Callable[[str], None]:
    """How the web tells a worker of a new job. If that fails the job still runs: the table is swept every minute."""

    def wake(job_id: str) -> None:
        try:
            queue = make_queue(settings)
            try:
                _run_task(queue, lambda: None)(job_id)
            finally:
                queue.storage.close()
        except Exception:
            log.exception("no worker could be woken for job %s", job_id)

    return wake


def consumer(settings: Settings, *, threads: int = 2) -> Any:
    """What `charter worker` runs until it is stopped."""
    queue = make_queue(settings)
    worker = make_worker(settings, make_engine(settings.database))
    _run_task(queue, lambda: worker)

    @queue.periodic_task(crontab(minute="*"), name="every-minute")  # type: ignore[untyped-decorator]
    def every_minute() -> None:
        worker.give_sign()
        worker.deliver_mail()  # before jobs, of which one may take a quarter of an hour
        worker.run_waiting()

    @queue.periodic_task(crontab(minute="0"), name="every-hour")  # type: ignore[untyped-decorator]
    def every_hour() -> None:
        worker.keep_time()

    worker.give_sign()
    worker.run_waiting()
    return queue.create_consumer(
        workers=threads, worker_type="thread", periodic=True, check_worker_health=True, max_delay=1.0
    )


def _run_task(queue: Huey, worker: Callable[[], Worker | None]) -> Any:
    @queue.task(name="run-job")  # type: ignore[untyped-decorator]
    def run_job(job_id: str) -> None:
        found = worker()
        if found is not None:
            found.run(job_id)

    return run_job
