"""Importing a library from a spreadsheet: the empty workbook, uploading, looking at what would change, importing."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response

from charter.database.jobs import Job
from charter.services import jobs
from charter.services import resource_imports as service
from charter.services.errors import Invalid, NotFound
from charter.services.report_jobs import XLSX
from charter.web.access import allow, coordinator
from charter.web.coalition.tasks import Page
from charter.web.downloads import as_attachment
from charter.web.forms import CharterForm
from charter.web.job_pages import job_page
from charter.web.learning import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

SHOWN = 1000
"""Problems on the page; the file of all of them has the rest."""


class ImportForm(CharterForm):
    """The filled workbook."""

    file = FileField(message("Workbook (.xlsx) or CSV file"))


@blueprint.route("/coalition/resources/import", methods=["GET", "POST"])
@allow(coordinator)
def import_resources() -> Page | Response:
    """Take a file; nothing is imported yet."""
    form = ImportForm()
    if form.validate_on_submit():
        upload = form.file.data
        try:
            if not upload:
                raise Invalid({"file": message("Please choose a file.")})
            made = service.keep_upload(
                database(),
                actor(),
                name=upload.filename or "",
                content=upload.read(settings().upload_limit + 1),
            )
        except Invalid as problem:
            form.take(problem)
        else:
            return redirect(url_for("learning.import_preview", upload_id=made.id))
    return render_template("learning/import.html.j2", form=form), 422 if form.problems else 200


@blueprint.get("/coalition/resources/import/workbook")
@allow(coordinator)
def import_workbook() -> FlaskResponse:
    """The empty workbook, with a sheet that explains it."""
    # Only whoever fetches it pays for loading the writer.
    from charter.reports.resource_workbook import resource_workbook

    content = resource_workbook(language=str(request.args.get("language") or ""))
    return as_attachment(content, name="resources.xlsx", media_type=XLSX)


@blueprint.get("/coalition/resources/import/<upload_id>")
@allow(coordinator)
def import_preview(upload_id: str) -> str:
    """What would change, and everything that is wrong by row and column."""
    db = database()
    upload = service.find_upload(db, actor(), upload_id)
    return render_template(
        "learning/import_preview.html.j2", upload=upload, preview=service.preview(db, upload), most=SHOWN
    )


@blueprint.post("/coalition/resources/import/<upload_id>/apply")
@allow(coordinator)
def apply_import(upload_id: str) -> Response:
    """Import it; a long one by a worker."""
    db = database()
    upload = service.find_upload(db, actor(), upload_id)
    only_good = request.form.get("rows") == "good"
    if upload.total > service.AT_ONCE:
        service.refuse_wrong(service.preview(db, upload), only_good=only_good)
        job = jobs.request_job(
            db,
            actor(),
            kind=service.KIND,
            arguments={"upload": upload.id, "person": actor().id, "only_good": only_good},
        )
        return redirect(url_for("learning.import_job", job_id=job.id))
    new, changed = service.apply(db, actor(), upload, only_good=only_good)
    flash(message("Imported: {new} new, {changed} changed.", new=new, changed=changed))
    return redirect(url_for("learning.resources"))


@blueprint.post("/coalition/resources/import/<upload_id>/discard")
@allow(coordinator)
def discard_import(upload_id: str) -> Response:
    """Forget what was uploaded."""
    db = database()
    service.discard_upload(db, service.find_upload(db, actor(), upload_id))
    flash(message("Nothing was imported."))
    return redirect(url_for("learning.resources"))


@blueprint.get("/coalition/resources/import-jobs/<job_id>")
@allow(coordinator)
def import_job(job_id: str) -> FlaskResponse:
    """How far it is; loads itself again until it is done."""
    job: Job | None = jobs.find_job(database(), job_id)
    if job is None or job.kind != service.KIND or job.requested_by_id != actor().id:
        raise NotFound
    return job_page("learning/import_job.html.j2", job)
