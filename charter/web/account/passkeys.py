"""One's passkeys: adding, naming, removing."""

from __future__ import annotations

from flask import abort, redirect, render_template, session, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, PasswordField, StringField

from charter.services import passkeys
from charter.services.errors import Invalid
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

CHALLENGE = "passkey-add"


class AddForm(CharterForm):
    """A new passkey; `credential` is filled in by charter/static/passkeys.js."""

    name = StringField(message("Name of the passkey"), [AtMost(passkeys.LONGEST_NAME)], filters=[clean_text])
    password = PasswordField(message("Your password"), [Needed()])
    credential = HiddenField()


class NameForm(CharterForm):
    """A name."""

    name = StringField(message("Name of the passkey"), [Needed(), AtMost(passkeys.LONGEST_NAME)], filters=[clean_text])


@blueprint.get("/account/passkeys")
@allow(signed_in)
def own_passkeys() -> str:
    """The list."""
    return render_template(
        "account/passkeys.html.j2",
        passkeys=passkeys.passkeys_of(database(), actor()),
        possible=passkeys.are_possible(settings()),
    )


@blueprint.route("/account/passkeys/add", methods=["GET", "POST"])
@allow(signed_in)
def add_passkey() -> Response | tuple[str, int]:
    """Needs the script: only a browser's own functions make passkeys."""
    if not passkeys.are_possible(settings()):
        abort(404)
    form = AddForm()
    if form.validate_on_submit():
        try:
            passkeys.add_passkey(
                database(),
                settings(),
                actor(),
                credential=form.credential.data or "",
                challenge=passkeys.as_bytes(session.pop(CHALLENGE, None)),
                name=form.name.data or "",
                password=form.password.data,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The passkey is added. Next time you can log in with it."))
            return redirect(url_for("account.own_passkeys"))
    options, challenge = passkeys.options_to_add(settings(), database(), actor())
    session[CHALLENGE] = passkeys.as_text(challenge)
    page = render_template("account/add_passkey.html.j2", form=form, options=options)
    return page, 422 if form.problems else 200


@blueprint.route("/account/passkeys/<int:passkey_id>", methods=["GET", "POST"])
@allow(signed_in)
def rename_passkey(passkey_id: int) -> Response | tuple[str, int]:
    """Give it another name."""
    passkey = passkeys.find_passkey(database(), actor(), passkey_id)
    form = NameForm(name=passkey.name)
    if form.validate_on_submit():
        passkeys.rename_passkey(database(), actor(), passkey_id, name=form.name.data)
        flash(message("Saved."))
        return redirect(url_for("account.own_passkeys"))
    page = render_template("account/rename_passkey.html.j2", form=form, passkey=passkey)
    return page, 422 if form.problems else 200


@blueprint.route("/account/passkeys/<int:passkey_id>/remove", methods=["GET", "POST"])
@allow(signed_in)
def remove_passkey(passkey_id: int) -> Response | str:
    """Asks first: nobody gets it back."""
    passkey = passkeys.find_passkey(database(), actor(), passkey_id)
    form = CharterForm()
    if form.validate_on_submit():
        passkeys.remove_passkey(database(), actor(), passkey_id)
        flash(message("The passkey is removed."))
        return redirect(url_for("account.own_passkeys"))
    return render_template("account/remove_passkey.html.j2", form=form, passkey=passkey)
