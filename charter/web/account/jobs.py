"""Waiting for a job that one person asked for, and fetching what it made."""

from __future__ import annotations

from flask import Response, abort, make_response, render_template

from charter.database.jobs import Job, JobState
from charter.services.exports import may_fetch
from charter.services.jobs import find_job
from charter.stores import store_for
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.downloads import as_attachment
from charter.web.requests import actor, database, settings


@blueprint.get("/account/jobs/<job_id>")
@allow(signed_in)
def job(job_id: str) -> Response:
    """How far it is; loads itself again until there is something to fetch."""
    found = _job(job_id)
    response = make_response(render_template("account/job.html.j2", job=found))
    if found.state in (JobState.WAITING, JobState.RUNNING):
        response.headers["Refresh"] = "2"
    return response


@blueprint.get("/account/jobs/<job_id>/file")
@allow(signed_in)
def job_file(job_id: str) -> Response:
    """What it made."""
    found = _job(job_id)
    if found.state is not JobState.DONE or not found.stored_name:
        abort(404)
    try:
        content = store_for(settings()).get(found.stored_name)
    except FileNotFoundError:
        abort(404)
    return as_attachment(content, name=found.file_name or "file", media_type=found.media_type or "")


def _job(job_id: str) -> Job:
    found = find_job(database(), job_id)
    if found is None or not may_fetch(actor(), found):
        abort(404)
    return found
