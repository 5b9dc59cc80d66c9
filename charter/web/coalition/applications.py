"""Deciding on an application."""

from __future__ import annotations

from flask import g, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, StringField, TextAreaField

from charter.clock import today
from charter.services import applications
from charter.services.errors import Invalid
from charter.web.access import allow, organization_coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Page, moved, task_page, to_member
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class AcceptForm(CharterForm):
    """What the coordinator confirms or corrects."""

    name = StringField(message("Name of the organization"), [Needed(), AtMost(200)], filters=[clean_text])
    joined_on = DayField(message("Member since"), [Needed()])
    lead_name = StringField(message("Name of the lead"), [Needed(), AtMost(120)], filters=[clean_text])
    lead_email = EmailField(message("E-mail of the lead"), [Needed(), AtMost(254)], filters=[clean_text])


class RefuseForm(CharterForm):
    """Why not."""

    reason = TextAreaField(message("Reason"), [Needed(), AtMost(2000)], filters=[clean_text])


@blueprint.route("/coalition/members/<int:organization_id>/accept", methods=["GET", "POST"])
@allow(organization_coordinator)
def accept_application(organization_id: int) -> Page | Response:
    """The organization becomes a member."""
    organization = g.organization
    form = AcceptForm(
        name=organization.name,
        joined_on=today(settings().zone),
        lead_name=organization.contact_name,
        lead_email=organization.contact_email,
    )
    if form.validate_on_submit():
        try:
            applications.accept_application(
                database(),
                actor(),
                organization=organization,
                name=form.name.data,
                joined_on=form.joined_on.data,
                lead_name=form.lead_name.data,
                lead_email=form.lead_email.data,
            )
        except Invalid as problem:
            form.take(moved(problem, email="lead_email"))
        else:
            flash(message("{name} is a member now. Its lead gets a mail with a link.", name=organization.name))
            return redirect(to_member(organization_id))
    return task_page(
        form,
        title=message("Admit {name}", name=organization.name),
        button=message("Admit as a member"),
        back=(organization.name, to_member(organization_id)),
        consequences=(message("The lead gets an account, and a mail with a link to choose a password."),),
    )


@blueprint.route("/coalition/members/<int:organization_id>/refuse", methods=["GET", "POST"])
@allow(organization_coordinator)
def refuse_application(organization_id: int) -> Page | Response:
    """The organization does not become a member."""
    organization = g.organization
    form = RefuseForm()
    if form.validate_on_submit():
        applications.refuse_application(database(), actor(), organization=organization, reason=form.reason.data)
        flash(message("The application is refused, and the contact person is told why."))
        return redirect(url_for("coalition.members", show="applied"))
    return task_page(
        form,
        title=message("Refuse the application of {name}", name=organization.name),
        button=message("Refuse"),
        back=(organization.name, to_member(organization_id)),
        consequences=(message("The contact person gets a mail with your reason."),),
        kind="danger",
    )
