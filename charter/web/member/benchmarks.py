"""Taking part in benchmarks: the lead's decision for each cycle, after reading what is published and what never."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from charter.services import benchmark_choices as services
from charter.web.access import allow, organization_lead, organization_member
from charter.web.member import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database
from questionnaires.message import message


@blueprint.get("/member/<int:organization_id>/benchmarks")
@allow(organization_member)
def benchmarks(organization_id: int) -> str:
    """Every cycle with its decision."""
    return render_template(
        "member/benchmarks.html.j2",
        organization=g.organization,
        choices=services.choices_of(database(), organization_id),
        may_decide=actor().is_lead_of(organization_id),
    )


@blueprint.post("/member/<int:organization_id>/benchmarks/<int:cycle_id>")
@allow(organization_lead)
def decide_on_benchmarks(organization_id: int, cycle_id: int) -> Response:
    """Take part with this cycle's result, or no longer."""
    wanted = request.form.get("take_part", "")
    if wanted not in ("yes", "no"):
        abort(400)
    services.decide(database(), actor(), organization=g.organization, cycle_id=cycle_id, opted_in=wanted == "yes")
    flash(message("Your organization takes part.") if wanted == "yes" else message("Your organization takes no part."))
    return redirect(url_for("member.benchmarks", organization_id=organization_id))
