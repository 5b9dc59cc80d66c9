"""How the coalition gets on: actions, gaps, trainings, members that improved; each as chart, table and file."""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from flask import Response, abort, g, render_template

from charter.clock import today
from charter.reports.csv_table import table_csv
from charter.reports.pictures import picture_key
from charter.reports.progress import actions_part, gaps_part, improvement_part, trainings_part
from charter.reports.table_parts import Part
from charter.services.coalition_progress import action_states, common_gaps, training_demand
from charter.services.improvement import improvement_by_year
from charter.web.access import allow, coordinator
from charter.web.charts import chart_picture
from charter.web.coalition import blueprint
from charter.web.downloads import as_attachment
from charter.web.requests import database, settings

MOST_ROWS = 20
"""Of a longer table the page shows so many; the file has all."""


@blueprint.get("/coalition/progress")
@allow(coordinator)
def progress() -> str:
    """Everything on one page."""
    parts = {name: make() for name, make in PARTS.items()}
    language = g.translator.language
    versions = {
        name: picture_key(part.chart.figure, language=language)[:12] for name, part in parts.items() if part.chart
    }
    return render_template("coalition/progress.html.j2", parts=parts, versions=versions, most=MOST_ROWS)


@blueprint.get("/coalition/progress/<name>.svg")
@allow(coordinator)
def progress_picture(name: str) -> Response:
    """One chart."""
    part = _part(name)
    if part.chart is None:
        abort(404)
    return chart_picture(part.chart.figure)


@blueprint.get("/coalition/progress/<name>.csv")
@allow(coordinator)
def progress_file(name: str) -> Response:
    """One table, all of its rows."""
    part = _part(name)
    content = table_csv(part.columns, part.rows)
    return as_attachment(content, name=f"{name}.csv", media_type="text/csv; charset=utf-8")


def _part(name: str) -> Part:
    if name not in PARTS:
        abort(404)
    return PARTS[name]()


def _improvement() -> Part:
    zone = settings().zone
    day = today(zone)
    years = improvement_by_year(database(), zone=zone, today=day)
    return improvement_part(years, g.translator, this_year=day.year)


def _actions() -> Part:
    return actions_part(action_states(database(), language=g.translator.language), g.translator)


def _gaps() -> Part:
    return gaps_part(common_gaps(database(), language=g.translator.language), g.translator)


def _trainings() -> Part:
    demand = training_demand(database(), language=g.translator.language, today=today(settings().zone))
    return trainings_part(demand, g.translator)


PARTS: MappingProxyType[str, Callable[[], Part]] = MappingProxyType(
    {"improvement": _improvement, "actions": _actions, "gaps": _gaps, "trainings": _trainings}
)
