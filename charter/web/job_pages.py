"""Jobs on pages: asking for a file, a page that loads itself again until there is something to fetch, and the file."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from charter.database.jobs import Job, JobState
from charter.i18n import LANGUAGES
from charter.services.jobs import request_job
from charter.stores import store_for
from charter.web.downloads import as_attachment
from charter.web.requests import actor, database, settings

SECONDS = "2"


def ask_for_file(kind: str, formats: Collection[str], *, assessment_id: int, **of: int) -> AnyResponse:
    """Ask a job for this file of an assessment, in the language and format that the form names; to the job's page."""
    language, wanted = request.form.get("language", ""), request.form.get("format", "")
    if language not in LANGUAGES or wanted not in formats:
        abort(400)
    arguments = {**of, "language": language, "format": wanted}
    job = request_job(database(), actor(), kind=kind, arguments=arguments, assessment_id=assessment_id)
    return redirect(url_for("assessment.job", assessment_id=assessment_id, job_id=job.id))


def job_page(template: str, job: Job, **shown: Any) -> Response:
    """How far the job is."""
    response = make_response(render_template(template, job=job, **shown))
    if job.state in (JobState.WAITING, JobState.RUNNING):
        response.headers["Refresh"] = SECONDS
    return response


def made_file(job: Job) -> Response:
    """What it made; 404 as long as there is nothing, or if the store has lost it."""
    if job.state is not JobState.DONE or not job.stored_name:
        abort(404)
    try:
        content = store_for(settings()).get(job.stored_name)
    except FileNotFoundError:
        abort(404)
    return as_attachment(content, name=job.file_name or "report", media_type=job.media_type or "")
