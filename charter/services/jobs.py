"""Jobs: asking for one, and taking it through its life. What each kind does is in charter/jobs.py."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.engine import after_commit
from charter.database.jobs import Job, JobState
from charter.services.actors import Actor

WAKE = "wake"
"""Under this name a session knows how to tell a worker of a new job: a function of the job's id."""

LOST_AFTER = timedelta(minutes=10)
"""A job that has shown no life for so long belonged to a worker that is gone."""

MOST_ATTEMPTS = 3


def request_job(
    db: Session,
    actor: Actor | None,
    *,
    kind: str,
    arguments: Mapping[str, Any],
    assessment_id: int | None = None,
) -> Job:
    """A job that a worker takes up after the commit; the same one if it waits or runs already."""
    same = db.scalar(
        select(Job).where(
            Job.kind == kind,
            Job.arguments == dict(arguments),
            Job.assessment_id == assessment_id if assessment_id is not None else Job.assessment_id.is_(None),
            Job.state.in_((JobState.WAITING, JobState.RUNNING)),
        )
    )
    if same is not None:
        return same
    job = Job(
        id=secrets.token_hex(16),
        kind=kind,
        arguments=dict(arguments),
        state=JobState.WAITING,
        requested_by_id=actor.id if actor else None,
        assessment_id=assessment_id,
        created_at=now(),
    )
    db.add(job)
    db.flush()
    wake = cast("Callable[[str], None] | None", db.info.get(WAKE))
    if wake is not None:
        after_commit(db, partial(wake, job.id))
    return job


def find_job(db: Session, job_id: str) -> Job | None:
    """The job with this id."""
    return db.get(Job, job_id)


def claim_job(db: Session, job_id: str) -> Job | None:
    """Take a waiting job; None if another worker was quicker, or it is done."""
    taken = cast(
        "CursorResult[Any]",
        db.execute(
            update(Job)
            .where(Job.id == job_id, Job.state == JobState.WAITING)
            .values(state=JobState.RUNNING, started_at=now(), attempts=Job.attempts + 1, percent=0)
        ),
    )
    return db.get(Job, job_id, populate_existing=True) if taken.rowcount == 1 else None


def report_progress(db: Session, job_id: str, percent: int) -> None:
    """How far it is; also says that its worker lives."""
    db.execute(
        update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING).values(percent=percent, started_at=now())
    )


def finish_job(
    db: Session,
    job_id: str,
    *,
    stored_name: str | None = None,
    file_name: str | None = None,
    media_type: str | None = None,
) -> None:
    """It is done; with its file if it made one."""
    db.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(
            state=JobState.DONE,
            percent=100,
            finished_at=now(),
            problem=None,
            stored_name=stored_name,
            file_name=file_name,
            media_type=media_type,
        )
    )


def fail_job(db: Session, job_id: str, problem: str) -> None:
    """It cannot be done; `problem` is for people who look after the installation."""
    db.execute(
        update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(state=JobState.FAILED, finished_at=now(), problem=problem[:300])
    )


def release_lost_jobs(db: Session) -> list[str]:
    """Jobs whose worker died wait again, or fail after too many attempts; gives the ids of all that wait."""
    lost = now() - LOST_AFTER
    dead = (Job.state == JobState.RUNNING, Job.started_at < lost)
    db.execute(
        update(Job)
        .where(*dead, Job.attempts >= MOST_ATTEMPTS)
        .values(state=JobState.FAILED, finished_at=now(), problem="its worker died, again and again")
    )
    db.execute(update(Job).where(*dead).values(state=JobState.WAITING))
    return list(db.scalars(select(Job.id).where(Job.state == JobState.WAITING).order_by(Job.created_at)))


def latest_jobs(db: Session, assessment_id: int, *, kinds: tuple[str, ...]) -> list[Job]:
    """The last jobs of an assessment that are not forgotten, newest first."""
    return list(
        db.scalars(
            select(Job)
            .where(Job.assessment_id == assessment_id, Job.kind.in_(kinds), Job.state != JobState.FAILED)
            .order_by(Job.created_at.desc())
            .limit(6)
        )
    )
