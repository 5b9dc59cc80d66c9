"""Logging in and out."""

from __future__ import annotations

from flask import g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField

from charter.services import logins, passkeys
from charter.services.errors import Invalid
from charter.web.access import allow, half_logged_in, visitor
from charter.web.account import blueprint
from charter.web.account.sessions import keep_token
from charter.web.addresses import safe_next
from charter.web.forms import CharterForm, Needed
from charter.web.requests import database, settings
from questionnaires.message import message

NEXT = "next"
CHALLENGE = "passkey-log-in"


class LogInForm(CharterForm):
    """Address and password."""

    email = StringField(message("E-mail"), [Needed()])
    password = PasswordField(message("Password"), [Needed()])
    next = HiddenField()


class PasskeyForm(CharterForm):
    """What the browser signed."""

    credential = HiddenField(validators=[Needed()])
    next = HiddenField()


@blueprint.route("/log-in", methods=["GET", "POST"])
@allow(visitor)
def log_in() -> str | Response | tuple[str, int]:
    """The first step; coalition staff, and whoever wants it, go on to the second."""
    if g.actor is not None and request.method == "GET":
        return redirect(url_for("public.home"))
    form = LogInForm(next=request.args.get("next"))
    if form.validate_on_submit():
        try:
            token = logins.log_in(
                database(),
                settings(),
                email=form.email.data,
                password=form.password.data,
                network=request.remote_addr,
                device=request.user_agent.string,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            keep_token(token)
            following = session[NEXT] = safe_next(form.next.data)
            return redirect(following)
    return _page(form, PasskeyForm(formdata=None, next=form.next.data))


@blueprint.post("/log-in/passkey")
@allow(visitor)
def log_in_with_passkey() -> Response | tuple[str, int]:
    """Both steps at once."""
    form = PasskeyForm()
    if form.validate_on_submit():
        db = database()
        try:
            person = passkeys.person_of_passkey(
                db,
                settings(),
                credential=form.credential.data,
                challenge=passkeys.as_bytes(session.pop(CHALLENGE, None)),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            keep_token(logins.start_session(db, person, device=request.user_agent.string, second_factor=True))
            return redirect(safe_next(form.next.data))
    return _page(LogInForm(formdata=None, next=form.next.data), form)


@blueprint.post("/log-out")
@allow(half_logged_in)
def log_out() -> Response:
    """Ends this log-in."""
    logins.end_session(database(), g.login.session_id)
    session.clear()
    return redirect(url_for("public.home"))


def _page(form: LogInForm, passkey: PasskeyForm) -> tuple[str, int]:
    options = None
    if passkeys.are_possible(settings()):
        options, challenge = passkeys.options_to_log_in(settings())
        session[CHALLENGE] = passkeys.as_text(challenge)
    page = render_template("account/log_in.html.j2", form=form, passkey=passkey, options=options)
    return page, 422 if form.problems or passkey.problems else 200
