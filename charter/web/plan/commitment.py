"""Committing the plan, and the mentor's answer to it."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from charter.database.plans import Decision, Plan, PlanState
from charter.services import plans
from charter.services.errors import Invalid, Stale
from charter.services.plan_view import plan_view
from charter.web.access import allow, plan_lead, plan_mentor
from charter.web.forms import AtMost, CharterForm, clean_text, whole
from charter.web.plan import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

Page = str | Response | tuple[str, int]


class AskBackForm(CharterForm):
    """What the mentor wants changed."""

    comment = TextAreaField(message("What should change"), [AtMost(plans.LONGEST_TEXT)], filters=[clean_text])


@blueprint.route("/plan/<int:plan_id>/commit", methods=["GET", "POST"])
@allow(plan_lead)
def commit(plan_id: int) -> Page:
    """Say what will be committed and what left out; then do it."""
    plan: Plan = g.plan
    if plan.state is not PlanState.DRAFT:
        # Also the second click of a double one: what was asked for is done.
        return redirect(url_for("plan.overview", plan_id=plan_id))
    if request.method == "POST":
        left_out = [number for each in request.form.getlist("left_out") if (number := whole(each)) is not None]
        try:
            plans.commit_plan(database(), actor(), plan=plan, left_out=left_out, address=_address(plan_id))
        except Stale:
            flash(message("Not committed: suggestions have changed in between. Please look again."), category="problem")
            return _confirm(plan), 409
        flash(message("The plan is committed. Your mentor is asked to agree."))
        return redirect(url_for("plan.overview", plan_id=plan_id))
    return _confirm(plan)


@blueprint.post("/plan/<int:plan_id>/agree")
@allow(plan_mentor)
def agree(plan_id: int) -> Response:
    """The mentor agrees."""
    plans.agree_to_plan(database(), actor(), plan=g.plan, address=_address(plan_id))
    flash(message("You agree to the plan. The leads are told."))
    return redirect(url_for("plan.overview", plan_id=plan_id))


@blueprint.route("/plan/<int:plan_id>/ask-back", methods=["GET", "POST"])
@allow(plan_mentor)
def ask_back(plan_id: int) -> Page:
    """The mentor does not agree yet, and says why."""
    form = AskBackForm()
    if form.validate_on_submit():
        try:
            plans.ask_back(database(), actor(), plan=g.plan, comment=form.comment.data, address=_address(plan_id))
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The plan is open for changes again. The leads are told."))
            return redirect(url_for("plan.overview", plan_id=plan_id))
    page = render_template("plan/ask_back.html.j2", plan=g.plan, form=form)
    return (page, 422) if form.problems else page


def _confirm(plan: Plan) -> str:
    view = plan_view(database(), plan, language=g.translator.language)
    return render_template("plan/commit.html.j2", plan=plan, view=view, Decision=Decision)


def _address(plan_id: int) -> str:
    return f"{settings().public_url}{url_for('plan.overview', plan_id=plan_id)}"
