"""What every page of a job does: it loads itself again until there is something to fetch, and then gives it."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, make_response, render_template

from charter.database.jobs import Job, JobState
from charter.stores import store_for
from charter.web.downloads import as_attachment
from charter.web.requests import settings

SECONDS = "2"


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
