"""Evidence that an action was done: adding it, fetching it, taking it away."""

from __future__ import annotations

from functools import partial

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from charter.services import action_evidence as service
from charter.services.evidence_files import read_file
from charter.stores import store_for
from charter.web.access import action_member, action_reader, allow
from charter.web.downloads import as_attachment
from charter.web.evidence_forms import FileForm, LinkForm, keep_file, keep_link
from charter.web.plan import blueprint
from charter.web.plan.action import action_page
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


@blueprint.post("/action/<int:action_id>/evidence/file")
@allow(action_member)
def add_file(action_id: int) -> Response | tuple[str, int]:
    """Upload a file."""
    form = FileForm(prefix="file")
    keep = partial(service.add_action_file, database(), actor(), store_for(settings()), action=g.action)
    if keep_file(form, keep):
        return _back(action_id)
    return action_page(file_form=form), 422


@blueprint.post("/action/<int:action_id>/evidence/link")
@allow(action_member)
def add_link(action_id: int) -> Response | tuple[str, int]:
    """Add a link."""
    form = LinkForm(prefix="link")
    if keep_link(form, partial(service.add_action_link, database(), actor(), action=g.action)):
        return _back(action_id)
    return action_page(link_form=form), 422


@blueprint.get("/action/<int:action_id>/evidence/<int:evidence_id>")
@allow(action_reader)
def evidence_file(action_id: int, evidence_id: int) -> Response:
    """The file, never shown in the name of this site."""
    row = service.find_action_evidence(database(), g.action, evidence_id)
    content = read_file(store_for(settings()), row)
    return as_attachment(content, name=row.file_name or "file", media_type=row.media_type or "application/octet-stream")


@blueprint.route("/action/<int:action_id>/evidence/<int:evidence_id>/remove", methods=["GET", "POST"])
@allow(action_member)
def remove_evidence(action_id: int, evidence_id: int) -> str | Response:
    """Asks first, then removes."""
    row = service.find_action_evidence(database(), g.action, evidence_id)
    if request.method == "GET":
        return render_template("plan/remove_evidence.html.j2", action=g.action, evidence=row)
    service.remove_action_evidence(database(), actor(), store_for(settings()), action=g.action, evidence_id=evidence_id)
    flash(message("Removed."))
    return _back(action_id)


def _back(action_id: int) -> Response:
    return redirect(url_for("plan.action", action_id=action_id, _anchor="evidence"))
