"""The versions of a plan: each as it was."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from flask import g, render_template

from action_plans import Month
from charter.database.plans import ActionSource, ActionStatus, Decision
from charter.services import plan_history
from charter.services.plan_limits import limits_of
from charter.web.access import allow, plan_reader
from charter.web.plan import blueprint
from charter.web.requests import database


@blueprint.get("/plan/<int:plan_id>/history")
@allow(plan_reader)
def history(plan_id: int) -> str:
    """Every version, newest first."""
    return render_template("plan/history.html.j2", plan=g.plan, versions=plan_history.versions_of(database(), g.plan))


@blueprint.get("/plan/<int:plan_id>/history/<int:number>")
@allow(plan_reader)
def version(plan_id: int, number: int) -> str:
    """One version: limits, forecast, actions."""
    found = plan_history.version_of(database(), g.plan, number)
    forecast = found.content["forecast"]
    return render_template(
        "plan/version.html.j2",
        plan=g.plan,
        version=found,
        limits=limits_of(found.content["limits"]),
        today=_score(forecast["today"]) if forecast else None,
        months=[(_month(each["month"]), _score(each["score"])) for each in forecast["months"]] if forecast else [],
        month_name=lambda month: g.translator.month(month.year, month.number),
        date=date.fromisoformat,
        hundredths=lambda value: None if value is None else Fraction(value, 100),
        ActionSource=ActionSource,
        ActionStatus=ActionStatus,
        Decision=Decision,
    )


def _score(stored: float) -> Fraction:
    return Fraction(str(stored))


def _month(text: str) -> Month:
    return Month.parse(text)
