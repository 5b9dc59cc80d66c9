"""Visits, inspections and certificates of one member."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import Optional as MayBeEmpty

from charter.clock import today
from charter.database.records import InspectionResult
from charter.services import records
from charter.services.errors import Invalid
from charter.services.sign_ups import trainings_of
from charter.web.access import allow, organization_companion, organization_mentor, organization_reader
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.labels import label
from charter.web.mentor import blueprint
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, settings
from questionnaires.message import message

Page = str | Response | tuple[str, int]


class VisitForm(CharterForm):
    """A visit that took place."""

    visited_on = DayField(message("Day of the visit"), [Needed()])
    note = TextAreaField(message("What was done"), [Needed(), AtMost(5000)], filters=[clean_text])
    next_on = DayField(message("Next visit (if it is fixed)"), [MayBeEmpty()])


class InspectionForm(CharterForm):
    """An inspection against a standard."""

    standard = SelectField(message("Standard"), [Needed()])
    inspected_on = DayField(message("Day of the inspection"), [Needed()])
    result = SelectField(message("Result"), [Needed()])
    note = TextAreaField(message("Note"), [AtMost(5000)], filters=[clean_text])


class CertificateForm(CharterForm):
    """A certificate."""

    standard = SelectField(message("Standard"), [Needed()])
    number = StringField(message("Number"), [Needed(), AtMost(80)], filters=[clean_text])
    issued_by = StringField(message("Issued by"), [AtMost(200)], filters=[clean_text])
    issued_on = DayField(message("Issued on"), [Needed()])
    expires_on = DayField(message("Expires on (if it does)"), [MayBeEmpty()])


@blueprint.get("/organizations/<int:organization_id>/records")
@allow(organization_reader)
def record_list(organization_id: int) -> str:
    """Everything that is kept, newest first."""
    return render_template(
        "mentor/records.html.j2",
        organization=g.organization,
        records=records.records_of(database(), organization_id),
        standards=_titles(),
        today=today(settings().zone),
        may_write=actor().mentors(organization_id) or actor().is_coordinator,
        may_visit=actor().mentors(organization_id),
        sign_ups=trainings_of(database(), organization_id),
    )


@blueprint.route("/organizations/<int:organization_id>/visits/new", methods=["GET", "POST"])
@allow(organization_mentor)
def add_visit(organization_id: int) -> Page:
    """Enter a visit."""
    form = VisitForm()
    if form.validate_on_submit():
        return _saved(
            form,
            lambda: records.add_visit(
                database(),
                actor(),
                organization=g.organization,
                visited_on=form.visited_on.data,
                next_on=form.next_on.data,
                note=form.note.data,
                today=today(settings().zone),
            ),
            "mentor/visit.html.j2",
        )
    return _page("mentor/visit.html.j2", form)


@blueprint.route("/organizations/<int:organization_id>/inspections/new", methods=["GET", "POST"])
@allow(organization_companion)
def add_inspection(organization_id: int) -> Page:
    """Enter an inspection."""
    form = InspectionForm()
    form.standard.choices = [("", ""), *_titles().items()]
    form.result.choices = [(each.value, said(label(each))) for each in InspectionResult]
    if form.validate_on_submit():
        return _saved(
            form,
            lambda: records.add_inspection(
                database(),
                actor(),
                organization=g.organization,
                standard=form.standard.data,
                inspected_on=form.inspected_on.data,
                result=InspectionResult(form.result.data),
                note=form.note.data,
                today=today(settings().zone),
            ),
            "mentor/inspection.html.j2",
        )
    return _page("mentor/inspection.html.j2", form)


@blueprint.route("/organizations/<int:organization_id>/certificates/new", methods=["GET", "POST"])
@allow(organization_companion)
def add_certificate(organization_id: int) -> Page:
    """Enter a certificate."""
    form = CertificateForm()
    form.standard.choices = [("", ""), *_titles().items()]
    if form.validate_on_submit():
        return _saved(
            form,
            lambda: records.add_certificate(
                database(),
                actor(),
                organization=g.organization,
                standard=form.standard.data,
                number=form.number.data,
                issued_by=form.issued_by.data,
                issued_on=form.issued_on.data,
                expires_on=form.expires_on.data,
            ),
            "mentor/certificate.html.j2",
        )
    return _page("mentor/certificate.html.j2", form)


@blueprint.route("/organizations/<int:organization_id>/records/<kind>/<int:record_id>/remove", methods=["GET", "POST"])
@allow(organization_companion)
def remove_record(organization_id: int, kind: str, record_id: int) -> Page:
    """Ask, then take back an entry that was a mistake."""
    if request.method == "POST":
        records.remove_record(database(), actor(), organization=g.organization, kind=kind, record_id=record_id)
        flash(message("Removed."))
        return redirect(url_for("mentor.record_list", organization_id=organization_id))
    records.find_record(database(), organization=g.organization, kind=kind, record_id=record_id)
    return render_template("mentor/remove_record.html.j2", organization=g.organization, kind=kind, record_id=record_id)


def _page(template: str, form: CharterForm) -> Page:
    return render_template(template, organization=g.organization, form=form), 422 if form.problems else 200


def _saved(form: CharterForm, save: Any, template: str) -> Page:
    try:
        save()
    except Invalid as problem:
        form.take(problem)
        return _page(template, form)
    flash(message("Saved."))
    return redirect(url_for("mentor.record_list", organization_id=g.organization.id))


def _titles() -> dict[str, str]:
    """Standards by id, in the reader's language where the pack has it."""
    found = records.known_standards(database(), language=g.translator.language)
    return {name: standard.title for name, standard in found.items()}
