"""Downloads of a published release: exactly the bytes that were frozen."""

from __future__ import annotations

from flask import Response, abort, g

from charter.services import public_releases as services
from charter.services.report_jobs import PDF
from charter.stores import store_for
from charter.web.access import alike, allow
from charter.web.downloads import as_attachment
from charter.web.public import blueprint
from charter.web.public_pages import kept
from charter.web.requests import database, settings


@blueprint.get("/benchmarks/<name>/release.json")
@allow(alike)
def release_json(name: str) -> Response:
    """All figures as JSON."""
    return _download(_files(name).release.encode(), name=f"release-{name}.json", media_type="application/json")


@blueprint.get("/benchmarks/<name>/release.csv")
@allow(alike)
def release_table(name: str) -> Response:
    """All figures as a table."""
    return _download(_files(name).table.encode(), name="release.csv", media_type="text/csv")


@blueprint.get("/benchmarks/<name>/datapackage.json")
@allow(alike)
def release_package(name: str) -> Response:
    """What the table's columns mean (Frictionless)."""
    return _download(_files(name).package.encode(), name="datapackage.json", media_type="application/json")


@blueprint.get("/benchmarks/<name>/datapackage.zip")
@allow(alike)
def release_zip(name: str) -> Response:
    """Table, JSON and description in one file."""
    return _download(_files(name).package_zip(), name=f"benchmarks-{name}.zip", media_type="application/zip")


@blueprint.get("/benchmarks/<name>/report.pdf")
@allow(alike)
def release_report(name: str) -> Response:
    """The report in the language of the address, once it is made."""
    db = database()
    release = services.find_published(db, name)
    job = services.report_file(db, settings(), release, language=g.translator.language) if release else None
    if job is None or job.stored_name is None:
        abort(404)
    try:
        content = store_for(settings()).get(job.stored_name)
    except FileNotFoundError:
        abort(404)
    return _download(content, name=job.file_name or "benchmarks.pdf", media_type=PDF)


def _download(content: bytes, *, name: str, media_type: str) -> Response:
    return kept(as_attachment(content, name=name, media_type=media_type))


def _files(name: str) -> services.ReleaseFiles:
    found = services.files_of_release(database(), name)
    if found is None:
        abort(404)
    return found
