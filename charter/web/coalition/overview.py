"""The coordinator's start page: every member of a cycle, and what each waits for."""

from __future__ import annotations

from flask import abort, render_template, request

from charter.clock import today
from charter.database.assessments import AssessmentState
from charter.services import cycles
from charter.services import overview as overviews
from charter.services.overview import Filters, WaitsFor
from charter.web.access import allow, coordinator
from charter.web.coalition import blueprint
from charter.web.paging import part_of
from charter.web.requests import database, number_of_address, settings
from questionnaires.message import message

WAITS_FOR = {
    WaitsFor.OPENING: message("the opening of the cycle"),
    WaitsFor.LEAD: message("the member"),
    WaitsFor.STAFF: message("staff round"),
    WaitsFor.MENTOR: message("the mentor"),
    WaitsFor.NO_MENTOR: message("a mentor, who is still to be assigned"),
    WaitsFor.NOBODY: message("nobody"),
}


@blueprint.get("/coalition")
@allow(coordinator)
def overview() -> str:
    """The table of members × state, with filters."""
    db = database()
    every = cycles.cycles(db)
    wanted = number_of_address("cycle")
    cycle = next((each for each in every if each.id == wanted), None) if wanted else overviews.current_cycle(every)
    if wanted and cycle is None:
        abort(404)
    filters = filters_from_address()
    found = overviews.overview(db, cycle, today=today(settings().zone), filters=filters) if cycle is not None else None
    return render_template(
        "coalition/overview.html.j2",
        cycles=every,
        cycle=cycle,
        found=found,
        page=part_of(found.rows) if found is not None else None,
        filters=filters,
        arguments={
            "cycle": cycle.id if cycle is not None else None,
            "state": filters.state.value if filters.state else None,
            "mentor": filters.mentor_id,
            "province": filters.province,
            "late": 1 if filters.only_late else None,
        },
        waits_for=WAITS_FOR,
    )


def filters_from_address() -> Filters:
    """What the address asks for; what makes no sense there is left out."""
    state = request.args.get("state", "")
    return Filters(
        state=AssessmentState(state) if state in set(AssessmentState) else None,
        mentor_id=number_of_address("mentor"),
        province=request.args.get("province") or None,
        only_late=request.args.get("late") == "1",
    )
