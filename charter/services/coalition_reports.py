"""The coalition's report on a period, made by a job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from charter.clock import today
from charter.config import Settings
from charter.database.engine import end_reading
from charter.database.jobs import Job
from charter.database.releases import Release, ReleaseState
from charter.services.actors import Actor
from charter.services.coalition_activity import Between, activity
from charter.services.errors import Invalid
from charter.services.jobs import find_job, request_job
from charter.services.public_releases import in_words
from charter.services.report_jobs import PDF, XLSX, JobFile
from questionnaires.message import message

KIND = "coalition-report"
FORMATS = ("pdf", "xlsx")
MOST_DAYS = 366 * 5


def half_year(day: date) -> tuple[date, date]:
    """The half-year that a meeting looks back on: May to October, or November to April."""
    if 5 <= day.month <= 10:
        return date(day.year, 5, 1), date(day.year, 10, 31)
    year = day.year if day.month >= 11 else day.year - 1
    return date(year, 11, 1), date(year + 1, 4, 30)


def request_report(
    db: Session, actor: Actor, settings: Settings, *, first: date, last: date, language: str, format: str
) -> Job:
    """Ask for it. Invalid (`last`) for a period that ends before it begins, or is longer than five years."""
    if last < first:
        raise Invalid({"last": message("The last day lies before the first.")})
    if (last - first).days > MOST_DAYS:
        raise Invalid({"last": message("Choose at most five years.")})
    arguments = {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "language": language,
        "format": format,
        "coalition": settings.coalition,
        "currency": settings.currency,
        "time_zone": settings.time_zone,
    }
    return request_job(db, actor, kind=KIND, arguments=arguments)


def find_report(db: Session, job_id: str) -> Job | None:
    """The job, if it is one of these: every coordinator may see it."""
    job = find_job(db, job_id)
    return job if job is not None and job.kind == KIND else None


def coalition_report_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> JobFile:
    """Arguments: those of `request_report`, the coalition's name, currency and time zone."""
    from charter.reports.coalition import About, coalition_report, coalition_workbook

    zone = ZoneInfo(arguments["time_zone"])
    first, last = (date.fromisoformat(arguments[name]) for name in ("first", "last"))
    language = str(arguments["language"])
    found = activity(db, Between(first, last, zone), language=language)
    release = _release_until(db, last)
    results = None
    if release is not None and release.published_on is not None:
        results = release.name, release.published_on, in_words(db, release, language=language)
    end_reading(db)
    progress(10)
    about = About(str(arguments["coalition"]), first, last, today(zone), str(arguments["currency"]))
    name = f"coalition-{first.isoformat()}-{last.isoformat()}-{language}"
    if arguments["format"] == "xlsx":
        return JobFile(coalition_workbook(found, results, about, language=language), f"{name}.xlsx", XLSX)
    return JobFile(coalition_report(found, results, about, language=language), f"{name}.pdf", PDF)


def _release_until(db: Session, last: date) -> Release | None:
    """The last release published by that day."""
    return db.scalar(
        select(Release)
        .where(Release.state == ReleaseState.PUBLISHED, Release.published_on <= last)
        .options(joinedload(Release.published_pack), undefer(Release.release_text))
        .order_by(Release.number.desc())
        .limit(1)
    )
