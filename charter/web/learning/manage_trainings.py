"""The catalogue of trainings, for coordinators: demand, adding, changing."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField

from charter.clock import today
from charter.services import trainings as service
from charter.services.errors import Invalid
from charter.web.access import allow, coordinator
from charter.web.coalition.tasks import Page, moved, task_page
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.learning import blueprint
from charter.web.learning.texts import fields_of, texts_of, topics_of
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

HINTS = {
    "key": message("A short name that questionnaires know it by, such as child-protection. Better not changed later."),
    "title_en": message("At least one language is needed."),
    "topics": message("Separated by commas: numbers of criteria or principles, or words such as child-protection."),
}


class TrainingForm(CharterForm):
    """What a training says of itself."""

    key = StringField(message("Key"), [Needed(), AtMost(80)], filters=[clean_text])
    title_en = StringField(message("Title in English"), [AtMost(200)], filters=[clean_text])
    title_km = StringField(message("Title in Khmer"), [AtMost(200)], filters=[clean_text])
    title_vi = StringField(message("Title in Vietnamese"), [AtMost(200)], filters=[clean_text])
    description_en = TextAreaField(message("Description in English"), [AtMost(5000)], filters=[clean_text])
    description_km = TextAreaField(message("Description in Khmer"), [AtMost(5000)], filters=[clean_text])
    description_vi = TextAreaField(message("Description in Vietnamese"), [AtMost(5000)], filters=[clean_text])
    topics = StringField(message("Topics"), [AtMost(1700)], filters=[clean_text])

    def content(self) -> service.TrainingContent:
        """As the service takes it."""
        return service.TrainingContent(
            self.key.data or "",
            texts_of(self, "title"),
            texts_of(self, "description"),
            topics_of(self.topics.data),
        )


@blueprint.get("/coalition/trainings")
@allow(coordinator)
def manage_trainings() -> str:
    """Every training with its demand, and every date with its seats."""
    return render_template(
        "learning/manage_trainings.html.j2",
        offers=service.offers(database(), retired=True),
        today=today(settings().zone),
    )


@blueprint.route("/coalition/trainings/add", methods=["GET", "POST"])
@allow(coordinator)
def add_training() -> Page | Response:
    """A new training."""
    form = TrainingForm()
    if form.validate_on_submit():
        try:
            made = service.add_training(database(), actor(), content=form.content())
        except Invalid as problem:
            form.take(moved(problem, title="title_en"))
        else:
            flash(message("Added. Now give it a date."))
            return redirect(url_for("learning.training", training_id=made.id))
    return task_page(
        form,
        title=message("Add a training"),
        button=message("Add the training"),
        back=(message("Trainings"), url_for("learning.manage_trainings")),
        hints=HINTS,
    )


@blueprint.route("/coalition/trainings/<int:training_id>/edit", methods=["GET", "POST"])
@allow(coordinator)
def edit_training(training_id: int) -> Page | Response:
    """Change what it says of itself."""
    found = service.find_training(database(), training_id)
    form = TrainingForm(
        key=found.key,
        topics=", ".join(each.topic for each in found.topics),
        **fields_of(found.titles, "title"),
        **fields_of(found.descriptions, "description"),
    )
    if form.validate_on_submit():
        try:
            service.change_training(database(), actor(), training=found, content=form.content())
        except Invalid as problem:
            form.take(moved(problem, title="title_en"))
        else:
            flash(message("Saved."))
            return redirect(url_for("learning.training", training_id=training_id))
    return task_page(
        form,
        title=message("Change the training"),
        button=message("Save"),
        back=(message("Back"), url_for("learning.training", training_id=training_id)),
        hints=HINTS,
    )


@blueprint.post("/coalition/trainings/<int:training_id>/retire")
@allow(coordinator)
def retire_training(training_id: int) -> Response:
    """No longer offer it, or offer it again."""
    db = database()
    found = service.find_training(db, training_id)
    if "again" in request.form:
        service.offer_again(db, actor(), training=found)
        flash(message("It is offered again."))
    else:
        service.retire_training(db, actor(), training=found, today=today(settings().zone))
        flash(message("It is no longer offered."))
    return redirect(url_for("learning.training", training_id=training_id))
