"""The plan: what is proposed, what it is expected to change, what people decided."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, g, make_response, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from action_plans.model import Limit
from charter.clock import today
from charter.database.jobs import JobState
from charter.database.plans import Decision, Plan, PlanState
from charter.reports import charts
from charter.reports.common import band_limits
from charter.reports.figures import peer_middle, peers
from charter.reports.pictures import picture_key
from charter.reports.plan import LIMIT, forecast_points, said_with_months
from charter.services import jobs as job_services
from charter.services import plan_proposals, plans
from charter.services.errors import Invalid
from charter.services.own_comparison import own_comparison
from charter.services.plan_forecasts import Outlook
from charter.services.plan_limits import default_limits, limits_of, read_limits, start_months
from charter.services.plan_reports import FORMATS, KIND, plan_calendar
from charter.services.plan_view import PlanView, plan_view
from charter.services.report_jobs import file_stem
from charter.web.access import allow, assessment_planner, plan_planner, plan_reader
from charter.web.charts import chart_picture
from charter.web.downloads import as_attachment
from charter.web.forms import whole
from charter.web.job_pages import ask_for_file
from charter.web.plan import blueprint
from charter.web.plan.forms import LimitsForm
from charter.web.requests import actor, database, settings
from questionnaires.model import Pack

UNDER_WAY = (JobState.WAITING, JobState.RUNNING)


@blueprint.post("/assessment/<int:assessment_id>/plan")
@allow(assessment_planner)
def begin(assessment_id: int) -> AnyResponse:
    """Begin the plan of a closed assessment, and ask for the first proposal."""
    day = today(settings().zone)
    plan = plans.begin_plan(database(), actor(), g.assessment, today=day)
    if plan.state is PlanState.DRAFT and plan.proposed_at is None:
        plan_proposals.request_proposal(database(), actor(), plan=plan, limits=default_limits(day))
    return redirect(url_for("plan.overview", plan_id=plan.id))


@blueprint.get("/plan/<int:plan_id>")
@allow(plan_reader)
def overview(plan_id: int) -> Response:
    """A draft with everything to decide; later the plan as it was committed."""
    return _page(None)


@blueprint.post("/plan/<int:plan_id>/proposal")
@allow(plan_planner)
def propose(plan_id: int) -> AnyResponse:
    """Ask for a proposal within other limits."""
    form = _offered(LimitsForm())
    try:
        limits = read_limits(
            start=form.start.data or "",
            months=whole(form.months.data),
            capacity_days=form.capacity_days.data or "",
            budget=form.budget.data or "",
            max_actions=whole(form.max_actions.data),
            today=today(settings().zone),
        )
    except Invalid as problem:
        form.take(problem)
        return _page(form)
    plan_proposals.request_proposal(database(), actor(), plan=g.plan, limits=limits)
    return redirect(url_for("plan.overview", plan_id=plan_id))


@blueprint.get("/plan/<int:plan_id>/forecast.svg")
@allow(plan_reader)
def forecast_picture(plan_id: int) -> Response:
    """The expected score month by month."""
    view = plan_view(database(), g.plan, language=g.translator.language)
    if view.ahead is None:
        abort(404)
    return chart_picture(forecast_figure(view.ahead, view.pack))


@blueprint.post("/plan/<int:plan_id>/files")
@allow(plan_reader)
def request_file(plan_id: int) -> AnyResponse:
    """Ask for the plan as a file; a job makes it."""
    return ask_for_file(KIND, FORMATS, assessment_id=g.plan.assessment_id, plan=plan_id)


@blueprint.get("/plan/<int:plan_id>/calendar.ics")
@allow(plan_reader)
def calendar(plan_id: int) -> Response:
    """The actions of the plan for a calendar."""
    language = g.translator.language
    content = plan_calendar(database(), g.plan, language=language)
    name = f"{file_stem(g.plan.organization.name)}-plan-{language}.ics"
    return as_attachment(content, name=name, media_type="text/calendar")


def forecast_figure(ahead: Outlook, pack: Pack) -> dict[str, Any]:
    """The chart of a forecast."""
    points = forecast_points([(None, ahead.today), *ahead.months], g.translator)
    return charts.forecast(points, band_limits(pack))


def _page(form: LimitsForm | None) -> Response:
    plan: Plan = g.plan
    view = plan_view(database(), plan, language=g.translator.language)
    under_way = view.job is not None and view.job.state in UNDER_WAY
    if form is None:
        limits = limits_of(view.job.arguments["limits"]) if view.job and under_way else view.limits
        form = _offered(LimitsForm.of(limits))
    figure = forecast_figure(view.ahead, view.pack) if view.ahead else None
    compared = own_comparison(database(), view.pack, view.answers, view.result)
    page = render_template(
        "plan/overview.html.j2",
        plan=plan,
        view=view,
        form=form,
        under_way=under_way,
        figure=figure,
        figure_version=picture_key(figure, language=g.translator.language)[:12] if figure else "",
        peer_middle=peer_middle(peers(compared, language=g.translator.language), g.translator),
        binding=[LIMIT[Limit(each)] for each in view.bind],
        month=_month,
        in_words=lambda reason: said_with_months(reason, g.translator),
        open_alike=_alike(view),
        Decision=Decision,
        PlanState=PlanState,
        is_lead=actor().is_lead_of(plan.organization_id),
        is_mentor=actor().mentors(plan.organization_id),
        jobs=job_services.latest_jobs(database(), plan.assessment_id, kinds=(KIND,)),
    )
    response = make_response(page, 422 if form.problems else 200)
    if under_way and not form.problems:
        # With the address: a browser that stands at a part of the page (#limits) would not load it again otherwise.
        response.headers["Refresh"] = f"2; url={url_for('plan.overview', plan_id=plan.id)}"
    return response


def _alike(view: PlanView) -> list[tuple[str, list[Any]]]:
    """What stays open, each reason once, with the criteria that share it; must-dos first."""
    found: dict[tuple[bool, str], list[Any]] = {}
    for criterion, gap in view.open:
        key = (not gap.must_do, said_with_months(gap.reason, g.translator))
        found.setdefault(key, []).append(criterion)
    return [(reason, criteria) for (_, reason), criteria in sorted(found.items(), key=lambda item: item[0][0])]


def _offered(form: LimitsForm) -> LimitsForm:
    months = start_months(today(settings().zone))
    if limits_of(g.plan.limits).start not in months:
        form.start.data = form.start.data if form.is_submitted() else str(months[1])  # the month has passed
    form.offer([(month, _month(month)) for month in months])
    return form


def _month(month: Any) -> str:
    return str(g.translator.month(month.year, month.number))
