"""The job that makes the form on paper of an assessment's questionnaire."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from charter.database.engine import end_reading
from charter.services.assessments import find_assessment
from charter.services.errors import NotFound
from charter.services.packs import pack_of
from charter.services.report_jobs import PDF, JobFile, file_stem

KIND = "paper-form"


def paper_form_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> JobFile:
    """Arguments: `assessment`, `language`. NotFound if the assessment is gone."""
    # The renderer takes 60 MB and half a second to load; only whoever renders pays.
    from charter.reports.form_paper import form_paper

    assessment = find_assessment(db, int(arguments["assessment"]))
    if assessment is None:
        raise NotFound
    pack = pack_of(db, assessment.published_pack)
    language = str(arguments["language"])
    end_reading(db)
    progress(10)
    return JobFile(form_paper(pack, language=language), f"{file_stem(pack.title)}-form-{language}.pdf", PDF)
