"""Jobs that make reports: from an assessment's id to a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from charter.database.engine import end_reading
from charter.services.assessments import find_assessment
from charter.services.errors import NotFound
from charter.services.results import FullResult, full_result

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class JobFile:
    """What a job made."""

    content: bytes
    name: str
    media_type: str


def assessment_report_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> JobFile:
    """Arguments: `assessment`, `language`, `format` (pdf or xlsx). NotFound if the assessment is gone."""
    # The renderer takes 60 MB and half a second to load; only whoever renders pays.
    from charter.reports.assessment import assessment_report
    from charter.reports.figures import Earlier, peers
    from charter.reports.result_workbook import result_xlsx

    assessment = find_assessment(db, int(arguments["assessment"]))
    if assessment is None:
        raise NotFound
    found: FullResult = full_result(db, assessment)
    end_reading(db)
    progress(10)
    name = f"{file_stem(assessment.organization.name)}-{file_stem(assessment.cycle.title)}"
    language = str(arguments["language"])
    if arguments["format"] == "xlsx":
        workbook = result_xlsx(found.pack, found.answers, found.result, language=language, verified=found.verified)
        return JobFile(workbook, f"{name}.xlsx", XLSX)
    earlier = [Earlier(one.cycle, one.result) for one in found.earlier]
    content = assessment_report(
        found.pack,
        found.answers,
        found.result,
        language=language,
        earlier=earlier,
        verified=found.verified,
        peers=peers(found.compared, language=language),
    )
    return JobFile(content, f"{name}-{language}.pdf", PDF)


def file_stem(text: str) -> str:
    """A title as part of a file's name: letters and digits of any script, joined by hyphens."""
    return re.sub(r"[^\w]+", "-", text, flags=re.UNICODE).strip("-_").lower()[:60] or "report"
