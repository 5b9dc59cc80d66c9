"""One assessment as coordinators see it: why it waits, and what they can do about it."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import TextAreaField

from charter.clock import today
from charter.services import assessments, cycles, review
from charter.services.errors import Invalid
from charter.services.events import events_of
from charter.services.organizations import people_of
from charter.services.overview import standing
from charter.services.states import Move, Party, moves_from
from charter.services.withdrawing import withdraw
from charter.web.access import allow, assessment_coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.overview import WAITS_FOR
from charter.web.coalition.tasks import Page, task_page
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import Message, message

ASK: dict[str, tuple[Message, Message, Message, tuple[Message, ...]]] = {
    "withdraw": (
        message("Withdraw from this cycle"),
        message("Withdraw"),
        message("Withdrawn from the cycle."),
        (
            message("The organization can no longer answer. What it has answered is kept."),
            message("You can invite it again."),
        ),
    ),
    "invite_again": (
        message("Invite again"),
        message("Invite again"),
        message("Invited again."),
        (message("The organization goes on where it stopped."),),
    ),
    "reopen": (
        message("Open again"),
        message("Open again"),
        message("Opened again."),
        (
            message("The result is no longer frozen."),
            message("The mentor can change verified ratings, ask for changes and close it again."),
            message("The leads of the organization get a mail with your reason."),
        ),
    ),
}
"""Title, button, what is said afterwards, and what will happen, by move."""


class ReasonForm(CharterForm):
    """Why."""

    reason = TextAreaField(message("Reason"), [Needed(), AtMost(1000)], filters=[clean_text])


class DueForm(ReasonForm):
    """Until when, and why."""

    due_on = DayField(message("Due on"), [Needed()])


@blueprint.get("/coalition/assessments/<int:assessment_id>")
@allow(assessment_coordinator)
def assessment(assessment_id: int) -> str:
    """Where it stands, who can be asked, what happened."""
    db = database()
    return render_template(
        "coalition/assessment.html.j2",
        assessment=g.assessment,
        standing=standing(db, g.assessment, today=today(settings().zone)),
        people=people_of(db, g.assessment.organization_id),
        events=events_of(db, assessment_id=assessment_id, limit=20),
        moves=[(each.name, ASK[each.name][0]) for each in _moves()],
        waits_for=WAITS_FOR,
    )


@blueprint.route(
    "/coalition/assessments/<int:assessment_id>/<any(withdraw, invite_again, reopen):name>", methods=["GET", "POST"]
)
@allow(assessment_coordinator)
def move_assessment(assessment_id: int, name: str) -> Page | Response:
    """Withdraw, invite again, or reopen, with a reason."""
    title, button, done, consequences = ASK[name]
    form = ReasonForm()
    if form.validate_on_submit():
        db = database()
        if name == "reopen":
            address = settings().public_url.rstrip("/") + url_for("assessment.result", assessment_id=assessment_id)
            review.reopen(db, actor(), assessment=g.assessment, reason=form.reason.data, address=address)
        elif name == "withdraw":
            withdraw(db, actor(), assessment=g.assessment, reason=form.reason.data)
        else:
            assessments.move(db, actor(), g.assessment, name, reason=form.reason.data)
        flash(done)
        return redirect(_page())
    if name not in {each.name for each in _moves()}:
        abort(404)
    return task_page(
        form,
        title=title,
        button=button,
        back=(g.assessment.organization.name, _page()),
        consequences=consequences,
        kind="danger" if name == "withdraw" else "primary",
        hints={"reason": message("The organization and its mentor can read it.")},
    )


@blueprint.route("/coalition/assessments/<int:assessment_id>/due", methods=["GET", "POST"])
@allow(assessment_coordinator)
def change_due_date(assessment_id: int) -> Page | Response:
    """Another due date for this member."""
    form = DueForm(due_on=g.assessment.due_on)
    if form.validate_on_submit():
        try:
            cycles.change_due_date(
                database(), actor(), assessment=g.assessment, due_on=form.due_on.data, reason=form.reason.data
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The due date is changed."))
            return redirect(_page())
    return task_page(
        form,
        title=message("Change the due date"),
        button=message("Change the due date"),
        back=(g.assessment.organization.name, _page()),
    )


def _moves() -> list[Move]:
    return [each for each in moves_from(g.assessment.state, Party.COORDINATOR) if each.name in ASK]


def _page() -> str:
    return url_for("coalition.assessment", assessment_id=g.assessment.id)
