"""The workbook: fetching the empty form, and giving back the filled one."""

from __future__ import annotations

import json
from typing import Any

from flask import abort, g, redirect, render_template, request, url_for
from flask_wtf.file import FileField
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField

from charter.i18n import language_name
from charter.reports.read_form import FormError, FormProblem
from charter.services import jobs, workbooks
from charter.services.answering import is_round_open, openness
from charter.services.paper_forms import KIND as PAPER
from charter.web.access import allow, assessment_member
from charter.web.forms import CharterForm
from charter.web.languages import offered
from charter.web.member import blueprint
from charter.web.member.profile import fact_words
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, settings
from questionnaires.message import message

_ADDRESS = "/member/assessments/<int:assessment_id>/workbook"
_KINDS = {"workbook": workbooks.KIND, "paper": PAPER}


class EmptyForm(CharterForm):
    """Which empty form to make."""

    kind = SelectField(
        message("Form"),
        choices=[
            SelectChoice("workbook", message("Workbook, to fill in and upload")),
            SelectChoice("paper", message("Paper, to print")),
        ],
    )
    language = SelectField(message("Language"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.language.choices = [
            SelectChoice(code, language_name(code, within=g.translator)) for code in offered(settings())
        ]


class UploadForm(CharterForm):
    """The filled workbook."""

    file = FileField(message("Filled workbook (.xlsx)"))


@blueprint.get(_ADDRESS)
@allow(assessment_member)
def workbook(assessment_id: int) -> str:
    """Fetch an empty form, upload a filled one."""
    return _page(UploadForm())


@blueprint.post(f"{_ADDRESS}/form")
@allow(assessment_member)
def make_form(assessment_id: int) -> Response | tuple[str, int]:
    """Have an empty form made."""
    form = EmptyForm(prefix="empty")
    if not form.validate():
        return _page(UploadForm(formdata=None), empty=form), 422
    job = jobs.request_job(
        database(),
        actor(),
        kind=_KINDS[form.kind.data],
        arguments={"assessment": assessment_id, "language": form.language.data},
        assessment_id=assessment_id,
    )
    return redirect(url_for("assessment.job", assessment_id=assessment_id, job_id=job.id))


@blueprint.post(_ADDRESS)
@allow(assessment_member)
def upload_workbook(assessment_id: int) -> str | tuple[str, int]:
    """Read the filled workbook: its problems by cell, or what it would change. Nothing is stored yet."""
    form = UploadForm()
    upload = form.file.data
    if not upload:
        form.file.errors = [said(message("Please choose a file."))]
        return _page(form), 422
    content = upload.read(workbooks.LIMIT + 1)
    if len(content) > workbooks.LIMIT:
        form.file.errors = [said(message("This file is far larger than a form can be."))]
        return _page(form), 422
    try:
        raw = workbooks.read_workbook(database(), g.assessment, content)
    except FormError as error:
        return _page(form, problems=error.problems), 422
    return _preview(raw)


@blueprint.post(f"{_ADDRESS}/apply")
@allow(assessment_member)
def apply_workbook(assessment_id: int) -> str | Response:
    """Store what was chosen; what somebody else changed in between comes back."""
    raw = _sent_answers()
    applied = workbooks.apply(
        database(),
        actor(),
        assessment=g.assessment,
        raw=raw,
        criteria=set(request.form.getlist("criterion")),
        facts=set(request.form.getlist("fact")),
        known_answers=_versions("answer-version-"),
        known_facts=_versions("fact-version-"),
    )
    if applied.answers or applied.facts:
        flash(
            message(
                "Taken from the workbook: {answers} answers, {facts} facts.",
                answers=applied.answers,
                facts=applied.facts,
            )
        )
    if applied.conflicts:
        return _preview(raw, conflicts=applied.conflicts)
    return redirect(url_for("member.assessment", assessment_id=assessment_id))


def _sent_answers() -> dict[str, Any]:
    try:
        raw = json.loads(request.form.get("answers", ""))
    except (ValueError, RecursionError):
        abort(400)
    if not isinstance(raw, dict):
        abort(400)
    return raw


def _versions(prefix: str) -> dict[str, int]:
    return {
        name.removeprefix(prefix): int(value)
        for name, value in request.form.items()
        if name.startswith(prefix) and value.isdecimal() and len(value) < 10
    }


def _page(form: UploadForm, *, empty: EmptyForm | None = None, problems: tuple[FormProblem, ...] = ()) -> str:
    db, assessment = database(), g.assessment
    empty = empty or EmptyForm(prefix="empty", formdata=None, language=g.translator.language)
    return render_template(
        "member/workbook.html.j2",
        assessment=assessment,
        form=form,
        empty_form=empty,
        problems=problems,
        may=openness(db, assessment, round_open=is_round_open(db, assessment.id)),
    )


def _preview(raw: dict[str, Any], *, conflicts: tuple[str, ...] = ()) -> str:
    shown = workbooks.preview(database(), g.assessment, raw, language=g.translator.language)
    return render_template(
        "member/workbook_preview.html.j2",
        assessment=g.assessment,
        preview=shown,
        conflicts=conflicts,
        answers=json.dumps(raw, ensure_ascii=False),
        fact_words=fact_words,
    )
