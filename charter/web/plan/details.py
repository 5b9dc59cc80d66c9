"""The details of an action that is carried out: days, people, money, indicator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired
from wtforms.validators import Optional as MayBeEmpty

from charter.database.plans import Funding
from charter.services import action_details as service
from charter.services.action_view import packs_for
from charter.services.actions import LONGEST_NOTE
from charter.services.errors import Invalid, Stale
from charter.services.plan_decisions import possible_owners
from charter.services.plan_limits import MOST_MONEY
from charter.services.plan_titles import shown_title
from charter.web.access import action_member, allow
from charter.web.forms import AtMost, CharterForm, DayField, Needed, SeenVersion, clean_text
from charter.web.labels import label
from charter.web.plan import blueprint
from charter.web.rendering import day, flash, said
from charter.web.requests import actor, database
from questionnaires.message import message


class DetailsForm(CharterForm):
    """Everything that can be changed beside the status."""

    starts_on = DayField(message("Start"), [Needed()])
    due_on = DayField(message("Due"), [Needed()])
    percent = IntegerField(message("How far is it, in percent?"), [MayBeEmpty()])
    owner_id = SelectField(message("Responsible person"))
    owner_text = StringField(
        message("Or who is responsible without an account"), [AtMost(service.LONGEST_LINE)], filters=[clean_text]
    )
    supporters = SelectMultipleField(message("Who supports them"))
    cost_planned = StringField(message("Planned cost"), filters=[clean_text])
    cost_spent = StringField(message("Spent so far"), filters=[clean_text])
    funding = SelectField(message("Who pays"))
    help_needed = TextAreaField(message("Help that you need"), [AtMost(LONGEST_NOTE)], filters=[clean_text])
    indicator = TextAreaField(message("How you see that it worked"), [AtMost(LONGEST_NOTE)], filters=[clean_text])
    baseline = StringField(message("Where it stands today"), [AtMost(service.LONGEST_LINE)], filters=[clean_text])
    target = StringField(message("Where it should come to"), [AtMost(service.LONGEST_LINE)], filters=[clean_text])
    version = SeenVersion(validators=[InputRequired()])


@blueprint.route("/action/<int:action_id>/details", methods=["GET", "POST"])
@allow(action_member)
def details(action_id: int) -> str | Response | tuple[str, int]:
    """Change them; what somebody else saved meanwhile is shown beside what was typed."""
    form = _form()
    if not form.is_submitted():
        return _page(form)
    values = _values(form) if form.validate() else None
    if values is None:
        return _page(form), 422
    try:
        service.change_details(database(), actor(), action=g.action, details=values, known_version=form.version.known)
    except Invalid as problem:
        form.take(problem)
        return _page(form), 422
    except Stale:
        database().expire(g.action, ["supporters", "owner"])
        page = _page(form, conflict=_conflict(form, values))
        return page, 409
    flash(message("Saved."))
    return redirect(url_for("plan.action", action_id=action_id))


def _form() -> DetailsForm:
    stored = service.details_of(g.action)
    form = DetailsForm(
        data={
            **{field.name: getattr(stored, field.name) for field in fields(stored)},
            "owner_id": str(stored.owner_id or ""),
            "supporters": [str(each) for each in sorted(stored.supporters)],
            "cost_planned": service.shown_money(stored.cost_planned),
            "cost_spent": service.shown_money(stored.cost_spent),
            "funding": stored.funding.value if stored.funding else "",
            "version": g.action.version,
        }
    )
    people = [(str(person.id), person.name) for person in possible_owners(database(), g.plan, g.action)]
    form.owner_id.choices = [("", said(message("Nobody yet"))), *people]
    form.supporters.choices = people
    form.funding.choices = [("", said(message("Not decided"))), *((each.value, said(label(each))) for each in Funding)]
    return form


def _values(form: DetailsForm) -> service.Details | None:
    money: dict[str, int | None] = {}
    for name in ("cost_planned", "cost_spent"):
        try:
            money[name] = service.read_money(form[name].data)
        except ValueError:
            wrong = message("Please give an amount from 0 to {most}, or leave it empty.", most=MOST_MONEY)
            form.take(Invalid({name: wrong}))
    if form.problems:
        return None
    return service.Details(
        starts_on=form.starts_on.data,
        due_on=form.due_on.data,
        percent=g.action.percent if form.percent.data is None else form.percent.data,
        owner_id=int(form.owner_id.data) if form.owner_id.data else None,
        owner_text=form.owner_text.data,
        supporters=frozenset(int(each) for each in form.supporters.data or ()),
        funding=Funding(form.funding.data) if form.funding.data else None,
        help_needed=form.help_needed.data,
        indicator=form.indicator.data,
        baseline=form.baseline.data,
        target=form.target.data,
        **money,
    )


def _conflict(form: DetailsForm, typed: service.Details) -> list[tuple[str, str, str]]:
    """Every field that differs: its label, what is stored, what was typed."""
    stored = service.details_of(g.action)
    people = dict(form.owner_id.choices)
    return [
        (said(form[field.name].label.text), _words(field.name, stored, people), _words(field.name, typed, people))
        for field in fields(stored)
        if getattr(stored, field.name) != getattr(typed, field.name)
    ]


def _words(name: str, values: service.Details, people: Mapping[str, str]) -> str:
    value: Any = getattr(values, name)
    shown: dict[str, Callable[[], str]] = {
        "starts_on": lambda: day(value),
        "due_on": lambda: day(value),
        "owner_id": lambda: people.get(str(value), ""),
        "supporters": lambda: ", ".join(people.get(str(each), "") for each in sorted(value)),
        "cost_planned": lambda: service.shown_money(value),
        "cost_spent": lambda: service.shown_money(value),
        "funding": lambda: said(label(value)),
    }
    if value in (None, "", frozenset()):
        return "–"
    return shown[name]() if name in shown else str(value)


def _page(form: DetailsForm, *, conflict: list[tuple[str, str, str]] | None = None) -> str:
    pack, shown = packs_for(database(), g.action, g.translator.language)
    return render_template(
        "plan/details.html.j2",
        action=g.action,
        title=shown_title(g.action, pack, shown),
        form=form,
        conflict=conflict,
        version=g.action.version if conflict is not None else form.version.data,
    )
