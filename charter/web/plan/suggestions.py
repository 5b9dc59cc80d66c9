"""Deciding on suggestions, changing them, adding an action of one's own."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from charter.clock import today
from charter.database.plans import Action, Decision, Plan, PlanState
from charter.reports.plan import said_with_months
from charter.services import plan_decisions, plans
from charter.services.errors import Invalid, Stale
from charter.services.plan_view import one_suggestion
from charter.web.access import allow, plan_planner
from charter.web.forms import AtMost, CharterForm, clean_text, whole
from charter.web.plan import blueprint
from charter.web.plan.forms import ActionForm, AddForm, stored_values
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

Page = str | Response | tuple[str, int]


class DecisionForm(CharterForm):
    """Act or not, with a reason."""

    decision = StringField()
    reason = TextAreaField(message("Reason"), [AtMost(plan_decisions.LONGEST_TEXT)], filters=[clean_text])
    version = StringField()


@blueprint.route("/plan/<int:plan_id>/suggestions/<int:action_id>", methods=["GET", "POST"])
@allow(plan_planner)
def suggestion(plan_id: int, action_id: int) -> Page:
    """Everything about one suggestion, to decide on it and to change it."""
    plan: Plan = g.plan
    action = plan_decisions.find_action(database(), plan, action_id)
    if plan.state is not PlanState.DRAFT:
        return redirect(url_for("plan.action", action_id=action_id))
    if request.method == "GET":
        return _page(plan, action)
    form = ActionForm()
    form.offer(plan_decisions.possible_owners(database(), plan, action))
    if form.validate():
        try:
            plan_decisions.edit_action(
                database(),
                actor(),
                plan=plan,
                action_id=action_id,
                version=form.version.data or 0,
                values=form.values(),
            )
        except Invalid as problem:
            form.take(problem)
        except Stale as stale:
            return _stale(plan, stale)
        else:
            flash(message("Saved."))
            return redirect(_back(plan_id, action_id))
    return _page(plan, action, form=form), 422


@blueprint.post("/plan/<int:plan_id>/suggestions/<int:action_id>/decision")
@allow(plan_planner)
def decide(plan_id: int, action_id: int) -> Page:
    """Act on it, or do not."""
    plan: Plan = g.plan
    form = DecisionForm()
    try:
        decision = Decision(form.decision.data)
    except ValueError:
        decision = Decision.OPEN
    if form.validate():
        try:
            plan_decisions.decide(
                database(),
                actor(),
                plan=plan,
                action_id=action_id,
                version=whole(form.version.data) or 0,
                decision=decision,
                reason=form.reason.data,
            )
        except Invalid as problem:
            form.take(problem)
        except Stale as stale:
            return _stale(plan, stale)
        else:
            return redirect(_back(plan_id, action_id))
    return _page(plan, plan_decisions.find_action(database(), plan, action_id), deciding=form), 422


@blueprint.post("/plan/<int:plan_id>/must-dos")
@allow(plan_planner)
def accept_must_dos(plan_id: int) -> Response:
    """Act on every must-do that nobody decided on yet."""
    number = plan_decisions.accept_must_dos(database(), actor(), plan=g.plan)
    flash(message("You act on {count} more must-dos.", count=number))
    return redirect(url_for("plan.overview", plan_id=plan_id) + "#must-dos")


@blueprint.route("/plan/<int:plan_id>/add", methods=["GET", "POST"])
@allow(plan_planner)
def add_action(plan_id: int) -> Page:
    """An action that the planner did not think of."""
    plan: Plan = g.plan
    day = today(settings().zone)
    form = AddForm(starts_on=day) if request.method == "GET" else AddForm()
    form.offer(plan_decisions.possible_owners(database(), plan))
    pack = plans.pack_in(database(), plan, language=g.translator.language)
    gaps = plan_decisions.gaps_of(database(), plan)
    form.criteria.choices = [(gap.criterion, f"{gap.criterion} {pack.criterion(gap.criterion).title}") for gap in gaps]
    if request.method == "POST" and form.validate():
        try:
            action = plan_decisions.add_action(
                database(), actor(), plan=plan, values=form.values(), criteria=form.criteria.data or ()
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The action is part of the plan."))
            if plan.state is PlanState.DRAFT:
                return redirect(_back(plan_id, action.id))
            return redirect(url_for("plan.action", action_id=action.id))
    page = render_template("plan/add.html.j2", plan=plan, form=form)
    return (page, 422) if form.problems else page


def _page(plan: Plan, action: Action, *, form: ActionForm | None = None, deciding: DecisionForm | None = None) -> str:
    if form is None:
        form = ActionForm(formdata=None, **stored_values(action))
        form.offer(plan_decisions.possible_owners(database(), plan, action))
    return render_template(
        "plan/suggestion.html.j2",
        plan=plan,
        action=action,
        shown=one_suggestion(database(), plan, action, language=g.translator.language),
        form=form,
        deciding=deciding or DecisionForm(formdata=None, reason=action.decision_reason, prefix=""),
        in_words=lambda reason: said_with_months(reason, g.translator),
        Decision=Decision,
    )


def _stale(plan: Plan, stale: Stale) -> tuple[str, int]:
    flash(
        message("Not saved: somebody else changed this action in between. Below it is as it stands now."),
        category="problem",
    )
    return _page(plan, stale.current), 409


def _back(plan_id: int, action_id: int) -> str:
    return url_for("plan.overview", plan_id=plan_id) + f"#action-{action_id}"
