"""Asking to become a member: open to everybody, and silent about who is one."""

from __future__ import annotations

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectChoice, SelectField, StringField, TelField, TextAreaField

from charter.i18n import language_name, translator
from charter.services import accounts, applications
from charter.services.attempts import TooManyAttempts, begin_attempt, network_of
from charter.services.errors import Invalid
from charter.web.access import allow, everyone
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.languages import offered
from charter.web.public import blueprint
from charter.web.requests import database, settings
from questionnaires.message import message


class ApplyForm(CharterForm):
    """What the coalition wants to know. `website` is hidden from people: only programs fill it in."""

    name = StringField(message("Name of your organization"), [Needed(), AtMost(180)], filters=[clean_text])
    province = StringField(message("Province"), [AtMost(80)], filters=[clean_text])
    contact_name = StringField(message("Your name"), [Needed(), AtMost(120)], filters=[clean_text])
    contact_email = EmailField(message("Your e-mail"), [Needed(), AtMost(254)], filters=[clean_text])
    contact_phone = TelField(message("Your telephone"), [AtMost(40)], filters=[clean_text])
    language = SelectField(message("Language"), choices=[])
    about = TextAreaField(
        message("What does your organization do, and why do you want to join?"),
        [Needed(), AtMost(4000)],
        filters=[clean_text],
    )
    website = StringField(message("Leave this empty"))


@blueprint.route("/apply", methods=["GET", "POST"])
@allow(everyone)
def apply() -> Response | tuple[str, int]:
    """The form; afterwards the same thanks for everybody."""
    form = ApplyForm()
    form.language.choices = [
        SelectChoice(code, language_name(code, within=translator(code))) for code in offered(settings())
    ]
    if form.validate_on_submit():
        if form.website.data:
            return redirect(url_for("public.applied"))
        try:
            accounts.clean_email(form.contact_email.data)
            db = database()
            begin_attempt(db, settings(), [(applications.NETWORK, network_of(request.remote_addr))])
            applications.apply(
                db,
                applications.Application(
                    name=form.name.data,
                    language=form.language.data,
                    contact_name=form.contact_name.data,
                    contact_email=form.contact_email.data,
                    province=form.province.data,
                    contact_phone=form.contact_phone.data,
                    about=form.about.data,
                ),
            )
        except TooManyAttempts:
            abort(429)
        except Invalid as problem:
            form.take(Invalid({"contact_email": problem.messages["email"]}))
        else:
            return redirect(url_for("public.applied"))
    return render_template("public/apply.html.j2", form=form), 422 if form.problems else 200


@blueprint.get("/apply/thanks")
@allow(everyone)
def applied() -> str:
    """What happens now."""
    return render_template("public/applied.html.j2")
