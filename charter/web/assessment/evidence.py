"""Evidence as a file to save."""

from __future__ import annotations

from flask import Response, g

from charter.services.evidence import find_evidence
from charter.services.evidence_files import read_file
from charter.stores import store_for
from charter.web.access import allow, assessment_reader
from charter.web.assessment import blueprint
from charter.web.downloads import as_attachment
from charter.web.requests import database, settings


@blueprint.get("/assessment/<int:assessment_id>/evidence/<int:evidence_id>")
@allow(assessment_reader)
def evidence_file(assessment_id: int, evidence_id: int) -> Response:
    """The file, never shown in the name of this site."""
    row = find_evidence(database(), g.assessment, evidence_id)
    content = read_file(store_for(settings()), row)
    return as_attachment(content, name=row.file_name or "file", media_type=row.media_type or "application/octet-stream")
