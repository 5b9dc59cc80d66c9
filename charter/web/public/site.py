"""What programs that read the site ask for first: what they may read, and where it is."""

from __future__ import annotations

from flask import Response, make_response, render_template

from charter.services import public_releases
from charter.web.access import alike, allow
from charter.web.languages import offered
from charter.web.public import blueprint
from charter.web.public_pages import absolute, kept, public_url
from charter.web.requests import database, settings

_CLOSED = (
    "/account",
    "/action",
    "/answer",
    "/assessment",
    "/coalition",
    "/grants",
    "/log-in",
    "/member/",
    "/members/all",
    "/mentor",
    "/organizations",
    "/plan",
)


@blueprint.get("/robots.txt")
@allow(alike)
def robots() -> Response:
    """Everything public may be read; what needs a log-in is not worth a visit."""
    lines = ["User-agent: *", *(f"Disallow: {place}" for place in _CLOSED)]
    response = make_response("\n".join([*lines, "", f"Sitemap: {absolute('/sitemap.xml')}", ""]))
    response.mimetype = "text/plain"
    return kept(response)


@blueprint.get("/sitemap.xml")
@allow(alike)
def sitemap() -> Response:
    """Every public page in every language."""
    pages: list[tuple[str, dict[str, str]]] = [("public.benchmarks", {}), ("public.directory", {})]
    for release in public_releases.published(database()):
        pages += [("public.benchmark", {"name": release.name}), ("public.benchmark_method", {"name": release.name})]
    codes = offered(settings())
    entries = [
        [(code, absolute(public_url(endpoint, code, **arguments))) for code in codes] for endpoint, arguments in pages
    ]
    response = make_response(render_template("public/sitemap.xml.j2", entries=entries))
    response.mimetype = "application/xml"
    return kept(response)
