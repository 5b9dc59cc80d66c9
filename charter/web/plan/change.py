"""A plan beside a later assessment: actions done, and change measured."""

from __future__ import annotations

from flask import abort, g, render_template

from charter.services.plan_measures import later_assessments, plan_change
from charter.web.access import allow, plan_reader
from charter.web.plan import blueprint
from charter.web.requests import database, number_of_address


@blueprint.get("/plan/<int:plan_id>/change")
@allow(plan_reader)
def change(plan_id: int) -> str:
    """Beside the next closed assessment, or the later one that the address names."""
    db, plan = database(), g.plan
    later = later_assessments(db, plan.assessment)
    wanted = number_of_address("with")
    chosen = next((each for each in later if wanted in (None, each.id)), None)
    if wanted is not None and chosen is None:
        abort(404)
    return render_template(
        "plan/change.html.j2",
        plan=plan,
        later=later,
        found=plan_change(db, plan, chosen, language=g.translator.language) if chosen else None,
    )
