"""The actions of all members."""

from __future__ import annotations

from typing import Any

from flask import g, render_template, request

from charter.clock import today
from charter.services.action_lists import Filters, action_page, of_all, principle_choices, quarters_of, totals
from charter.services.action_view import title_of
from charter.services.organizations import list_members
from charter.web.access import allow, coordinator
from charter.web.action_filters import quarter_name, read_quarter, read_status, status_choices, statuses_of
from charter.web.coalition import blueprint
from charter.web.coalition.members import SHOWN
from charter.web.requests import database, number_of_address, settings


@blueprint.get("/coalition/actions")
@allow(coordinator)
def actions() -> str:
    """A page of those that fit, what is due first on top."""
    db, args, day = database(), request.args, today(settings().zone)
    choices = principle_choices(db, language=g.translator.language)
    principle, quarter = args.get("principle", ""), args.get("quarter", "")
    filters = Filters(
        organization_id=number_of_address("organization"),
        criteria=choices[principle][1] if principle in choices else None,
        quarter=read_quarter(quarter),
        statuses=statuses_of(read_status(args.get("status", ""))),
        overdue=args.get("overdue") == "y",
        must_do=args.get("must_do") == "y",
    )
    chosen: dict[str, Any] = {
        "organization": filters.organization_id,
        "principle": principle if principle in choices else None,
        "quarter": quarter if filters.quarter else None,
        "status": read_status(args.get("status", "")),
        "overdue": "y" if filters.overdue else None,
        "must_do": "y" if filters.must_do else None,
    }
    page = action_page(db, of_all(), filters, today=day, number=number_of_address("page") or 1)
    return render_template(
        "coalition/actions.html.j2",
        chosen=chosen,
        arguments={name: value for name, value in chosen.items() if value},
        page=page,
        titles={row.action.id: title_of(db, row.action, g.translator.language) for row in page.rows},
        totals=totals(db, of_all(), today=day),
        organizations=[row.organization for row in list_members(db, states=SHOWN["members"])],
        principles=choices,
        quarters=quarters_of(db, of_all()),
        quarter_name=quarter_name,
        statuses=status_choices(),
    )
