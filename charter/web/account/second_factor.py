"""The second step of logging in, and setting it up."""

from __future__ import annotations

import segno
from flask import g, redirect, render_template, session, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import PasswordField, StringField

from charter.security import decrypt, encrypt
from charter.services import logins, second_factors
from charter.services.errors import Invalid
from charter.web.access import allow, half_logged_in, signed_in
from charter.web.account import blueprint
from charter.web.account.log_in import NEXT
from charter.web.account.sessions import keep_token
from charter.web.addresses import safe_next
from charter.web.forms import CharterForm, Needed
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

PENDING = "totp"
PENDING_PURPOSE = "totp that is not confirmed"
FEW = 3


class CodeForm(CharterForm):
    """A code of the app, or a recovery code."""

    code = StringField(message("Code"), [Needed()])


class SetUpForm(CodeForm):
    """The first code; the password only where there is a second factor already."""

    password = PasswordField(message("Your password"))


class PasswordForm(CharterForm):
    """The own password, before something that a stranger must not do."""

    password = PasswordField(message("Your password"), [Needed()])


@blueprint.route("/second-factor", methods=["GET", "POST"])
@allow(half_logged_in)
def second_factor() -> Response | tuple[str, int]:
    """Asks for a code; whoever has not set up the app yet is sent there."""
    if not g.login.waits_for_second_factor:
        return redirect(url_for("public.home"))
    who = actor()
    if who.person.totp_confirmed_at is None:
        return redirect(url_for("account.set_up_second_factor"))
    form = CodeForm()
    if form.validate_on_submit():
        db = database()
        try:
            second_factors.check_code(db, settings(), who, form.code.data)
        except Invalid as problem:
            form.take(problem)
        else:
            address = _go_on()
            left = second_factors.recovery_codes_left(db, who.person)
            if left < FEW:
                text = message("Only {count} of your recovery codes are left. Make new ones.", count=left)
                flash(text, category="warning")
            return redirect(address)
    return render_template("account/second_factor.html.j2", form=form), 422 if form.problems else 200


@blueprint.route("/second-factor/set-up", methods=["GET", "POST"])
@allow(half_logged_in)
def set_up_second_factor() -> Response | str | tuple[str, int]:
    """Shows the QR code, takes the first code, and shows the recovery codes."""
    who = actor()
    has_one = who.person.totp_confirmed_at is not None
    if has_one and g.login.waits_for_second_factor:
        # Somebody who knows only the password must not put an app of their own in the place of the owner's.
        return redirect(url_for("account.second_factor"))
    form, secret = SetUpForm(), _pending_secret()
    if form.validate_on_submit():
        try:
            codes = second_factors.set_up(
                database(), settings(), who, secret=secret, code=form.code.data, password=form.password.data
            )
        except Invalid as problem:
            form.take(problem)
        else:
            address = _go_on()
            return render_template("account/recovery_codes.html.j2", codes=codes, next=address)
    page = render_template(
        "account/set_up_second_factor.html.j2",
        form=form,
        secret=secret,
        picture=_picture(second_factors.setup_address(settings(), who.person, secret)),
        has_one=has_one,
        is_needed=g.login.waits_for_second_factor,
    )
    return page, 422 if form.problems else 200


@blueprint.route("/account/second-factor/codes", methods=["GET", "POST"])
@allow(signed_in)
def renew_recovery_codes() -> str | tuple[str, int]:
    """New recovery codes in the place of the old ones."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            codes = second_factors.renew_recovery_codes(database(), settings(), actor(), password=form.password.data)
        except Invalid as problem:
            form.take(problem)
        else:
            return render_template("account/recovery_codes.html.j2", codes=codes, next=url_for("account.overview"))
    return render_template("account/renew_recovery_codes.html.j2", form=form), 422 if form.problems else 200


@blueprint.route("/account/second-factor/off", methods=["GET", "POST"])
@allow(signed_in)
def turn_off_second_factor() -> Response | tuple[str, int]:
    """Log in with the password alone again; not for coalition staff."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            second_factors.turn_off(database(), settings(), actor(), password=form.password.data)
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The second factor is turned off."))
            return redirect(url_for("account.overview"))
    page = render_template(
        "account/turn_off_second_factor.html.j2", form=form, is_needed=actor().person.role is not None
    )
    return page, 422 if form.problems else 200


def _go_on() -> str:
    """The log-in is complete: a new token, and the page that was wanted."""
    address = safe_next(session.get(NEXT))
    keep_token(logins.complete_session(database(), g.login))
    return address


def _pending_secret() -> str:
    """The secret that is being set up, in the cookie: nobody else has it, and nothing is stored for a mere look."""
    key, stored = settings().key, session.get(PENDING)
    secret = decrypt(key, PENDING_PURPOSE, stored) if isinstance(stored, str) else None
    if secret is None:
        secret = second_factors.new_secret()
        session[PENDING] = encrypt(key, PENDING_PURPOSE, secret)
    return secret


def _picture(text: str) -> Markup:
    # segno's own drawing, of our own text; dark on light in dark pages too, or cameras do not read it.
    return Markup(segno.make(text, error="m").svg_inline(scale=5, dark="#000", light="#fff"))  # noqa: S704
