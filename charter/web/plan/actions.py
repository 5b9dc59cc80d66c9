"""The actions of a plan: as a list, along time, or on a board; and one change of many of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import abort, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import Optional as MayBeEmpty

from charter.clock import today
from charter.database.plans import ActionStatus, PlanState
from charter.services import action_bulk
from charter.services.action_lists import NOBODY, By, Filters, action_page, of_plan, quarters_of, totals
from charter.services.actions import LONGEST_NOTE, moves_of
from charter.services.errors import Invalid
from charter.services.organizations import people_of
from charter.services.packs import pack_of
from charter.services.plan_titles import owner_of, shown_title
from charter.services.rating_pages import principles
from charter.web.access import allow, plan_member, plan_reader
from charter.web.action_filters import quarter_name, read_quarter, read_status, status_choices, statuses_of
from charter.web.forms import AtMost, CharterForm, clean_text
from charter.web.labels import label
from charter.web.plan import blueprint
from charter.web.plan.move_words import MOVE_WORDS, next_move
from charter.web.plan.timeline import axis_of
from charter.web.rendering import flash, said
from charter.web.requests import actor, database, number_of_address, settings
from questionnaires.message import message
from questionnaires.model import Pack

VIEWS = {"list": message("List"), "timeline": message("Timeline"), "board": message("Board")}
BY = {By.PERSON: message("Person"), By.PRINCIPLE: message("Principle"), By.QUARTER: message("Quarter")}


class BulkForm(CharterForm):
    """One change of all that are chosen."""

    status = SelectField(message("Status"), [MayBeEmpty()])
    reason = TextAreaField(message("Reason"), [AtMost(LONGEST_NOTE)], filters=[clean_text])
    owner_id = SelectField(message("Responsible person"), [MayBeEmpty()])
    shift_days = IntegerField(message("Move the due day by so many days"), [MayBeEmpty()])


@dataclass(frozen=True)
class Chosen:
    """What the reader wants to see, as the address says it."""

    view: str
    by: By
    person: int | None
    principle: str
    quarter: str
    status: str
    overdue: bool
    must_do: bool
    page: int

    @property
    def arguments(self) -> dict[str, Any]:
        """For an address; what says nothing is left out."""
        found = {"view": self.view, "by": self.by.value if self.view == "board" else None, "person": self.person}
        found |= {"principle": self.principle, "quarter": self.quarter, "status": self.status}
        found |= {"overdue": "y" if self.overdue else None, "must_do": "y" if self.must_do else None}
        return {name: value for name, value in found.items() if value not in (None, "")}

    @property
    def filters_anything(self) -> bool:
        return bool(set(self.arguments) - {"view", "by"})


@blueprint.get("/plan/<int:plan_id>/actions")
@allow(plan_reader)
def actions(plan_id: int) -> str:
    """The actions that fit, a page of them."""
    return _page(chosen_now(), bulk_form(), set())


@blueprint.post("/plan/<int:plan_id>/actions/change")
@allow(plan_member)
def change_actions(plan_id: int) -> Response | tuple[str, int]:
    """Change all that are chosen, or none."""
    form, chosen, ticked = bulk_form(), chosen_now(), _ticked(request.form.getlist("chosen"))
    if form.validate():
        try:
            number = action_bulk.change_actions(
                database(),
                actor(),
                plan=g.plan,
                chosen=ticked,
                change=action_bulk.BulkChange(
                    status=ActionStatus(form.status.data) if form.status.data else None,
                    reason=form.reason.data,
                    owner_id=int(form.owner_id.data) if form.owner_id.data else None,
                    shift_days=form.shift_days.data,
                ),
            )
        except Invalid as problem:
            return _page(chosen, form, set(ticked), problem), 422
        flash(message("Changed: {number}", number=number))
        return redirect(url_for("plan.actions", plan_id=plan_id, **chosen.arguments, page=chosen.page))
    return _page(chosen, form, set(ticked)), 422


def chosen_now() -> Chosen:
    """From the address; what makes no sense there is left out."""
    args = request.args
    view = args.get("view", "list")
    quarter = args.get("quarter", "")
    by = args.get("by", "")
    return Chosen(
        view=view if view in VIEWS else "list",
        by=By(by) if by in list(By) else By.PERSON,
        person=number_of_address("person"),
        principle=args.get("principle", ""),
        quarter=quarter if read_quarter(quarter) else "",
        status=read_status(args.get("status", "")),
        overdue=args.get("overdue") == "y",
        must_do=args.get("must_do") == "y",
        page=number_of_address("page") or 1,
    )


def bulk_form() -> BulkForm:
    """With the choices of this plan."""
    form = BulkForm()
    people = people_of(database(), g.plan.organization_id)
    stays = said(message("as it is"))
    form.status.choices = [("", stays), *((each.value, said(label(each))) for each in action_bulk.STATUSES)]
    form.owner_id.choices = [("", stays), *((str(each.person_id), each.person.name) for each in people)]
    return form


def _page(chosen: Chosen, form: BulkForm, ticked: set[int], problem: Invalid | None = None) -> str:
    plan, db, language = g.plan, database(), g.translator.language
    if plan.state is PlanState.DRAFT:
        abort(404)
    pack = pack_of(db, plan.assessment.published_pack)
    shown = pack.translated(language) if language in pack.languages else pack
    groups = {group.id: group for group in principles(shown)}
    day = today(settings().zone)
    page = action_page(
        db,
        of_plan(plan),
        _filters(chosen, pack),
        today=day,
        number=chosen.page,
        by=chosen.by if chosen.view == "board" else None,
        pack=shown,
    )
    titles = {row.action.id: said(shown_title(row.action, pack, shown)) for row in page.rows}
    if problem is not None:
        form.take(Invalid(_named(problem.messages, titles)))
    axis = axis_of(page.rows) if chosen.view == "timeline" else None
    return render_template(
        "plan/actions.html.j2",
        plan=plan,
        chosen=chosen,
        page=page,
        totals=totals(db, of_plan(plan), today=day),
        form=form,
        ticked=ticked,
        problems=problem.messages if problem is not None else {},
        titles=titles,
        owner=lambda action: owner_of(action, pack, shown),
        next_of={row.action.id: next_move(moves_of(actor(), row.action), evidence=row.evidence) for row in page.rows},
        words=MOVE_WORDS,
        views=VIEWS,
        by=BY,
        people=people_of(db, plan.organization_id),
        nobody=NOBODY,
        groups=groups,
        quarters=quarters_of(db, of_plan(plan)),
        quarter_name=quarter_name,
        statuses=status_choices(),
        axis=axis,
        today=day,
        may_change=plan.state is PlanState.COMMITTED and actor().works_for(plan.organization_id),
    )


def _filters(chosen: Chosen, pack: Pack) -> Filters:
    group = next((each for each in principles(pack) if each.id == chosen.principle), None)
    return Filters(
        person=chosen.person,
        criteria=frozenset(each.id for each in group.criteria) if group else None,
        quarter=read_quarter(chosen.quarter),
        statuses=statuses_of(chosen.status),
        overdue=chosen.overdue,
        must_do=chosen.must_do,
    )


def _named(messages: Mapping[str, Any], titles: Mapping[int, str]) -> dict[str, Any]:
    """Problems of actions with the title before; those of fields as they are."""
    return {
        name: message("{title}: {problem}", title=titles.get(int(name), name), problem=text)
        if name.isdecimal()
        else text
        for name, text in messages.items()
    }


def _ticked(values: Sequence[str]) -> dict[int, int]:
    """By id the version that was seen; each box holds both."""
    found: dict[int, int] = {}
    for value in values[:1000]:
        number, _, version = value.partition("-")
        if number.isdecimal() and version.isdecimal() and len(value) < 20:
            found[int(number)] = int(version)
    return found
