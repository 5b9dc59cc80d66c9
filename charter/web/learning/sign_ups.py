"""Signing people up for a date of a training, and cancelling: for leads."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectMultipleField, TextAreaField

from charter.clock import today
from charter.services import organizations
from charter.services import sign_ups as service
from charter.services import trainings as catalogue
from charter.services.errors import Invalid
from charter.web.access import allow, organization_lead
from charter.web.coalition.tasks import Nothing, Page, task_page
from charter.web.forms import AtMost, CharterForm, clean_text
from charter.web.learning import blueprint
from charter.web.learning.texts import plain_in_language
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class SignUpForm(CharterForm):
    """Who comes."""

    people = SelectMultipleField(message("People with an account"), choices=[], coerce=int)
    names = TextAreaField(message("Others: one name a line"), [AtMost(5000)], filters=[clean_text])


@blueprint.route("/organizations/<int:organization_id>/trainings/dates/<int:session_id>", methods=["GET", "POST"])
@allow(organization_lead)
def sign_up(organization_id: int, session_id: int) -> Page | Response:
    """Choose who comes; when it is full they wait."""
    db = database()
    session = catalogue.find_session(db, session_id)
    form = SignUpForm()
    form.people.choices = [
        SelectChoice(each.person.id, each.person.name) for each in organizations.people_of(db, organization_id)
    ]
    if form.validate_on_submit():
        try:
            made = service.sign_up(
                db,
                actor(),
                organization=g.organization,
                session_id=session_id,
                person_ids=form.people.data or (),
                names=(form.names.data or "").splitlines(),
                today=today(settings().zone),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            if made.waiting:
                flash(
                    message(
                        "{seats} have a seat, {waiting} are on the waiting list. You get a mail when a seat is free.",
                        seats=made.seats,
                        waiting=made.waiting,
                    ),
                    category="warning",
                )
            else:
                flash(message("Signed up: {seats}.", seats=made.seats))
            return redirect(url_for("learning.trainings_of", organization_id=organization_id))
    page = render_template(
        "learning/sign_up.html.j2",
        form=form,
        organization=g.organization,
        session=session,
        seats=catalogue.seats_of(db, session_id),
    )
    return page, 422 if form.problems else 200


@blueprint.route(
    "/organizations/<int:organization_id>/trainings/sign-ups/<int:sign_up_id>/cancel", methods=["GET", "POST"]
)
@allow(organization_lead)
def cancel_sign_up(organization_id: int, sign_up_id: int) -> Page | Response:
    """Ask, then give the seat to whoever waits."""
    db = database()
    found = service.find_sign_up(db, sign_up_id, organization_id=organization_id)
    form = Nothing()
    back = url_for("learning.trainings_of", organization_id=organization_id)
    if form.validate_on_submit():
        service.cancel_sign_up(db, actor(), sign_up=found, today=today(settings().zone))
        flash(message("Cancelled."))
        return redirect(back)
    return task_page(
        form,
        title=message("{name} does not come", name=found.name),
        lead=message("{title}", title=plain_in_language(found.session.training.titles)),
        button=message("Cancel the sign-up"),
        back=(message("Our trainings"), back),
        consequences=[message("The seat goes to whoever waits for one.")],
        kind="danger",
    )
