"""Questionnaires and standards: what is published, uploading, checking, publishing."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import FileField, SelectChoice, SelectField

from charter.database.packs import ContentKind, PackUpload
from charter.services import pack_uploads
from charter.services.errors import Invalid
from charter.services.packs import find_published_pack, latest_published, pack_of, published_packs
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Page
from charter.web.forms import CharterForm
from charter.web.rendering import flash
from charter.web.requests import actor, database
from questionnaires.message import message
from questionnaires.places import project_packs


class UploadForm(CharterForm):
    """A file."""

    file = FileField(message("File"))


class ProjectPackForm(CharterForm):
    """A pack that comes with the project."""

    pack = SelectField(message("Questionnaire"), choices=[])


@blueprint.get("/coalition/packs")
@allow(coordinator)
def packs() -> str:
    """What is published, and the ways to publish more."""
    return _list(UploadForm(), _project_form())


@blueprint.post("/coalition/packs/upload")
@allow(coordinator)
def upload_pack() -> Page | Response:
    """Take a file; nothing is published yet."""
    form = UploadForm()
    if form.validate_on_submit():
        file = form.file.data
        try:
            if not file:
                raise Invalid({"file": message("Please choose a file.")})
            made = pack_uploads.keep_upload(database(), actor(), name=file.filename or "", content=file.read())
        except Invalid as problem:
            form.take(problem)
        else:
            return redirect(url_for("coalition.check_pack", upload_id=made.id))
    return _list(form, _project_form()), 422


@blueprint.post("/coalition/packs/choose")
@allow(coordinator)
def choose_pack() -> Page | Response:
    """Take a pack that comes with the project; nothing is published yet."""
    form = _project_form()
    if form.validate_on_submit():
        made = pack_uploads.keep_project_pack(database(), actor(), form.pack.data)
        return redirect(url_for("coalition.check_pack", upload_id=made.id))
    return _list(UploadForm(), form), 422


@blueprint.get("/coalition/packs/uploads/<upload_id>")
@allow(coordinator)
def check_pack(upload_id: str) -> str:
    """Every message at its line, what changes, and the button that publishes."""
    upload = _upload(upload_id)
    check = pack_uploads.check_upload(database(), upload)
    return render_template("coalition/pack_check.html.j2", upload=upload, check=check)


@blueprint.post("/coalition/packs/uploads/<upload_id>/publish")
@allow(coordinator)
def publish_pack(upload_id: str) -> Response:
    """Freeze it."""
    published = pack_uploads.publish_upload(database(), actor(), _upload(upload_id))
    flash(message("{title} {version} is published.", title=published.title, version=published.version))
    if published.kind is ContentKind.STANDARD:
        return redirect(url_for("coalition.packs"))
    return redirect(url_for("coalition.pack", published_id=published.id))


@blueprint.post("/coalition/packs/uploads/<upload_id>/discard")
@allow(coordinator)
def discard_pack(upload_id: str) -> Response:
    """Forget what was uploaded."""
    pack_uploads.discard_upload(database(), _upload(upload_id))
    flash(message("Nothing was published."))
    return redirect(url_for("coalition.packs"))


@blueprint.get("/coalition/packs/<int:published_id>")
@allow(coordinator)
def pack(published_id: int) -> str:
    """One published version and its forms."""
    db = database()
    published = find_published_pack(db, published_id)
    if published is None:
        abort(404)
    latest = latest_published(db, published.pack)
    return render_template(
        "coalition/pack.html.j2", published=published, pack=pack_of(db, published), is_latest=latest is published
    )


def _project_form() -> ProjectPackForm:
    form = ProjectPackForm()
    form.pack.choices = [SelectChoice(name, name) for name in project_packs()]
    return form


def _list(upload: UploadForm, project: ProjectPackForm) -> str:
    db = database()
    return render_template(
        "coalition/packs.html.j2",
        published=published_packs(db),
        standards=published_packs(db, ContentKind.STANDARD),
        upload=upload,
        project=project,
    )


def _upload(upload_id: str) -> PackUpload:
    found = pack_uploads.find_upload(database(), actor(), upload_id)
    if found is None:
        abort(404)
    return found
