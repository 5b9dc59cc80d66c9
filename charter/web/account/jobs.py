"""Waiting for a job that one person asked for, and fetching what it made."""

from __future__ import annotations

from flask import Response, abort

from charter.database.jobs import Job
from charter.services.exports import may_fetch
from charter.services.jobs import find_job
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.job_pages import job_page, made_file
from charter.web.requests import actor, database


@blueprint.get("/account/jobs/<job_id>")
@allow(signed_in)
def job(job_id: str) -> Response:
    """How far it is; loads itself again until there is something to fetch."""
    found = _job(job_id)
    return job_page("account/job.html.j2", found)


@blueprint.get("/account/jobs/<job_id>/file")
@allow(signed_in)
def job_file(job_id: str) -> Response:
    """What it made."""
    return made_file(_job(job_id))


def _job(job_id: str) -> Job:
    found = find_job(database(), job_id)
    if found is None or not may_fetch(actor(), found):
        abort(404)
    return found
