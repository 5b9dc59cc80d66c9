"""What the organization shows in the members directory, and to whom: the lead decides."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, SelectChoice, SelectField, StringField, TelField, TextAreaField

from charter.database.directory import Audience, DirectoryEntry
from charter.services import directory as services
from charter.services.errors import Invalid, Stale
from charter.web.access import allow, organization_lead
from charter.web.forms import AtMost, CharterForm, SeenVersion, clean_text
from charter.web.labels import label
from charter.web.member import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database
from questionnaires.message import Message, message
from questionnaires.model import Fact

_FACT = "fact-"


def audience_field(text: Message | str) -> SelectField:
    """To whom something is shown; nobody unless somebody says otherwise."""
    choices = [SelectChoice(each.value, label(each)) for each in Audience]
    return SelectField(text, choices=choices, default=Audience.NOBODY.value)


class DirectoryForm(CharterForm):
    """The base; the facts of the profile are added to it."""

    version = SeenVersion()
    listed = audience_field(message("Who finds your organization in the directory?"))
    province = audience_field(message("Who sees your province?"))
    about = TextAreaField(message("What you do, in a few sentences"), [AtMost(1500)], filters=[clean_text])
    about_shown = audience_field(message("Who sees these sentences?"))
    contact_name = StringField(message("Name or role"), [AtMost(120)], filters=[clean_text])
    contact_phone = TelField(message("Telephone"), [AtMost(40)], filters=[clean_text])
    contact_email = EmailField(message("E-mail"), [AtMost(254)], filters=[clean_text])
    contact_hours = StringField(message("When somebody can be reached"), [AtMost(200)], filters=[clean_text])
    contact_shown = audience_field(message("Who sees this contact?"))

    def shown(self, facts: list[Fact]) -> services.Shown:
        """What was decided."""
        return services.Shown(
            listed=Audience(self.listed.data),
            province=Audience(self.province.data),
            about=self.about.data,
            about_shown=Audience(self.about_shown.data),
            contact_name=self.contact_name.data,
            contact_phone=self.contact_phone.data,
            contact_email=self.contact_email.data,
            contact_hours=self.contact_hours.data,
            contact_shown=Audience(self.contact_shown.data),
            facts={fact.id: Audience(self[_FACT + fact.id].data) for fact in facts},
        )


@blueprint.route("/member/<int:organization_id>/directory", methods=["GET", "POST"])
@allow(organization_lead)
def directory(organization_id: int) -> str | Response | tuple[str, int]:
    """Shows and saves it."""
    db = database()
    entry = services.entry_of(db, organization_id)
    offered = services.facts_to_show(db, organization_id, language=g.translator.language)
    fields: dict[str, Any] = {_FACT + fact.id: audience_field(fact.title) for fact, _ in offered}
    form = type("ThisDirectoryForm", (DirectoryForm,), fields)(data=_data(entry))
    if form.validate_on_submit():
        try:
            services.save_entry(
                db,
                actor(),
                organization=g.organization,
                shown=form.shown([fact for fact, _ in offered]),
                known=form.version.known,
            )
        except Invalid as problem:
            form.take(problem)
        except Stale:
            text = message("Somebody else has saved this page in the meantime. Open it again to see what it says now.")
            form.take(Invalid({"": text}))
        else:
            flash(message("Saved. The directory shows it from now on."))
            return redirect(url_for("member.directory", organization_id=organization_id))
    page = render_template(
        "member/directory.html.j2",
        organization=g.organization,
        form=form,
        facts=[(form[_FACT + fact.id], answers) for fact, answers in offered],
    )
    return page, 422 if form.problems else 200


def _data(entry: DirectoryEntry | None) -> dict[str, Any]:
    if entry is None:
        return {"version": "0"}
    return {
        "version": str(entry.version),
        "listed": entry.listed.value,
        "province": entry.province_shown.value,
        "about": entry.about,
        "about_shown": entry.about_shown.value,
        "contact_name": entry.contact_name,
        "contact_phone": entry.contact_phone,
        "contact_email": entry.contact_email,
        "contact_hours": entry.contact_hours,
        "contact_shown": entry.contact_shown.value,
        **{_FACT + name: audience for name, audience in entry.facts_shown.items()},
    }
