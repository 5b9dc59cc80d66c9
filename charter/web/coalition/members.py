"""Members: the list, a new one, one member's page, its facts."""

from __future__ import annotations

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, StringField, TelField

from charter.clock import today
from charter.database.organizations import OrganizationState
from charter.database.people import MemberRole
from charter.services import accounts, organizations, staff
from charter.services.errors import Invalid
from charter.services.leaving import may_be_deleted
from charter.services.overview import assessments_of_organization
from charter.services.sign_ups import trainings_of
from charter.web.access import allow, coordinator, organization_coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import (
    Page,
    language_field,
    moved,
    set_languages,
    task_page,
    text_or_none,
    to_member,
)
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.paging import part_of
from charter.web.rendering import flash
from charter.web.requests import actor, database, number_of_address, settings
from questionnaires.message import message

SHOWN = {
    "members": frozenset({OrganizationState.ACTIVE}),
    "applied": frozenset({OrganizationState.APPLIED}),
    "left": frozenset({OrganizationState.LEFT}),
    "all": frozenset(OrganizationState),
}


class MemberForm(CharterForm):
    """Facts about a member."""

    name = StringField(message("Name of the organization"), [Needed(), AtMost(200)], filters=[clean_text])
    province = StringField(message("Province"), [AtMost(80)], filters=[clean_text])
    language = language_field()
    contact_name = StringField(message("Contact person"), [AtMost(120)], filters=[clean_text])
    contact_email = EmailField(message("E-mail of the contact person"), [AtMost(254)], filters=[clean_text])
    contact_phone = TelField(message("Telephone"), [AtMost(40)], filters=[clean_text])


class NewMemberForm(CharterForm):
    """A new member and its lead."""

    name = StringField(message("Name of the organization"), [Needed(), AtMost(200)], filters=[clean_text])
    province = StringField(message("Province"), [AtMost(80)], filters=[clean_text])
    language = language_field()
    joined_on = DayField(message("Member since"), [Needed()])
    lead_name = StringField(message("Name of the lead"), [Needed(), AtMost(120)], filters=[clean_text])
    lead_email = EmailField(message("E-mail of the lead"), [Needed(), AtMost(254)], filters=[clean_text])


@blueprint.get("/coalition/members")
@allow(coordinator)
def members() -> str:
    """The list, with filters and search."""
    db = database()
    show = request.args.get("show", "members")
    chosen = {
        "show": show if show in SHOWN else "members",
        "province": request.args.get("province") or None,
        "mentor": number_of_address("mentor"),
        "text": (request.args.get("text") or "")[:200],
    }
    rows = organizations.list_members(
        db,
        states=SHOWN[str(chosen["show"])],
        province=request.args.get("province") or None,
        mentor_id=number_of_address("mentor"),
        text=str(chosen["text"]).strip() or None,
    )
    return render_template(
        "coalition/members.html.j2",
        page=part_of(rows),
        chosen=chosen,
        provinces=organizations.provinces(db),
        mentors=staff.mentors(db),
    )


@blueprint.route("/coalition/members/add", methods=["GET", "POST"])
@allow(coordinator)
def add_member() -> Page | Response:
    """A new member; its lead gets a link by mail."""
    form = NewMemberForm(joined_on=today(settings().zone))
    set_languages(form)
    if form.validate_on_submit():
        db, who = database(), actor()
        try:
            made = organizations.add_organization(
                db,
                who,
                name=form.name.data,
                language=form.language.data,
                joined_on=form.joined_on.data,
                province=text_or_none(form.province),
            )
            accounts.invite_person(
                db,
                who,
                organization=made,
                name=form.lead_name.data,
                email=form.lead_email.data,
                language=form.language.data,
                role=MemberRole.LEAD,
            )
        except Invalid as problem:
            form.take(moved(problem, email="lead_email"))
        else:
            flash(message("{name} is a member now. Its lead gets a mail with a link.", name=made.name))
            return redirect(to_member(made.id))
    return task_page(
        form,
        title=message("Add a member"),
        button=message("Add the member"),
        back=(message("Members"), url_for("coalition.members")),
        hints={"lead_email": message("The lead gets a link there, to choose a password.")},
    )


@blueprint.get("/coalition/members/<int:organization_id>")
@allow(organization_coordinator)
def member(organization_id: int) -> str:
    """Everything about one member, and what can be done."""
    db = database()
    accompanying = organizations.mentors_of(db, organization_id)
    taken = {each.mentor_id for each in accompanying}
    return render_template(
        "coalition/member.html.j2",
        organization=g.organization,
        people=organizations.people_of(db, organization_id),
        mentorships=accompanying,
        free_mentors=[each for each in staff.mentors(db) if each.id not in taken],
        assessments=assessments_of_organization(db, organization_id),
        sign_ups=trainings_of(db, organization_id),
        today=today(settings().zone),
        may_be_deleted=may_be_deleted(g.organization, today=today(settings().zone)),
    )


@blueprint.route("/coalition/members/<int:organization_id>/edit", methods=["GET", "POST"])
@allow(organization_coordinator)
def edit_member(organization_id: int) -> Page | Response:
    """Change what is known of a member."""
    form = MemberForm(obj=g.organization)
    set_languages(form)
    if form.validate_on_submit():
        try:
            email = text_or_none(form.contact_email)
            organizations.change_organization(
                database(),
                actor(),
                organization=g.organization,
                name=form.name.data,
                language=form.language.data,
                province=text_or_none(form.province),
                contact_name=text_or_none(form.contact_name),
                contact_email=accounts.clean_email(email) if email else None,
                contact_phone=text_or_none(form.contact_phone),
            )
        except Invalid as problem:
            form.take(moved(problem, email="contact_email"))
        else:
            flash(message("Saved."))
            return redirect(to_member(organization_id))
    return task_page(
        form,
        title=message("Change the facts"),
        button=message("Save"),
        back=(g.organization.name, to_member(organization_id)),
    )
