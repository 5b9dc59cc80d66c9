"""What happened to an assessment: who, when and why."""

from __future__ import annotations

from flask import g, render_template

from charter.services.events import events_of
from charter.web.access import allow, assessment_reader
from charter.web.assessment import blueprint
from charter.web.requests import database


@blueprint.get("/assessment/<int:assessment_id>/history")
@allow(assessment_reader)
def history(assessment_id: int) -> str:
    """Every event, newest first."""
    return render_template(
        "assessment/history.html.j2",
        assessment=g.assessment,
        events=events_of(database(), assessment_id=assessment_id, limit=1000),
    )
