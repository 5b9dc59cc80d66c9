"""Dates of trainings, for coordinators: adding, changing, cancelling, and who was there."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import Optional as MayBeEmpty

from charter.clock import today
from charter.database.trainings import Attendance
from charter.services import sign_ups
from charter.services import trainings as service
from charter.services.errors import Invalid
from charter.web.access import allow, coordinator
from charter.web.coalition.tasks import Nothing, Page, task_page
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.learning import blueprint
from charter.web.learning.texts import languages_field, plain_in_language, set_languages
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

HINTS = {
    "ends_on": message("Empty for one day."),
    "sign_up_until": message("Empty: until it begins."),
    "seats": message("Who signs up when it is full waits, and gets a seat when one becomes free."),
    "note": message("What people need to know: times, what to bring, the link of an online meeting."),
}


class SessionForm(CharterForm):
    """A date."""

    starts_on = DayField(message("First day"), [Needed()])
    ends_on = DayField(message("Last day"), [MayBeEmpty()])
    sign_up_until = DayField(message("Sign-up until"), [MayBeEmpty()])
    is_online = BooleanField(message("Online"))
    place = StringField(message("Place"), [AtMost(200)], filters=[clean_text])
    province = StringField(message("Province"), [AtMost(80)], filters=[clean_text])
    seats = IntegerField(message("Seats"), [Needed()])
    languages = languages_field()
    note = TextAreaField(message("Note"), [AtMost(2000)], filters=[clean_text])

    def content(self) -> service.SessionContent:
        """As the service takes it."""
        return service.SessionContent(
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            sign_up_until=self.sign_up_until.data,
            is_online=self.is_online.data,
            place=self.place.data,
            province=self.province.data,
            seats=self.seats.data,
            languages=tuple(self.languages.data or ()),
            note=self.note.data,
        )


@blueprint.route("/coalition/trainings/<int:training_id>/dates/add", methods=["GET", "POST"])
@allow(coordinator)
def add_session(training_id: int) -> Page | Response:
    """A new date."""
    db = database()
    training = service.find_training(db, training_id)
    form = SessionForm()
    set_languages(form)
    if form.validate_on_submit():
        try:
            service.add_session(db, actor(), training=training, content=form.content(), today=today(settings().zone))
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The date is open for sign-up."))
            return redirect(url_for("learning.training", training_id=training_id))
    return task_page(
        form,
        title=message("Add a date"),
        lead=message("{title}", title=plain_in_language(training.titles)),
        button=message("Add the date"),
        back=(message("Back"), url_for("learning.training", training_id=training_id)),
        hints=HINTS,
    )


@blueprint.route("/coalition/trainings/dates/<int:session_id>/edit", methods=["GET", "POST"])
@allow(coordinator)
def edit_session(session_id: int) -> Page | Response:
    """Change a date."""
    db = database()
    session = service.find_session(db, session_id)
    form = SessionForm(obj=session)
    set_languages(form)
    if form.validate_on_submit():
        try:
            sign_ups.change_session(
                db, actor(), session_id=session_id, content=form.content(), today=today(settings().zone)
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("Saved."))
            return redirect(url_for("learning.attendance", session_id=session_id))
    return task_page(
        form,
        title=message("Change the date"),
        lead=message("{title}", title=plain_in_language(session.training.titles)),
        button=message("Save"),
        back=(message("Back"), url_for("learning.attendance", session_id=session_id)),
        hints=HINTS,
    )


@blueprint.route("/coalition/trainings/dates/<int:session_id>/cancel", methods=["GET", "POST"])
@allow(coordinator)
def cancel_session(session_id: int) -> Page | Response:
    """Ask, then cancel a date."""
    db = database()
    session = service.find_session(db, session_id)
    form = Nothing()
    if form.validate_on_submit():
        sign_ups.cancel_session(db, actor(), session_id=session_id, today=today(settings().zone))
        flash(message("The date is cancelled."))
        return redirect(url_for("learning.training", training_id=session.training_id))
    return task_page(
        form,
        title=message("Cancel this date"),
        lead=message("{title}", title=plain_in_language(session.training.titles)),
        button=message("Cancel the date"),
        back=(message("Back"), url_for("learning.attendance", session_id=session_id)),
        consequences=[message("Whoever signed people up gets a mail.")],
        kind="danger",
    )


@blueprint.route("/coalition/trainings/dates/<int:session_id>", methods=["GET", "POST"])
@allow(coordinator)
def attendance(session_id: int) -> str | Response:
    """Who has signed up; once it has begun, who was there."""
    db = database()
    session = service.find_session(db, session_id)
    if request.method == "POST":
        given: dict[int, Attendance | None] = {}
        for name, value in request.form.items():
            number = name.removeprefix("sign-up-")
            if number != name and number.isdecimal() and len(number) < 10:
                given[int(number)] = Attendance(value) if value in list(Attendance) else None
        changed = sign_ups.record_attendance(
            db, actor(), session_id=session_id, attendance=given, today=today(settings().zone)
        )
        flash(message("Saved: {count} changed.", count=changed))
        return redirect(url_for("learning.attendance", session_id=session_id))
    return render_template(
        "learning/attendance.html.j2",
        session=session,
        seats=service.seats_of(db, session_id),
        sign_ups=sign_ups.sign_ups_of(db, session_id),
        today=today(settings().zone),
    )
