"""The result of an assessment, and where each of its numbers comes from."""

from __future__ import annotations

from typing import Any

from flask import abort, g, render_template
from werkzeug.wrappers import Response

from charter.database.assessments import Assessment, AssessmentState
from charter.reports.assessment import assessment_context
from charter.reports.benchmarks import metric_titles, share_text
from charter.reports.common import in_language
from charter.reports.figures import Earlier, peers
from charter.services import jobs as job_services
from charter.services.assessments import party_of
from charter.services.plans import plan_of_assessment
from charter.services.results import FullResult, earlier_rating, full_result, side_by_side
from charter.services.states import Party, moves_from
from charter.web.access import allow, assessment_reader
from charter.web.assessment import blueprint
from charter.web.job_pages import ask_for_file
from charter.web.requests import actor, database
from questionnaires.model import OVERALL
from scoring.explain import explain, nodes

REPORT = "assessment-report"
FORMATS = ("pdf", "xlsx")


@blueprint.get("/assessment/<int:assessment_id>/result")
@allow(assessment_reader)
def result(assessment_id: int) -> str:
    """Overall, values, principles, standards, policy and practice, essentials, strengths, gaps, staff, trend."""
    assessment: Assessment = g.assessment
    found = full_result(database(), assessment)
    party = party_of(actor(), assessment)
    return render_template(
        "assessment/result.html.j2",
        assessment=assessment,
        found=found,
        charts=chart_names(context := context_of(found)),
        ratings=side_by_side(database(), assessment, found.pack, found.result),
        earlier=found.earlier,
        earlier_rating=earlier_rating,
        metrics=metric_titles(in_language(found.pack, g.translator.language), g.translator),
        share_of=lambda figures: share_text(figures, g.translator),
        is_closed=assessment.state is AssessmentState.CLOSED,
        jobs=job_services.latest_jobs(database(), assessment_id, kinds=(REPORT,)),
        moves={each.name for each in moves_from(assessment.state, party)} if party else set(),
        plan=plan_of_assessment(database(), assessment_id),
        may_plan=party in (Party.LEAD, Party.MENTOR),
        **context,
    )


@blueprint.get("/assessment/<int:assessment_id>/result/explain/<path:node>")
@allow(assessment_reader)
def explanation(assessment_id: int, node: str) -> str:
    """One number: its parts, what was left out and why, and the rule in words."""
    found = full_result(database(), g.assessment)
    pack = in_language(found.pack, g.translator.language)
    try:
        explained = explain(pack, found.answers, found.result, node)
    except KeyError:
        abort(404)
    return render_template(
        "assessment/explain.html.j2",
        assessment=g.assessment,
        explained=explained,
        known=set(nodes(pack, found.result)),
        overall=OVERALL,
    )


@blueprint.post("/assessment/<int:assessment_id>/reports")
@allow(assessment_reader)
def request_report(assessment_id: int) -> Response:
    """Ask for the report; a job makes it."""
    return ask_for_file(REPORT, FORMATS, assessment_id=assessment_id, assessment=assessment_id)


def context_of(found: FullResult) -> dict[str, Any]:
    """What page and report show alike, in the reader's language."""
    earlier = [Earlier(one.cycle, one.result) for one in found.earlier]
    language = g.translator.language
    return assessment_context(
        found.pack,
        found.answers,
        found.result,
        language=language,
        earlier=earlier,
        peers=peers(found.compared, language=language),
    )


def chart_names(context: dict[str, Any]) -> dict[str, Any]:
    """Every figure of the page by the name in its address."""
    found = {"principles": context["chart"]}
    if context["writing_and_practice"]:
        found["policy-and-practice"] = context["writing_and_practice"].figure
    if context["clause_chart"]:
        found["standards"] = context["clause_chart"][0].figure
    if context["trend"]:
        found["trend"] = context["trend"].chart.figure
    for number, chart in enumerate(context["staff_charts"], start=1):
        found[f"staff-{number}"] = chart.figure
    return found
