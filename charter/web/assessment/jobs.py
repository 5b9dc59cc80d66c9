"""Waiting for a job, and fetching what it made."""

from __future__ import annotations

from flask import Response, abort, g

from charter.database.jobs import Job
from charter.services.jobs import find_job
from charter.web.access import allow, assessment_reader
from charter.web.assessment import blueprint
from charter.web.job_pages import job_page, made_file
from charter.web.requests import database


@blueprint.get("/assessment/<int:assessment_id>/jobs/<job_id>")
@allow(assessment_reader)
def job(assessment_id: int, job_id: str) -> Response:
    """How far it is; loads itself again until there is something to fetch."""
    found = _job(job_id)
    return job_page("assessment/job.html.j2", found, assessment=g.assessment)


@blueprint.get("/assessment/<int:assessment_id>/jobs/<job_id>/file")
@allow(assessment_reader)
def job_file(assessment_id: int, job_id: str) -> Response:
    """What it made."""
    return made_file(_job(job_id))


def _job(job_id: str) -> Job:
    found = find_job(database(), job_id)
    if found is None or found.assessment_id != g.assessment.id:
        abort(404)
    return found
