"""Published benchmarks, for everybody: the list of releases, one release, one of its groups, the method, its charts."""

from __future__ import annotations

from flask import Response, abort, g

from charter.database.releases import Release
from charter.services import public_releases as services
from charter.web.access import alike, allow
from charter.web.charts import chart_svg
from charter.web.public import blueprint
from charter.web.public_pages import kept, public_page
from charter.web.requests import database, settings


@blueprint.get("/benchmarks")
@allow(alike)
def benchmarks() -> Response:
    """The latest release in short, and all of them."""
    db = database()
    releases = services.published(db)
    latest = services.find_published(db, releases[0].name) if releases else None
    shown = services.in_words(db, latest, language=g.translator.language) if latest else None
    return public_page("public/benchmarks.html.j2", releases=releases, shown=shown)


@blueprint.get("/benchmarks/<name>")
@allow(alike)
def benchmark(name: str) -> Response:
    """One release."""
    db, release = database(), _release(name)
    return public_page(
        "public/benchmark.html.j2",
        release=release,
        shown=services.in_words(db, release, language=g.translator.language),
        waits=services.is_waiting(release),
        report=services.report_file(db, settings(), release, language=g.translator.language),
    )


@blueprint.get("/benchmarks/<name>/groups/<group>")
@allow(alike)
def benchmark_group(name: str, group: str) -> Response:
    """Every principle and standard of one published group."""
    release = _release(name)
    shown = services.in_words(database(), release, language=g.translator.language)
    found = next((each for each in shown.groups if each.id == group), None)
    if found is None:
        abort(404)
    return public_page("public/benchmark_group.html.j2", release=release, shown=shown, group=found)


@blueprint.get("/benchmarks/<name>/method")
@allow(alike)
def benchmark_method(name: str) -> Response:
    """How the figures come about, and what they cannot say."""
    release = _release(name)
    shown = services.in_words(database(), release, language=g.translator.language)
    return public_page("public/benchmark_method.html.j2", release=release, shown=shown)


@blueprint.get("/benchmarks/<name>/charts/<chart>.svg")
@allow(alike)
def benchmark_chart(name: str, chart: str) -> Response:
    """A chart of a release as a static picture."""
    shown = services.in_words(database(), _release(name), language=g.translator.language)
    if chart not in shown.charts:
        abort(404)
    return kept(chart_svg(shown.charts[chart].figure))


def _release(name: str) -> Release:
    found = services.find_published(database(), name)
    if found is None:
        abort(404)
    return found
