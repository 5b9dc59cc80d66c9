"""One's own account at a glance; name and language."""

from __future__ import annotations

from flask import redirect, render_template, session, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice

from charter.i18n import language_name, translator
from charter.services import accounts, logins, passkeys, second_factors
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.languages import LANGUAGE, offered
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class DetailsForm(CharterForm):
    """Name and language."""

    name = StringField(message("Name"), [Needed(), AtMost(120)], filters=[clean_text])
    language = SelectField(message("Language of pages and mails"), choices=[])


@blueprint.get("/account")
@allow(signed_in)
def overview() -> str:
    """Everything that can be changed, and what it is now."""
    db, who = database(), actor()
    return render_template(
        "account/overview.html.j2",
        person=who.person,
        codes_left=second_factors.recovery_codes_left(db, who.person),
        passkeys=passkeys.passkeys_of(db, who),
        passkeys_possible=passkeys.are_possible(settings()),
        sessions=logins.sessions_of(db, settings(), who.person),
    )


@blueprint.route("/account/details", methods=["GET", "POST"])
@allow(signed_in)
def details() -> Response | tuple[str, int]:
    """Change name and language."""
    who = actor()
    form = DetailsForm(name=who.person.name, language=who.person.language)
    form.language.choices = [
        SelectChoice(code, language_name(code, within=translator(code))) for code in offered(settings())
    ]
    if form.validate_on_submit():
        accounts.rename(database(), who, name=form.name.data)
        accounts.set_language(database(), who, form.language.data)
        session.pop(LANGUAGE, None)
        flash(message("Saved."))
        return redirect(url_for("account.overview"))
    return render_template("account/details.html.j2", form=form), 422 if form.problems else 200
