"""Waiting for a job, and fetching what it made."""

from __future__ import annotations

from flask import Response, abort, g, make_response, render_template

from charter.database.jobs import Job, JobState
from charter.services.jobs import find_job
from charter.stores import store_for
from charter.web.access import allow, assessment_reader
from charter.web.assessment import blueprint
from charter.web.downloads import as_attachment
from charter.web.requests import database, settings


@blueprint.get("/assessment/<int:assessment_id>/jobs/<job_id>")
@allow(assessment_reader)
def job(assessment_id: int, job_id: str) -> Response:
    """How far it is; loads itself again until there is something to fetch."""
    found = _job(job_id)
    response = make_response(render_template("assessment/job.html.j2", assessment=g.assessment, job=found))
    if found.state in (JobState.WAITING, JobState.RUNNING):
        response.headers["Refresh"] = "2"
    return response


@blueprint.get("/assessment/<int:assessment_id>/jobs/<job_id>/file")
@allow(assessment_reader)
def job_file(assessment_id: int, job_id: str) -> Response:
    """What it made."""
    found = _job(job_id)
    if found.state is not JobState.DONE or not found.stored_name:
        abort(404)
    try:
        content = store_for(settings()).get(found.stored_name)
    except FileNotFoundError:
        abort(404)
    return as_attachment(content, name=found.file_name or "report", media_type=found.media_type or "")


def _job(job_id: str) -> Job:
    found = find_job(database(), job_id)
    if found is None or found.assessment_id != g.assessment.id:
        abort(404)
    return found
