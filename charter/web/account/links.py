"""The pages behind the links in mails. Looking at one does not use it up: mail programs look, too."""

from __future__ import annotations

from flask import redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField

from charter.database.sessions import LinkPurpose, OneTimeLink
from charter.services import passwords
from charter.services.errors import Invalid
from charter.services.links import find_link
from charter.services.password_rules import MINIMUM_LENGTH
from charter.web.access import allow, everyone
from charter.web.account import blueprint
from charter.web.forms import CharterForm, Needed, clean_text
from charter.web.rendering import flash
from charter.web.requests import database, settings
from questionnaires.message import message


class ForgottenForm(CharterForm):
    """Whose password."""

    email = EmailField(message("E-mail"), [Needed()], filters=[clean_text])


class PasswordForm(CharterForm):
    """The new password. Asked once: it can be shown, and a mail can set it again."""

    password = PasswordField(message("New password"), [Needed()])


@blueprint.route("/forgotten-password", methods=["GET", "POST"])
@allow(everyone)
def forgotten_password() -> Response | tuple[str, int]:
    """Asks for a link by mail; answers alike whether or not somebody has the address."""
    form = ForgottenForm()
    if form.validate_on_submit():
        passwords.ask_for_link(database(), settings(), email=form.email.data, network=request.remote_addr)
        flash(message("If somebody has an account with this address, a mail with a link is on its way."))
        return redirect(url_for("account.log_in"))
    return render_template("account/forgotten_password.html.j2", form=form), 422 if form.problems else 200


@blueprint.route("/link/<token>", methods=["GET", "POST"])
@allow(everyone)
def follow_link(token: str) -> Response | tuple[str, int]:
    """Sets a password, or confirms an address; says so where the link does not work any more."""
    link = find_link(database(), token)
    if link is None:
        return render_template("account/link_expired.html.j2"), 410
    if link.purpose is LinkPurpose.CHANGE_EMAIL:
        return _confirm_email(token, link)
    return _set_password(token, link)


def _set_password(token: str, link: OneTimeLink) -> Response | tuple[str, int]:
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            passwords.set_password_by_link(database(), token, form.password.data)
        except Invalid as problem:
            form.take(problem)
        else:
            session.clear()
            flash(message("Your password is set. Log in with it now."))
            return redirect(url_for("account.log_in"))
    page = render_template(
        "account/set_password.html.j2", form=form, email=link.person.email, token=token, minimum=MINIMUM_LENGTH
    )
    return page, 422 if form.problems else 200


def _confirm_email(token: str, link: OneTimeLink) -> Response | tuple[str, int]:
    form = CharterForm()
    if form.validate_on_submit():
        person = passwords.change_email_by_link(database(), token)
        flash(message("From now on you log in with {email}.", email=person.email))
        return redirect(url_for("public.home"))
    return render_template("account/confirm_email.html.j2", form=form, email=link.email, token=token), 200
