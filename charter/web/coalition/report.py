"""The coalition's report on a period: asking for it, waiting, fetching it."""

from __future__ import annotations

from datetime import date

from flask import Response as FlaskResponse
from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, SelectChoice

from charter.clock import today
from charter.database.jobs import Job
from charter.services import coalition_reports as services
from charter.services.errors import Invalid
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import language_field, set_languages
from charter.web.forms import CharterForm, DayField, Needed
from charter.web.job_pages import job_page, made_file
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class ReportForm(CharterForm):
    """Which days, language and kind of file."""

    first = DayField(message("From"), [Needed()])
    last = DayField(message("Until"), [Needed()])
    language = language_field()
    format = RadioField(
        message("File"),
        choices=[SelectChoice("pdf", message("Report (PDF)")), SelectChoice("xlsx", message("Tables (Excel)"))],
        default="pdf",
    )


@blueprint.route("/coalition/report", methods=["GET", "POST"])
@allow(coordinator)
def report() -> Response | tuple[str, int]:
    """Ask for it; the links fill in the half-years that meetings look back on."""
    this = services.half_year(today(settings().zone))
    before = _half_year_before(this[0])
    form = ReportForm()
    set_languages(form)
    if not form.is_submitted():
        chosen = _asked() or before
        form.first.data, form.last.data = chosen
        form.language.data = g.translator.language
    if form.validate_on_submit():
        try:
            job = services.request_report(
                database(),
                actor(),
                settings(),
                first=form.first.data,
                last=form.last.data,
                language=form.language.data,
                format=form.format.data,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            return redirect(url_for("coalition.report_job", job_id=job.id))
    halves = [this, before, _half_year_before(before[0])]
    return render_template("coalition/report.html.j2", form=form, halves=halves), 422 if form.problems else 200


@blueprint.get("/coalition/report/<job_id>")
@allow(coordinator)
def report_job(job_id: str) -> FlaskResponse:
    """How far it is; loads itself again until there is something to fetch."""
    found = _job(job_id)
    return job_page("coalition/report_job.html.j2", found)


@blueprint.get("/coalition/report/<job_id>/file")
@allow(coordinator)
def report_file(job_id: str) -> FlaskResponse:
    """What was made."""
    return made_file(_job(job_id))


def _asked() -> tuple[date, date] | None:
    """The period in the address, if it says one."""
    try:
        return date.fromisoformat(request.args["first"]), date.fromisoformat(request.args["last"])
    except (KeyError, ValueError):
        return None


def _half_year_before(first: date) -> tuple[date, date]:
    return services.half_year(date.fromordinal(first.toordinal() - 1))


def _job(job_id: str) -> Job:
    found = services.find_report(database(), job_id)
    if found is None:
        abort(404)
    return found
