"""A member that leaves: ending the membership, taking its data along, deleting what is left."""

from __future__ import annotations

from flask import g, redirect, url_for
from werkzeug.wrappers import Response
from wtforms import StringField

from charter.clock import today
from charter.services import exports, leaving
from charter.services.errors import Invalid
from charter.stores import store_for
from charter.web.access import allow, organization_coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Page, task_page, to_member
from charter.web.forms import CharterForm, DayField, Needed
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class LeaveForm(CharterForm):
    """When."""

    left_on = DayField(message("Last day as a member"), [Needed()])


class DeleteForm(CharterForm):
    """The name, typed: nobody deletes by a slip."""

    typed_name = StringField(message("Name of the organization"), [Needed()])


@blueprint.route("/coalition/members/<int:organization_id>/leave", methods=["GET", "POST"])
@allow(organization_coordinator)
def leave(organization_id: int) -> Page | Response:
    """The organization is no longer a member."""
    form = LeaveForm(left_on=today(settings().zone))
    if form.validate_on_submit():
        try:
            leaving.mark_left(
                database(),
                actor(),
                organization=g.organization,
                left_on=form.left_on.data,
                retention_days=settings().retention_days,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("{name} is no longer a member.", name=g.organization.name))
            return redirect(to_member(organization_id))
    return task_page(
        form,
        title=message("{name} leaves the coalition", name=g.organization.name),
        button=message("End the membership"),
        back=(g.organization.name, to_member(organization_id)),
        consequences=(
            message("Its people and mentors see nothing of it any more, from now on."),
            message("Assessments that it has not submitted are withdrawn."),
            message(
                "Its data is kept for {count} days. After that a coordinator can delete it.",
                count=settings().retention_days,
            ),
        ),
        kind="danger",
    )


@blueprint.post("/coalition/members/<int:organization_id>/export")
@allow(organization_coordinator)
def export(organization_id: int) -> Response:
    """Have a ZIP made of everything that is kept of it."""
    job = exports.request_export(database(), actor(), g.organization)
    return redirect(url_for("account.job", job_id=job.id))


@blueprint.route("/coalition/members/<int:organization_id>/delete", methods=["GET", "POST"])
@allow(organization_coordinator)
def delete_data(organization_id: int) -> Page | Response:
    """Delete everything that is kept of it, for good."""
    organization = g.organization
    name = organization.name
    form = DeleteForm()
    if form.validate_on_submit():
        try:
            leaving.delete_data(
                database(),
                actor(),
                organization=organization,
                typed_name=form.typed_name.data,
                today=today(settings().zone),
                forget_file=store_for(settings()).delete,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The data of {name} is deleted.", name=name))
            return redirect(url_for("coalition.members", show="left"))
    return task_page(
        form,
        title=message("Delete the data of {name}", name=name),
        button=message("Delete for good"),
        back=(name, to_member(organization_id)),
        consequences=(
            message("Names, addresses, answers, ratings, notes, evidence and staff sheets are deleted."),
            message("This cannot be undone. Export the data first if the organization wants it."),
            message("Published figures that it was part of stay as they are; it cannot be recognized in them."),
        ),
        hints={"typed_name": message("Type the name as it stands above: {name}", name=name)},
        kind="danger",
    )
