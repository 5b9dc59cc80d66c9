"""Checking what is still open, and submitting."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from charter.database.assessments import AssessmentState
from charter.services import readiness as service
from charter.services.readiness import BLOCKING, Concern
from charter.services.states import ANSWERABLE
from charter.web.access import allow, assessment_lead, assessment_member
from charter.web.member import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

_ADDRESS = "/member/assessments/<int:assessment_id>"


@blueprint.get(f"{_ADDRESS}/readiness")
@allow(assessment_member)
def readiness(assessment_id: int) -> str:
    """Everything to look at before submitting, each with a link to its answer."""
    return render_template(
        "member/readiness.html.j2",
        assessment=g.assessment,
        ready=service.readiness(database(), g.assessment, language=g.translator.language),
        concerns=Concern,
        blocking=BLOCKING,
        is_lead=actor().is_lead_of(g.assessment.organization_id),
        may_submit=g.assessment.state in ANSWERABLE,
    )


@blueprint.route(f"{_ADDRESS}/submit", methods=["GET", "POST"])
@allow(assessment_lead)
def submit(assessment_id: int) -> str | Response:
    """Says what submitting means, and asks; then submits."""
    if g.assessment.state is AssessmentState.SUBMITTED:
        return redirect(url_for("member.assessment", assessment_id=assessment_id))
    if request.method == "POST":
        address = settings().public_url.rstrip("/") + url_for("mentor.overview", assessment_id=assessment_id)
        if service.submit(database(), actor(), assessment=g.assessment, address=address):
            flash(message("Submitted. Your mentor has been told."))
        else:
            flash(message("Submitted. You have no mentor yet; the coalition will look at it."))
        return redirect(url_for("member.assessment", assessment_id=assessment_id))
    ready = service.readiness(database(), g.assessment, language=g.translator.language)
    if not ready.is_ready or g.assessment.state not in ANSWERABLE:
        return redirect(url_for("member.readiness", assessment_id=assessment_id))
    return render_template("member/submit.html.j2", assessment=g.assessment, ready=ready)
