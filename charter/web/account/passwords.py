"""Changing one's password and one's address."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField

from charter.services import passwords
from charter.services.errors import Invalid
from charter.services.password_rules import MINIMUM_LENGTH
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class ChangePasswordForm(CharterForm):
    """The old password and the new one."""

    old = PasswordField(message("Password until now"), [Needed()])
    new = PasswordField(message("New password"), [Needed()])


class EmailForm(CharterForm):
    """A new address."""

    email = EmailField(message("New e-mail address"), [Needed(), AtMost(254)], filters=[clean_text])
    password = PasswordField(message("Your password"), [Needed()])


@blueprint.route("/account/password", methods=["GET", "POST"])
@allow(signed_in)
def change_password() -> Response | tuple[str, int]:
    """Logs out everywhere else."""
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            passwords.change_password(
                database(),
                settings(),
                actor(),
                old=form.old.data,
                new=form.new.data,
                session_id=g.login.session_id,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("Your password is changed. All other devices are logged out."))
            return redirect(url_for("account.overview"))
    page = render_template("account/change_password.html.j2", form=form, minimum=MINIMUM_LENGTH)
    return page, 422 if form.problems else 200


@blueprint.route("/account/email", methods=["GET", "POST"])
@allow(signed_in)
def change_email() -> Response | tuple[str, int]:
    """Sends a link to the new address; until it is used the old one counts."""
    form = EmailForm()
    if form.validate_on_submit():
        try:
            passwords.ask_to_change_email(
                database(), settings(), actor(), email=form.email.data, password=form.password.data
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("If {email} can be used, a mail with a link is on its way there.", email=form.email.data))
            return redirect(url_for("account.overview"))
    return render_template("account/change_email.html.j2", form=form), 422 if form.problems else 200
