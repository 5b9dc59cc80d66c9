"""Who works for the member: the lead invites, names leads and ends memberships; contributors look on."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, RadioField, SelectField, StringField
from wtforms.fields.choices import SelectChoice

from charter.database.people import MemberRole, Membership
from charter.i18n import language_name, translator
from charter.services import accounts, organizations
from charter.services.errors import Invalid
from charter.web.access import allow, organization_lead, organization_member
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.labels import label
from charter.web.languages import offered
from charter.web.member import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class InviteForm(CharterForm):
    """Somebody who is to get a link by mail."""

    name = StringField(message("Name"), [Needed(), AtMost(120)], filters=[clean_text])
    email = EmailField(message("E-mail"), [Needed(), AtMost(254)], filters=[clean_text])
    role = RadioField(
        message("Role"),
        choices=[SelectChoice(each.value, label(each)) for each in (MemberRole.CONTRIBUTOR, MemberRole.LEAD)],
        default=MemberRole.CONTRIBUTOR.value,
    )
    language = SelectField(message("Language of the mail"), choices=[])


@blueprint.get("/member/<int:organization_id>/people")
@allow(organization_member)
def people(organization_id: int) -> str:
    """The list."""
    return render_template(
        "member/people.html.j2",
        organization=g.organization,
        memberships=organizations.people_of(database(), organization_id),
        is_lead=actor().is_lead_of(organization_id),
    )


@blueprint.route("/member/<int:organization_id>/people/invite", methods=["GET", "POST"])
@allow(organization_lead)
def invite(organization_id: int) -> Response | tuple[str, int]:
    """A new contributor or lead."""
    form = InviteForm(language=actor().person.language)
    form.language.choices = [
        SelectChoice(code, language_name(code, within=translator(code))) for code in offered(settings())
    ]
    if form.validate_on_submit():
        try:
            membership = accounts.invite_person(
                database(),
                actor(),
                organization=g.organization,
                name=form.name.data,
                email=form.email.data,
                language=form.language.data,
                role=MemberRole(form.role.data),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("{name} gets a mail.", name=membership.person.name))
            return redirect(url_for("member.people", organization_id=organization_id))
    page = render_template("member/invite.html.j2", organization=g.organization, form=form)
    return page, 422 if form.problems else 200


@blueprint.post("/member/<int:organization_id>/people/<int:membership_id>/invite-again")
@allow(organization_lead)
def invite_again(organization_id: int, membership_id: int) -> Response:
    """A new link for somebody who has not followed the first."""
    membership = _membership(organization_id, membership_id)
    accounts.invite_again(database(), actor(), membership=membership, organization=g.organization)
    flash(message("{name} gets a new link by mail. The old one stops working.", name=membership.person.name))
    return redirect(url_for("member.people", organization_id=organization_id))


@blueprint.route("/member/<int:organization_id>/people/<int:membership_id>/lead", methods=["GET", "POST"])
@allow(organization_lead)
def name_lead(organization_id: int, membership_id: int) -> Response | str:
    """Make a contributor a lead as well; asks first."""
    membership = _membership(organization_id, membership_id)
    form = CharterForm()
    if form.validate_on_submit():
        organizations.add_membership(
            database(), actor(), person=membership.person, organization=g.organization, role=MemberRole.LEAD
        )
        flash(message("{name} is a lead now.", name=membership.person.name))
        return redirect(url_for("member.people", organization_id=organization_id))
    return render_template("member/name_lead.html.j2", organization=g.organization, membership=membership)


@blueprint.route("/member/<int:organization_id>/people/<int:membership_id>/end", methods=["GET", "POST"])
@allow(organization_lead)
def end_membership(organization_id: int, membership_id: int) -> Response | str:
    """Somebody no longer works there; asks first."""
    membership = _membership(organization_id, membership_id)
    form = CharterForm()
    if form.validate_on_submit():
        organizations.end_membership(database(), actor(), membership=membership)
        flash(message("{name} no longer works here in Charter.", name=membership.person.name))
        if membership.person_id == actor().id:
            return redirect(url_for("public.home"))
        return redirect(url_for("member.people", organization_id=organization_id))
    return render_template("member/end_membership.html.j2", organization=g.organization, membership=membership)


def _membership(organization_id: int, membership_id: int) -> Membership:
    return accounts.find_membership(database(), organization_id=organization_id, membership_id=membership_id)
