"""Cycles: the list, a new one, inviting, opening, closing, other dates."""

from __future__ import annotations

from flask import abort, redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import SelectChoice, SelectField, SelectMultipleField, StringField

from charter.clock import today
from charter.database.cycles import Cycle, CycleState
from charter.services import cycles as services
from charter.services import packs
from charter.services.errors import Invalid
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.tasks import Nothing, Page, task_page
from charter.web.forms import AtMost, CharterForm, DayField, Needed, clean_text
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


class DatesForm(CharterForm):
    """From when to when."""

    opens_on = DayField(message("Opens on"), [Needed()])
    closes_on = DayField(message("Due on"), [Needed()])


class CycleForm(CharterForm):
    """A new cycle."""

    title = StringField(message("Title"), [Needed(), AtMost(120)], filters=[clean_text])
    pack = SelectField(message("Questionnaire"), [Needed()], coerce=int, choices=[])
    opens_on = DayField(message("Opens on"), [Needed()])
    closes_on = DayField(message("Due on"), [Needed()])


class InviteForm(CharterForm):
    """Which members."""

    members = SelectMultipleField(
        message("Members"), [Needed(message("Please choose at least one member."))], coerce=int, choices=[]
    )


@blueprint.get("/coalition/cycles")
@allow(coordinator)
def cycles() -> str:
    """Every cycle with how far it is."""
    db = database()
    return render_template(
        "coalition/cycles.html.j2",
        cycles=services.cycles(db),
        counts=services.counts_by_cycle(db),
        has_packs=bool(packs.published_packs(db)),
    )


@blueprint.route("/coalition/cycles/add", methods=["GET", "POST"])
@allow(coordinator)
def add_cycle() -> Page | Response:
    """A cycle in preparation."""
    db = database()
    form = CycleForm(opens_on=today(settings().zone))
    published = {each.id: each for each in packs.published_packs(db)}
    form.pack.choices = [SelectChoice(key, f"{each.title} ({each.version})") for key, each in published.items()]
    if form.validate_on_submit():
        try:
            cycle = services.add_cycle(
                db,
                actor(),
                title=form.title.data,
                pack=published[form.pack.data],
                opens_on=form.opens_on.data,
                closes_on=form.closes_on.data,
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The cycle is prepared. Now invite members."))
            return redirect(url_for("coalition.invite", cycle_id=cycle.id))
    return task_page(
        form,
        title=message("Prepare a cycle"),
        button=message("Prepare the cycle"),
        back=(message("Cycles"), url_for("coalition.cycles")),
        lead=message("Nobody is told of it before you open it."),
        hints={"pack": message("It cannot be changed later: all members of a cycle answer the same version.")},
    )


@blueprint.get("/coalition/cycles/<int:cycle_id>")
@allow(coordinator)
def cycle(cycle_id: int) -> str:
    """One cycle, and what can be done with it."""
    db = database()
    found = _cycle(cycle_id)
    return render_template(
        "coalition/cycle.html.j2",
        cycle=found,
        counts=services.counts_by_cycle(db).get(found.id, {}),
        waiting=len(services.invitable(db, found)),
    )


@blueprint.route("/coalition/cycles/<int:cycle_id>/invite", methods=["GET", "POST"])
@allow(coordinator)
def invite(cycle_id: int) -> Page | Response:
    """Members that are not invited yet, all of them chosen to begin with."""
    db = database()
    found = _cycle(cycle_id)
    free = {each.id: each for each in services.invitable(db, found)}
    form = InviteForm()
    form.members.choices = [
        SelectChoice(key, f"{each.name} – {each.province}" if each.province else each.name)
        for key, each in free.items()
    ]
    if not form.is_submitted():
        form.members.data = list(free)
    if form.validate_on_submit():
        made = services.invite(db, actor(), cycle=found, organizations=[free[key] for key in form.members.data])
        if found.state is CycleState.OPEN:
            services.announce(db, cycle=found, assessments=made)
        flash(message("Members invited: {count}.", count=len(made)))
        return redirect(url_for("coalition.cycle", cycle_id=cycle_id))
    page = render_template("coalition/invite.html.j2", cycle=found, form=form, free=len(free))
    return page, 422 if form.problems else 200


@blueprint.route("/coalition/cycles/<int:cycle_id>/open", methods=["GET", "POST"])
@allow(coordinator)
def open_cycle(cycle_id: int) -> Page | Response:
    """Members can begin, and are told by mail."""
    db = database()
    found = _cycle(cycle_id)
    invited = services.assessments_of(db, found)
    form = Nothing()
    if form.validate_on_submit():
        services.open_cycle(db, actor(), cycle=found)
        services.announce(db, cycle=found, assessments=invited)
        flash(message("The cycle is open."))
        return redirect(url_for("coalition.cycle", cycle_id=cycle_id))
    return task_page(
        form,
        title=message("Open the cycle {title}", title=found.title),
        button=message("Open the cycle"),
        back=(found.title, url_for("coalition.cycle", cycle_id=cycle_id)),
        consequences=(
            message("Members invited: {count}. Their leads get a mail and can begin.", count=len(invited)),
            message("You can invite more members later."),
        ),
    )


@blueprint.route("/coalition/cycles/<int:cycle_id>/close", methods=["GET", "POST"])
@allow(coordinator)
def close_cycle(cycle_id: int) -> Page | Response:
    """Nobody can begin any more."""
    found = _cycle(cycle_id)
    form = Nothing()
    if form.validate_on_submit():
        services.close_cycle(database(), actor(), cycle=found)
        flash(message("The cycle is closed."))
        return redirect(url_for("coalition.cycle", cycle_id=cycle_id))
    return task_page(
        form,
        title=message("Close the cycle {title}", title=found.title),
        button=message("Close the cycle"),
        back=(found.title, url_for("coalition.cycle", cycle_id=cycle_id)),
        consequences=(
            message("Nobody can be invited to it any more, and its dates are fixed."),
            message("Assessments that are under way go on to their end."),
        ),
        kind="danger",
    )


@blueprint.route("/coalition/cycles/<int:cycle_id>/dates", methods=["GET", "POST"])
@allow(coordinator)
def change_dates(cycle_id: int) -> Page | Response:
    """Other dates."""
    found = _cycle(cycle_id)
    form = DatesForm(obj=found)
    if form.validate_on_submit():
        try:
            services.change_dates(
                database(), actor(), cycle=found, opens_on=form.opens_on.data, closes_on=form.closes_on.data
            )
        except Invalid as problem:
            form.take(problem)
        else:
            flash(message("The dates are changed."))
            return redirect(url_for("coalition.cycle", cycle_id=cycle_id))
    return task_page(
        form,
        title=message("Change the dates of {title}", title=found.title),
        button=message("Change the dates"),
        back=(found.title, url_for("coalition.cycle", cycle_id=cycle_id)),
        consequences=(message("Members with a due date of their own keep it; all others get the new one."),),
    )


def _cycle(cycle_id: int) -> Cycle:
    found = services.find_cycle(database(), cycle_id)
    if found is None:
        abort(404)
    return found
