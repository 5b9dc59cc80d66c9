"""Who works for a member, and which mentors accompany it."""

from __future__ import annotations

from flask import abort, g, redirect
from werkzeug.wrappers import Response
from wtforms import EmailField, RadioField, SelectChoice, SelectField, StringField

from charter.database.people import MemberRole, Role
from charter.services import accounts, organizations, staff
from charter.services.errors import Invalid
from charter.web.access import allow, organization_coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Nothing, Page, language_field, set_languages, task_page, to_member
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.labels import label
from charter.web.rendering import flash
from charter.web.requests import actor, database
from questionnaires.message import message


class PersonForm(CharterForm):
    """Somebody of a member, who gets a link by mail."""

    name = StringField(message("Name"), [Needed(), AtMost(120)], filters=[clean_text])
    email = EmailField(message("E-mail"), [Needed(), AtMost(254)], filters=[clean_text])
    role = RadioField(
        message("Role"),
        choices=[SelectChoice(each.value, label(each)) for each in MemberRole],
        default=MemberRole.LEAD.value,
    )
    language = language_field()


class MentorForm(CharterForm):
    """Which mentor."""

    mentor = SelectField(message("Mentor"), [Needed()], coerce=int, choices=[])


@blueprint.route("/coalition/members/<int:organization_id>/people/add", methods=["GET", "POST"])
@allow(organization_coordinator)
def add_person(organization_id: int) -> Page | Response:
    """A lead or contributor."""
    form = PersonForm(language=g.organization.language)
    set_languages(form)
    if form.validate_on_submit():
        try:
            accounts.invite_person(
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
            flash(message("{name} gets a mail with a link.", name=form.name.data))
            return redirect(to_member(organization_id))
    return task_page(
        form,
        title=message("Add a person"),
        button=message("Add and send the link"),
        back=(g.organization.name, to_member(organization_id)),
        hints={"role": message("A lead submits and invites; a contributor answers together with the lead.")},
    )


@blueprint.route("/coalition/members/<int:organization_id>/people/<int:membership_id>/end", methods=["GET", "POST"])
@allow(organization_coordinator)
def end_membership(organization_id: int, membership_id: int) -> Page | Response:
    """Somebody no longer works there."""
    db = database()
    membership = organizations.find_membership(db, organization_id, membership_id)
    if membership is None:
        abort(404)
    form = Nothing()
    if form.validate_on_submit():
        organizations.end_membership(db, actor(), membership=membership)
        flash(message("Done."))
        return redirect(to_member(organization_id))
    return task_page(
        form,
        title=message("{name} no longer works here", name=membership.person.name),
        button=message("End the access"),
        back=(g.organization.name, to_member(organization_id)),
        consequences=(
            message("This person sees nothing of the organization any more, from now on."),
            message("What the person has written stays."),
        ),
        kind="danger",
    )


@blueprint.route("/coalition/members/<int:organization_id>/mentors/add", methods=["GET", "POST"])
@allow(organization_coordinator)
def assign_mentor(organization_id: int) -> Page | Response:
    """From now on a mentor accompanies the member."""
    db = database()
    form = MentorForm()
    taken = {each.mentor_id for each in organizations.mentors_of(db, organization_id)}
    form.mentor.choices = [SelectChoice(each.id, each.name) for each in staff.mentors(db) if each.id not in taken]
    if form.validate_on_submit():
        mentor = staff.find_staff(db, form.mentor.data)
        if mentor is None or mentor.role is not Role.MENTOR:
            abort(404)
        organizations.assign_mentor(db, actor(), mentor=mentor, organization=g.organization)
        flash(message("{name} accompanies this member from now on.", name=mentor.name))
        return redirect(to_member(organization_id))
    return task_page(
        form,
        title=message("Assign a mentor"),
        button=message("Assign"),
        back=(g.organization.name, to_member(organization_id)),
        consequences=(message("The mentor sees everything that this member answers, and reviews it."),),
    )


@blueprint.route("/coalition/members/<int:organization_id>/mentors/<int:mentorship_id>/end", methods=["GET", "POST"])
@allow(organization_coordinator)
def release_mentor(organization_id: int, mentorship_id: int) -> Page | Response:
    """A mentor no longer accompanies the member."""
    db = database()
    mentorship = organizations.find_mentorship(db, organization_id, mentorship_id)
    if mentorship is None:
        abort(404)
    form = Nothing()
    if form.validate_on_submit():
        organizations.end_mentorship(db, actor(), mentorship=mentorship)
        flash(message("Done."))
        return redirect(to_member(organization_id))
    return task_page(
        form,
        title=message("{name} no longer accompanies this member", name=mentorship.mentor.name),
        button=message("Release the mentor"),
        back=(g.organization.name, to_member(organization_id)),
        consequences=(
            message("The mentor sees nothing of the organization any more, from now on."),
            message("Verified ratings, comments and visits stay."),
        ),
        kind="danger",
    )
