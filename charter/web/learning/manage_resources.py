"""Looking after the library, for coordinators: adding, changing and removing items."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField, StringField, TextAreaField, URLField

from charter.database.resources import ResourceKind
from charter.services import resources as service
from charter.services.errors import Invalid
from charter.stores import store_for
from charter.web.access import allow, coordinator
from charter.web.coalition.tasks import Nothing, Page, moved, task_page
from charter.web.forms import AtMost, CharterForm, Needed, clean_text
from charter.web.labels import label
from charter.web.learning import blueprint
from charter.web.learning.texts import (
    fields_of,
    languages_field,
    plain_in_language,
    set_languages,
    texts_of,
    topics_of,
)
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, settings
from questionnaires.message import message

HINTS = {
    "key": message("A short name that questionnaires know it by. Empty: one is made."),
    "title_en": message("At least one language is needed."),
    "languages": message("The languages that the item itself is in."),
    "topics": message("Separated by commas: numbers of criteria or principles, or words such as child-protection."),
    "url": message("Begins with https://. Or upload a file instead; a contact may have neither."),
    "file": message("PDF, photo, Word, Excel, OpenDocument or text. A new file takes the place of the old one."),
}


class ResourceForm(CharterForm):
    """What an item of the library says of itself."""

    kind = SelectField(message("Kind"), [Needed()])
    title_en = StringField(message("Title in English"), [AtMost(300)], filters=[clean_text])
    title_km = StringField(message("Title in Khmer"), [AtMost(300)], filters=[clean_text])
    title_vi = StringField(message("Title in Vietnamese"), [AtMost(300)], filters=[clean_text])
    summary_en = TextAreaField(message("Summary in English"), [AtMost(5000)], filters=[clean_text])
    summary_km = TextAreaField(message("Summary in Khmer"), [AtMost(5000)], filters=[clean_text])
    summary_vi = TextAreaField(message("Summary in Vietnamese"), [AtMost(5000)], filters=[clean_text])
    languages = languages_field()
    topics = StringField(message("Topics"), [AtMost(1700)], filters=[clean_text])
    url = URLField(message("Link"), [AtMost(2000)], filters=[clean_text])
    file = FileField(message("File"))
    key = StringField(message("Key"), [AtMost(80)], filters=[clean_text])

    def stored(self) -> dict[str, Any]:
        """As the service takes it: texts, and the name and bytes of a file, if there is one."""
        given, limit = self.file.data, settings().upload_limit
        content = service.Content(
            key=self.key.data,
            kind=ResourceKind(self.kind.data),
            titles=texts_of(self, "title"),
            summaries=texts_of(self, "summary"),
            languages=tuple(self.languages.data or ()),
            topics=topics_of(self.topics.data),
            url=self.url.data,
        )
        name, file = ((given.filename or ""), given.read(limit + 1)) if given else ("", b"")
        return {"content": content, "file_name": name, "file": file, "limit": limit}


@blueprint.route("/coalition/resources/add", methods=["GET", "POST"])
@allow(coordinator)
def add_resource() -> Page | Response:
    """A new item."""
    form = ResourceForm()
    _set_choices(form)
    if form.validate_on_submit():
        try:
            made = service.add_resource(
                database(),
                actor(),
                store_for(settings()),
                **form.stored(),
            )
        except Invalid as problem:
            form.take(moved(problem, title="title_en"))
        else:
            flash(message("It is in the library."))
            return redirect(url_for("learning.resource", resource_id=made.id))
    return task_page(
        form,
        title=message("Add to the library"),
        button=message("Add"),
        back=(message("Resources"), url_for("learning.resources")),
        hints=HINTS,
    )


@blueprint.route("/coalition/resources/<int:resource_id>/edit", methods=["GET", "POST"])
@allow(coordinator)
def edit_resource(resource_id: int) -> Page | Response:
    """Change an item."""
    db = database()
    found = service.find_resource(db, resource_id)
    stored = service.content_of(found)
    form = ResourceForm(
        key=stored.key,
        kind=stored.kind.value,
        languages=list(stored.languages),
        topics=", ".join(stored.topics),
        url=stored.url,
        **fields_of(stored.titles, "title"),
        **fields_of(stored.summaries, "summary"),
    )
    _set_choices(form)
    if form.validate_on_submit():
        try:
            service.change_resource(
                db,
                actor(),
                store_for(settings()),
                resource=found,
                **form.stored(),
            )
        except Invalid as problem:
            form.take(moved(problem, title="title_en"))
        else:
            flash(message("Saved."))
            return redirect(url_for("learning.resource", resource_id=resource_id))
    return task_page(
        form,
        title=message("Change the item"),
        button=message("Save"),
        back=(message("Back"), url_for("learning.resource", resource_id=resource_id)),
        hints=HINTS,
    )


@blueprint.route("/coalition/resources/<int:resource_id>/remove", methods=["GET", "POST"])
@allow(coordinator)
def remove_resource(resource_id: int) -> Page | Response:
    """Ask, then take it out of the library."""
    db = database()
    found = service.find_resource(db, resource_id)
    form = Nothing()
    if form.validate_on_submit():
        service.remove_resource(db, actor(), store_for(settings()), resource=found)
        flash(message("Removed."))
        return redirect(url_for("learning.resources"))
    return task_page(
        form,
        title=message("Remove from the library"),
        lead=message("{title}", title=plain_in_language(found.titles)),
        button=message("Remove it"),
        back=(message("Back"), url_for("learning.resource", resource_id=resource_id)),
        consequences=[message("Its file is deleted. This cannot be taken back.")],
        kind="danger",
    )


def _set_choices(form: ResourceForm) -> None:
    form.kind.choices = [SelectChoice(each.value, said(label(each))) for each in ResourceKind]
    set_languages(form)
