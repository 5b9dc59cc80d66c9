"""Trainings, for everybody with an account: what is offered, and when."""

from __future__ import annotations

from flask import g, render_template

from charter.clock import today
from charter.services import sign_ups
from charter.services import trainings as service
from charter.services.home import organizations_of
from charter.web.access import allow, insider, organization_reader
from charter.web.learning import blueprint
from charter.web.requests import actor, database, settings


@blueprint.get("/trainings")
@allow(insider)
def trainings() -> str:
    """What takes place soonest first, then what has no date yet."""
    return render_template(
        "learning/trainings.html.j2",
        offers=service.offers(database(), from_on=today(settings().zone)),
        today=today(settings().zone),
    )


@blueprint.get("/trainings/<int:training_id>")
@allow(insider)
def training(training_id: int) -> str:
    """One training, its dates, and signing up for whoever leads an organization."""
    db, who, day = database(), actor(), today(settings().zone)
    found = service.find_training(db, training_id)
    led = [each for each in organizations_of(db, who) if who.is_lead_of(each.id)]
    return render_template(
        "learning/training.html.j2",
        training=found,
        dates=service.dates_of(db, found, from_on=None if who.is_coordinator else day),
        led=led,
        today=day,
    )


@blueprint.get("/organizations/<int:organization_id>/trainings")
@allow(organization_reader)
def trainings_of(organization_id: int) -> str:
    """Whom one organization sends and sent, and who was there."""
    return render_template(
        "learning/trainings_of.html.j2",
        organization=g.organization,
        sign_ups=sign_ups.trainings_of(database(), organization_id),
        may_cancel=actor().is_lead_of(organization_id),
        today=today(settings().zone),
    )
