"""Evidence of one criterion: adding files and links, and taking them away."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from charter.services import evidence as service
from charter.services import rating_pages
from charter.services.answering import openness
from charter.services.packs import pack_of
from charter.stores import store_for
from charter.web.access import allow, assessment_member
from charter.web.evidence_forms import FileForm, LinkForm, keep_file, keep_link
from charter.web.member import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message
from questionnaires.model import Criterion

_ADDRESS = "/member/assessments/<int:assessment_id>/evidence/<criterion_id>"


@blueprint.get(_ADDRESS)
@allow(assessment_member)
def evidence(assessment_id: int, criterion_id: str) -> str:
    """What there is, and the two ways to add more."""
    return _page(_criterion(criterion_id), FileForm(prefix="file"), LinkForm(prefix="link"))


@blueprint.post(f"{_ADDRESS}/file")
@allow(assessment_member)
def add_evidence_file(assessment_id: int, criterion_id: str) -> Response | tuple[str, int]:
    """Upload a file."""
    criterion, form = _criterion(criterion_id), FileForm(prefix="file")
    store = store_for(settings())
    if keep_file(form, partial(service.add_file, database(), actor(), store, **_of(criterion_id))):
        return _back(criterion_id)
    return _page(criterion, form, LinkForm(prefix="link", formdata=None)), 422


@blueprint.post(f"{_ADDRESS}/link")
@allow(assessment_member)
def add_evidence_link(assessment_id: int, criterion_id: str) -> Response | tuple[str, int]:
    """Add a link."""
    criterion, form = _criterion(criterion_id), LinkForm(prefix="link")
    if keep_link(form, partial(service.add_link, database(), actor(), **_of(criterion_id))):
        return _back(criterion_id)
    return _page(criterion, FileForm(prefix="file", formdata=None), form), 422


@blueprint.route("/member/assessments/<int:assessment_id>/evidence/<int:evidence_id>/remove", methods=["GET", "POST"])
@allow(assessment_member)
def remove_evidence(assessment_id: int, evidence_id: int) -> str | Response:
    """Asks first, then removes."""
    if request.method == "GET":
        row = service.find_evidence(database(), g.assessment, evidence_id)
        return render_template("member/remove_evidence.html.j2", assessment=g.assessment, evidence=row)
    criterion_id = service.find_evidence(database(), g.assessment, evidence_id).criterion_id
    service.remove_evidence(
        database(), actor(), store_for(settings()), assessment=g.assessment, evidence_id=evidence_id
    )
    flash(message("Removed."))
    return _back(criterion_id)


def _of(criterion_id: str) -> dict[str, Any]:
    return {"assessment": g.assessment, "criterion_id": criterion_id}


def _back(criterion_id: str | None) -> Response:
    return redirect(url_for("member.evidence", assessment_id=g.assessment.id, criterion_id=criterion_id))


def _criterion(criterion_id: str) -> Criterion:
    pack = pack_of(database(), g.assessment.published_pack)
    if not pack.has_criterion(criterion_id):
        abort(404)
    language = g.translator.language
    return (pack.translated(language) if language in pack.languages else pack).criterion(criterion_id)


def _page(criterion: Criterion, file_form: FileForm, link_form: LinkForm) -> str:
    db, assessment = database(), g.assessment
    return render_template(
        "member/evidence.html.j2",
        assessment=assessment,
        criterion=criterion,
        group=rating_pages.principle_of(pack_of(db, assessment.published_pack), criterion.id),
        evidence=service.evidence_of(db, assessment.id, [criterion.id]).get(criterion.id, []),
        may=openness(db, assessment).allows(criterion.id),
        file_form=file_form,
        link_form=link_form,
        megabytes=settings().upload_limit // (1024 * 1024),
    )
