"""Logging in and out."""

from __future__ import annotations

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField

from charter.services import accounts, logins
from charter.web.access import allow, half_logged_in, visitor
from charter.web.account import blueprint
from charter.web.addresses import safe_next
from charter.web.forms import CharterForm, Needed
from charter.web.rendering import said
from charter.web.requests import TOKEN, database
from questionnaires.message import message


class LogInForm(CharterForm):
    """Address and password."""

    email = StringField(message("E-mail"), [Needed()])
    password = PasswordField(message("Password"), [Needed()])
    next = HiddenField()


@blueprint.route("/log-in", methods=["GET", "POST"])
@allow(visitor)
def log_in() -> str | Response | tuple[str, int]:
    """The first step; coalition staff are sent on to the second."""
    form = LogInForm(next=request.args.get("next"))
    if form.validate_on_submit():
        db = database()
        person = accounts.find_person(db, form.email.data)
        if accounts.password_is_right(person, form.password.data) and person is not None:
            session.clear()
            session[TOKEN] = logins.start_session(db, person, device=request.user_agent.string)
            session.permanent = True
            return redirect(safe_next(form.next.data))
        form.form_errors.append(said(message("Address or password is wrong.")))
    return render_template("account/log_in.html.j2", form=form), 422 if form.problems else 200


@blueprint.post("/log-out")
@allow(half_logged_in)
def log_out() -> Response:
    """Ends this log-in."""
    logins.end_session(database(), g.login.session_id)
    session.clear()
    return redirect(url_for("public.home"))
