"""Charts of a result: a static picture for everybody, the interactive one for who asks for it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, abort, g, make_response, render_template, request

from charter.files import write_whole
from charter.reports.pictures import picture_key
from charter.reports.web_pictures import web_picture
from charter.services.results import full_result
from charter.web.access import allow, assessment_reader
from charter.web.assessment import blueprint
from charter.web.assessment.result import chart_names, context_of
from charter.web.requests import database, settings

# Plotly's pictures carry their styles inside; an image can load nothing and run nothing anyway.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


@blueprint.get("/assessment/<int:assessment_id>/charts/<name>.svg")
@allow(assessment_reader)
def picture(assessment_id: int, name: str) -> Response:
    """The chart as SVG; drawn once per figure, language and version, then kept in the instance folder."""
    figures = chart_names(context_of(full_result(database(), g.assessment)))
    if name not in figures:
        abort(404)
    language = g.translator.language
    key = picture_key(figures[name], language=language)
    response = make_response(_kept(key, lambda: web_picture(figures[name], language=language)))
    response.mimetype = "image/svg+xml"
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    response.headers["Cache-Control"] = "private, max-age=300"
    response.set_etag(key[:32])
    response.make_conditional(request)
    return response


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


def _kept(key: str, draw: Callable[[], str]) -> str:
    """What was drawn before under this key, on this machine; else drawn now and kept."""
    path = settings().instance / "charts" / f"{key}-text.svg"
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        made = draw()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(made.encode("utf-8"), path)
    return made
