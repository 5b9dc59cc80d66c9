"""Published releases as everybody may have them: from their frozen texts, and from nothing else."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload, undefer

from charter.config import Settings
from charter.database.engine import end_reading
from charter.database.jobs import Job, JobState
from charter.database.releases import Release, ReleaseState
from charter.i18n import LANGUAGES
from charter.services.errors import NotFound
from charter.services.jobs import request_job
from charter.services.packs import pack_of
from charter.services.report_jobs import PDF, JobFile
from scoring.benchmarks.reading import read_release

if TYPE_CHECKING:
    from charter.reports.benchmarks import Shown

REPORT = "benchmark-report"
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class ReleaseFiles:
    """A release as files, by name."""

    release: str
    table: str
    package: str

    def package_zip(self) -> bytes:
        """The data package with what it describes; the same bytes every time."""
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in (
                ("datapackage.json", self.package),
                ("release.csv", self.table),
                ("release.json", self.release),
            ):
                entry = zipfile.ZipInfo(name, date_time=_NO_TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, text.encode())
        return made.getvalue()


def published(db: Session) -> list[Release]:
    """Every published release, newest first, without its texts; one statement."""
    return list(db.scalars(_published().order_by(Release.number.desc())))


def find_published(db: Session, name: str) -> Release | None:
    """The published release of that name, with its text; drafts do not exist here."""
    return db.scalar(_published().where(Release.name == name).options(undefer(Release.release_text)))


def files_of_release(db: Session, name: str) -> ReleaseFiles | None:
    """What everybody may download of the published release of that name."""
    row = db.execute(
        select(Release.release_text, Release.table_text, Release.package_text).where(
            Release.name == name, Release.state == ReleaseState.PUBLISHED
        )
    ).one_or_none()
    return None if row is None else ReleaseFiles(*row)


def in_words(db: Session, release: Release, *, language: str) -> Shown:
    """The release as tables and charts in that language."""
    from charter.reports.benchmarks import shown

    content = read_release(json.loads(release.release_text))
    return shown(content, release.declaration["groups"], pack_of(db, release.published_pack), language=language)


def is_waiting(release: Release) -> bool:
    """Whether the release says that somebody waits for a later one."""
    return bool(json.loads(release.release_text)["waiting"])


def request_reports(db: Session, settings: Settings, release: Release) -> None:
    """Have the PDF of a published release made in each language that lacks it."""
    if release.state is not ReleaseState.PUBLISHED:
        return
    for language in [code for code in settings.languages if code in LANGUAGES] or LANGUAGES:
        arguments = _arguments(settings, release, language)
        if not _report_jobs(db, arguments):
            request_job(db, None, kind=REPORT, arguments=arguments)


def request_missing_reports(db: Session, settings: Settings) -> None:
    """The same for every published release, such as after a restore or with a new language."""
    for release in published(db):
        request_reports(db, settings, release)


def report_file(db: Session, settings: Settings, release: Release, *, language: str) -> Job | None:
    """The job that made its PDF in that language; None as long as there is none."""
    jobs = _report_jobs(db, _arguments(settings, release, language))
    done = [job for job in jobs if job.state is JobState.DONE and job.stored_name]
    return done[-1] if done else None


def benchmark_report_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> JobFile:
    """Arguments: `release`, `language`, `coalition`. NotFound unless it is published."""
    from charter.reports.benchmarks_pdf import benchmarks_pdf

    release = db.scalar(
        _published().where(Release.id == int(arguments["release"])).options(undefer(Release.release_text))
    )
    if release is None or release.published_on is None:
        raise NotFound
    language = str(arguments["language"])
    found = in_words(db, release, language=language)
    name, published_on, waits = release.name, release.published_on, is_waiting(release)
    hashes = release.sha256, release.previous_sha256
    end_reading(db)
    progress(10)
    content = benchmarks_pdf(
        found,
        coalition=str(arguments["coalition"]),
        name=name,
        published_on=published_on,
        waiting=waits,
        hashes=hashes,
        language=language,
    )
    return JobFile(content, f"benchmarks-{name}-{language}.pdf", PDF)


def _arguments(settings: Settings, release: Release, language: str) -> dict[str, Any]:
    return {"release": release.id, "language": language, "coalition": settings.coalition}


def _report_jobs(db: Session, arguments: Mapping[str, Any]) -> list[Job]:
    """Those that did not fail, oldest first."""
    query = select(Job).where(Job.kind == REPORT, Job.arguments == dict(arguments), Job.state != JobState.FAILED)
    return list(db.scalars(query.order_by(Job.created_at)))


def _published() -> Select[Release]:
    return select(Release).where(Release.state == ReleaseState.PUBLISHED).options(joinedload(Release.published_pack))
