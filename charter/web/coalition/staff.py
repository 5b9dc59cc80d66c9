"""Coordinators and mentors: the list, a new one, closing and opening an account."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import EmailField, RadioField, SelectChoice, StringField

from charter.database.people import Person, Role
from charter.services import accounts, staff
from charter.services.errors import Invalid
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Nothing, Page, language_field, set_languages, task_page
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.labels import label
from charter.web.rendering import flash
from charter.web.requests import actor, database
from questionnaires.message import message


class StaffForm(CharterForm):
    """A new coordinator or mentor."""

    name = StringField(message("Name"), [Needed(), AtMost(120)], filters=[clean_text])
    email = EmailField(message("E-mail"), [Needed(), AtMost(254)], filters=[clean_text])
    role = RadioField(
        message("Role"), choices=[SelectChoice(each.value, label(each)) for each in Role], default=Role.MENTOR.value
    )
    language = language_field()


@blueprint.get("/coalition/people")
@allow(coordinator)
def people() -> str:
    """Everybody with a role."""
    return render_template("coalition/people.html.j2", people=staff.list_staff(database()))


@blueprint.route("/coalition/people/add", methods=["GET", "POST"])
@allow(coordinator)
def add_staff() -> Page | Response:
    """A new one, who gets a link by mail."""
    form = StaffForm(language=actor().person.language)
    set_languages(form)
    if form.validate_on_submit():
        try:
            accounts.invite_staff(
                database(),
                actor(),
                name=form.name.data,
                email=form.email.data,
                language=form.language.data,
                role=Role(form.role.data),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("{name} gets a mail with a link.", name=form.name.data))
            return redirect(url_for("coalition.people"))
    return task_page(
        form,
        title=message("Add a coordinator or mentor"),
        button=message("Add and send the link"),
        back=(message("Coalition staff"), url_for("coalition.people")),
        hints={"role": message("Coordinators see and manage everything; mentors see the members assigned to them.")},
    )


@blueprint.route("/coalition/people/<int:person_id>/disable", methods=["GET", "POST"])
@allow(coordinator)
def disable_staff(person_id: int) -> Page | Response:
    """Close an account."""
    person = _person(person_id)
    form = Nothing()
    if form.validate_on_submit():
        staff.disable_person(database(), actor(), person=person)
        flash(message("The account of {name} is closed.", name=person.name))
        return redirect(url_for("coalition.people"))
    return task_page(
        form,
        title=message("Close the account of {name}", name=person.name),
        button=message("Close the account"),
        back=(message("Coalition staff"), url_for("coalition.people")),
        consequences=(
            message("The person is logged out and cannot log in any more."),
            message("What the person has written stays. Members that the person accompanies need another mentor."),
        ),
        kind="danger",
    )


@blueprint.post("/coalition/people/<int:person_id>/enable")
@allow(coordinator)
def enable_staff(person_id: int) -> Response:
    """Open an account again."""
    person = _person(person_id)
    staff.enable_person(database(), actor(), person=person)
    flash(message("{name} can log in again.", name=person.name))
    return redirect(url_for("coalition.people"))


def _person(person_id: int) -> Person:
    person = staff.find_staff(database(), person_id)
    if person is None:
        abort(404)
    return person
