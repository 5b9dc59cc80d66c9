"""What the members of a mentor say is done, and waits to be verified."""

from __future__ import annotations

from flask import g, render_template

from charter.services.action_lists import evidence_counts, waiting_for_mentor
from charter.services.action_view import title_of
from charter.web.access import allow, mentor
from charter.web.mentor import blueprint
from charter.web.requests import actor, database


@blueprint.get("/mentor/actions")
@allow(mentor)
def actions() -> str:
    """What waits longest first."""
    db = database()
    waiting = waiting_for_mentor(db, actor().mentored)
    return render_template(
        "mentor/actions.html.j2",
        waiting=waiting,
        evidence=evidence_counts(db, [action.id for action in waiting]),
        titles={action.id: title_of(db, action, g.translator.language) for action in waiting},
    )
