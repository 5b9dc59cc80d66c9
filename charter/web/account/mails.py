"""Which mails one gets; and stopping one kind from the mail itself, without logging in."""

from __future__ import annotations

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectMultipleField

from charter.database.subscriptions import MailKind
from charter.i18n import translator
from charter.services import calendar_feeds, subscriptions
from charter.web.access import allow, everyone, signed_in
from charter.web.account import blueprint
from charter.web.forms import CharterForm
from charter.web.labels import label
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, settings
from questionnaires.message import message

HINTS = {
    MailKind.ACTIONS: message("Every Monday, if something is due or overdue. Leads also see what others have to do."),
    MailKind.CASELOAD: message(
        "Every Monday, if something waits for you or is overdue: assessments, actions to verify, help, visits."
    ),
    MailKind.CASELOAD_MONTHLY: message("The same on the first working day of the month."),
    MailKind.COALITION: message("On the first working day of the month: actions by state, and where they are overdue."),
    MailKind.DUE_DATES: message("Before an assessment is due, and before a staff round ends."),
    MailKind.REVIEWS: message("When an assessment has waited for your review for a week, and each week after that."),
}


class MailsForm(CharterForm):
    """A box for each kind."""

    kinds = SelectMultipleField(message("Send me"))


@blueprint.route("/account/mails", methods=["GET", "POST"])
@allow(signed_in)
def mails() -> Response | tuple[str, int]:
    """Choose mails; make, renew or remove the calendar."""
    choices = subscriptions.choices_of(database(), actor())
    form = MailsForm(kinds=[kind.value for kind, wanted in choices.items() if wanted])
    form.kinds.choices = [(kind.value, said(label(kind))) for kind in choices]
    if form.validate_on_submit():
        wanted = {MailKind(value) for value in form.kinds.data or ()}
        subscriptions.choose_mails(database(), actor(), wanted=wanted)
        flash(message("Saved."))
        return redirect(url_for("account.mails"))
    page = render_template(
        "account/mails.html.j2",
        form=form,
        hints={kind.value: said(HINTS[kind]) for kind in choices},
        may_have_calendar=calendar_feeds.may_have_calendar(actor()),
        feed=calendar_feeds.feed_of(database(), actor()),
    )
    return page, 422 if form.problems else 200


@blueprint.route("/mails/off/<token>", methods=["GET", "POST"])
@allow(everyone)
def unsubscribe(token: str) -> Response | str:
    """Stop one kind of mail. Looking changes nothing; mail programs send the form themselves (RFC 8058).

    The token in the address is signed, and it alone counts: whoever sends it may have no cookie and no form.
    """
    found = subscriptions.read_off_token(database(), settings(), token)
    if found is None:
        abort(404)
    person, kind = found
    if g.actor is None:
        g.translator = translator(person.language)
    if request.method == "POST":
        subscriptions.switch_off(database(), person, kind)
    return render_template("account/unsubscribe.html.j2", kind=kind, token=token, is_done=request.method == "POST")
