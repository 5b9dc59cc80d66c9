"""One assessment, for the member: where it stands and what to do next."""

from __future__ import annotations

from flask import g, render_template

from charter.services.member_overview import Step, overview
from charter.web.access import allow, assessment_member
from charter.web.member import blueprint
from charter.web.requests import actor, database


@blueprint.get("/member/assessments/<int:assessment_id>")
@allow(assessment_member)
def assessment(assessment_id: int) -> str:
    """The steps, the principles, and one thing to do next."""
    return render_template(
        "member/assessment.html.j2",
        assessment=g.assessment,
        overview=overview(database(), g.assessment, language=g.translator.language),
        step=Step,
        is_lead=actor().is_lead_of(g.assessment.organization_id),
    )
