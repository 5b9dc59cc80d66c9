"""Charts of a result: a static picture for everybody, the interactive one for who asks for it."""

from __future__ import annotations

from flask import Response, abort, g, make_response, render_template

from charter.services.results import full_result
from charter.web.access import allow, assessment_reader
from charter.web.assessment import blueprint
from charter.web.assessment.result import chart_names, context_of
from charter.web.charts import chart_picture
from charter.web.requests import database


@blueprint.get("/assessment/<int:assessment_id>/charts/<name>.svg")
@allow(assessment_reader)
def picture(assessment_id: int, name: str) -> Response:
    """The chart as SVG; drawn once per figure, language and version, then kept in the instance folder."""
    figures = chart_names(context_of(full_result(database(), g.assessment)))
    if name not in figures:
        abort(404)
    return chart_picture(figures[name])


@blueprint.get("/assessment/<int:assessment_id>/charts/<name>")
@allow(assessment_reader)
def interactive(assessment_id: int, name: str) -> Response:
    """The same chart, to point at and to zoom; loads Plotly, which nothing else does."""
    figures = chart_names(context_of(full_result(database(), g.assessment)))
    if name not in figures:
        abort(404)
    page = render_template("assessment/chart.html.j2", assessment=g.assessment, figure=figures[name], name=name)
    response = make_response(page)
    # Plotly writes its own styles into the page.
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'self' 'nonce-{g.nonce}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )
    return response
