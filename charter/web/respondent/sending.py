"""Sending the sheet: asks once, then it cannot be changed."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from charter.services.sheets import pages_of, read_draft, send_sheet
from charter.web.access import allow, respondent, unnamed
from charter.web.forms import CharterForm
from charter.web.requests import database, settings
from charter.web.respondent import blueprint
from charter.web.respondent.holding import put_away
from charter.web.respondent.rating import answered


class SendForm(CharterForm):
    """Nothing but the consent to send."""


@blueprint.route("/send", methods=["GET", "POST"])
@allow(respondent)
def send() -> str | Response:
    """Says what sending means; then does it."""
    if g.respondent.sent or not g.respondent.accepts:
        return redirect(url_for("respondent.welcome"))
    form = SendForm()
    if form.validate_on_submit():
        send_sheet(database(), settings(), g.respondent)
        put_away()
        return redirect(url_for("respondent.thanks"))
    pack, pages = pages_of(database(), g.respondent, language=g.translator.language)
    return render_template(
        "respondent/send.html.j2",
        form=form,
        held=g.respondent,
        pack=pack,
        answered=answered(pages, read_draft(database(), settings(), g.respondent)),
        total=sum(len(page.criteria) for page in pages),
    )


@blueprint.get("/thanks")
@allow(unnamed)
def thanks() -> str:
    """It is sent."""
    return render_template("respondent/thanks.html.j2")
