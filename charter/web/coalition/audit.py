"""Who did what, when and why."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import render_template, request, url_for

from charter.services.audit import event_names, event_page
from charter.services.organizations import list_members
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.coalition.members import SHOWN
from charter.web.forms import YEARS
from charter.web.requests import database, number_of_address, settings

PAGE = 100


@blueprint.get("/coalition/audit")
@allow(coordinator)
def audit() -> str:
    """Every event, newest first, a page at a time."""
    db = database()
    chosen: dict[str, Any] = {
        "organization": number_of_address("organization"),
        "name": request.args.get("name") or None,
        "day": _day(request.args.get("day", "")),
    }
    found = event_page(
        db,
        limit=PAGE + 1,
        zone=settings().zone,
        before=number_of_address("before"),
        organization_id=chosen["organization"],
        name=chosen["name"],
        day=chosen["day"],
    )
    older = None
    if len(found) > PAGE:
        kept = {key: value for key, value in request.args.items() if key in chosen and value}
        older = url_for("coalition.audit", **kept, before=found[PAGE - 1].id)  # type: ignore[arg-type]
    return render_template(
        "coalition/audit.html.j2",
        events=found[:PAGE],
        older=older,
        chosen=chosen,
        names=event_names(db),
        organizations=[row.organization for row in list_members(db, states=SHOWN["all"])],
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.year in YEARS else None
