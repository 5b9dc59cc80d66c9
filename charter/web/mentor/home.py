"""The mentor's queue."""

from __future__ import annotations

from flask import render_template

from charter.clock import today
from charter.services.caseload import caseload
from charter.web.access import allow, mentor
from charter.web.mentor import blueprint
from charter.web.requests import actor, database, settings


@blueprint.get("/mentor")
@allow(mentor)
def home() -> str:
    """What waits longest first; then every other member, and where it stands."""
    day = today(settings().zone)
    return render_template("mentor/home.html.j2", cases=caseload(database(), actor(), today=day), today=day)
