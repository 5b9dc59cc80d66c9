"""Everything that the coalition keeps of a member, for its lead to take away."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from charter.services.exports import latest_export, request_export
from charter.web.access import allow, organization_lead
from charter.web.member import blueprint
from charter.web.requests import actor, database


@blueprint.get("/member/<int:organization_id>/data")
@allow(organization_lead)
def own_data(organization_id: int) -> str:
    """What is in the file, and the button that asks for it."""
    return render_template(
        "member/own_data.html.j2",
        organization=g.organization,
        latest=latest_export(database(), actor(), g.organization),
    )


@blueprint.post("/member/<int:organization_id>/data")
@allow(organization_lead)
def request_own_data(organization_id: int) -> Response:
    """Have it made."""
    job = request_export(database(), actor(), g.organization)
    return redirect(url_for("account.job", job_id=job.id))
