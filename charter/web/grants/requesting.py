"""Asking for a grant, changing what is asked for, and asking for it no more."""

from __future__ import annotations

from typing import Any

from flask import g, redirect, render_template, url_for
from wtforms import RadioField, SelectChoice, SelectMultipleField, StringField, TextAreaField

from charter.database.grants import Grant, GrantKind
from charter.services import grants
from charter.services.errors import Invalid, Stale
from charter.web.access import allow, grant_lead, organization_lead
from charter.web.coalition.tasks import Nothing, task_page
from charter.web.forms import AtMost, CharterForm, DayField, Needed, SeenVersion, clean_text
from charter.web.grants import blueprint
from charter.web.grants.parts import MoneyField, Page, back, to_grant
from charter.web.labels import label
from charter.web.rendering import flash, short_day
from charter.web.requests import actor, database, number_of_address
from questionnaires.message import message


class RequestForm(CharterForm):
    """What is asked for."""

    title = StringField(message("Title"), [Needed(), AtMost(200)], filters=[clean_text])
    kind = RadioField(
        message("Kind"), [Needed()], choices=[SelectChoice(each.value, label(each)) for each in GrantKind]
    )
    actions = SelectMultipleField(message("For which actions?"))
    purpose = TextAreaField(message("What will you do with it?"), [Needed(), AtMost(5000)], filters=[clean_text])
    requested = MoneyField(message("Amount that you ask for"), [Needed()])
    own_contribution = MoneyField(message("What you contribute yourselves"))
    starts_on = DayField(message("From"), [Needed()])
    ends_on = DayField(message("Until"), [Needed()])
    version = SeenVersion()


@blueprint.route("/organizations/<int:organization_id>/grants/new", methods=["GET", "POST"])
@allow(organization_lead)
def request_grant(organization_id: int) -> Page:
    """Ask for a grant, perhaps for an action from whose page the lead comes."""
    possible = grants.fundable_actions(database(), organization_id)
    chosen = number_of_address("action")
    form = RequestForm(actions=[str(chosen)] if chosen else [])
    form.actions.choices = _choices(possible)
    if form.validate_on_submit():
        try:
            made = grants.request_grant(database(), actor(), organization_id=organization_id, request=_request(form))
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The request is with the coalition."))
            return redirect(url_for("grants.grant", grant_id=made.id))
    return _page(form, organization=g.organization, possible=possible, grant=None)


@blueprint.route("/grants/<int:grant_id>/change", methods=["GET", "POST"])
@allow(grant_lead)
def change(grant_id: int) -> Page:
    """Change what is asked for, until it is decided."""
    stored = g.grant
    possible = list(
        {
            each.id: each for each in (*grants.fundable_actions(database(), stored.organization_id), *stored.actions)
        }.values()
    )
    form = RequestForm(data=_stored(stored))
    form.actions.choices = _choices(possible)
    if form.validate_on_submit():
        try:
            grants.change_request(
                database(), actor(), grant=stored, request=_request(form), known_version=form.version.known
            )
        except Invalid as problem:
            form.take(problem)
        except Stale:
            form.take(Invalid({"": message("Somebody else changed this grant in the meantime. Look at it again.")}))
        else:
            flash(message("The request is with the coalition."))
            return redirect(to_grant())
    return _page(form, organization=stored.organization, possible=possible, grant=stored)


@blueprint.route("/grants/<int:grant_id>/withdraw", methods=["GET", "POST"])
@allow(grant_lead)
def withdraw(grant_id: int) -> Page:
    """Ask, then take the request back."""
    form = Nothing()
    if form.validate_on_submit():
        grants.withdraw(database(), actor(), grant=g.grant)
        flash(message("The request is withdrawn."))
        return redirect(to_grant())
    return task_page(
        form, title=message("Withdraw the request?"), button=message("Withdraw it"), back=back(), kind="danger"
    )


def _choices(possible: list[Any]) -> list[tuple[str, str]]:
    return [(str(each.id), f"{each.title} ({short_day(each.due_on)})") for each in possible]


def _stored(grant: Grant) -> dict[str, Any]:
    """What is asked for now, as the form shows it."""
    plain = ("title", "purpose", "requested", "own_contribution", "starts_on", "ends_on")
    return {
        **{name: getattr(grant, name) for name in plain},
        "kind": grant.kind.value,
        "actions": [str(each.id) for each in grant.actions],
        "version": grant.version,
    }


def _request(form: RequestForm) -> grants.Request:
    return grants.Request(
        kind=GrantKind(form.kind.data),
        title=form.title.data or "",
        purpose=form.purpose.data or "",
        requested=form.requested.data or 0,
        own_contribution=form.own_contribution.data or 0,
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        actions=frozenset(int(each) for each in form.actions.data or ()),
    )


def _page(form: RequestForm, *, organization: Any, possible: list[Any], grant: Any) -> Page:
    page = render_template(
        "grants/request.html.j2", form=form, organization=organization, possible=possible, grant=grant
    )
    return page, 422 if form.problems else 200
