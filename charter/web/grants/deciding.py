"""What coordinators decide about a grant, and its end."""

from __future__ import annotations

from flask import g, redirect
from wtforms import RadioField, SelectChoice, TextAreaField

from charter.services import grants
from charter.services.errors import Invalid, Stale
from charter.web.access import allow, grant_coordinator
from charter.web.coalition.tasks import task_page
from charter.web.forms import AtMost, CharterForm, Needed, SeenVersion, clean_text
from charter.web.grants import blueprint
from charter.web.grants.parts import MoneyField, Page, back, to_grant
from charter.web.rendering import flash
from charter.web.requests import actor, database
from questionnaires.message import message


class DecisionForm(CharterForm):
    """Yes, no, or a question."""

    decision = RadioField(
        message("Decision"),
        [Needed()],
        choices=[
            SelectChoice("approve", message("Approve")),
            SelectChoice("return", message("Ask back: the member changes the request")),
            SelectChoice("decline", message("Decline")),
        ],
    )
    approved = MoneyField(message("Amount that is approved"))
    reason = TextAreaField(message("Reason"), [Needed(), AtMost(5000)], filters=[clean_text])
    version = SeenVersion()


class NoteForm(CharterForm):
    """A note, if there is one."""

    note = TextAreaField(message("Note"), [AtMost(5000)], filters=[clean_text])


class ReasonForm(CharterForm):
    """A reason that is needed."""

    reason = TextAreaField(message("Reason"), [Needed(), AtMost(5000)], filters=[clean_text])


@blueprint.route("/grants/<int:grant_id>/decide", methods=["GET", "POST"])
@allow(grant_coordinator)
def decide(grant_id: int) -> Page:
    """Approve an amount, ask back, or decline."""
    form = DecisionForm(approved=g.grant.requested, version=g.grant.version)
    if form.validate_on_submit():
        try:
            grants.decide(
                database(),
                actor(),
                grant=g.grant,
                decision=form.decision.data,
                reason=form.reason.data,
                approved=form.approved.data,
                known_version=form.version.known,
            )
        except Invalid as problem:
            form.take(problem)
        except Stale:
            form.take(Invalid({"": message("The member changed the request in the meantime. Read it again.")}))
        else:
            flash(message("Decided. The member gets a mail."))
            return redirect(to_grant())
    return task_page(
        form,
        title=message("Decide on the request"),
        button=message("Decide"),
        back=back(),
        hints={
            "reason": message("The member reads it."),
            "approved": message("Only if you approve. It may be less or more than what was asked for."),
        },
    )


@blueprint.route("/grants/<int:grant_id>/close", methods=["GET", "POST"])
@allow(grant_coordinator)
def close(grant_id: int) -> Page:
    """The report was read; nothing more is paid or spent."""
    form = NoteForm()
    if form.validate_on_submit():
        grants.close(database(), actor(), grant=g.grant, note=form.note.data)
        flash(message("The grant is closed."))
        return redirect(to_grant())
    return task_page(
        form,
        title=message("Close the grant"),
        button=message("Close it"),
        back=back(),
        consequences=[message("Nothing more can be paid or spent."), message("The report cannot be changed any more.")],
    )


@blueprint.route("/grants/<int:grant_id>/reopen", methods=["GET", "POST"])
@allow(grant_coordinator)
def reopen(grant_id: int) -> Page:
    """It was closed by mistake."""
    form = ReasonForm()
    if form.validate_on_submit():
        grants.reopen(database(), actor(), grant=g.grant, reason=form.reason.data)
        flash(message("The grant is open again."))
        return redirect(to_grant())
    return task_page(form, title=message("Open the grant again"), button=message("Open it"), back=back())
