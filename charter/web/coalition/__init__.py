"""Pages of coordinators."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("coalition", __name__)

from charter.web.coalition import (  # noqa: E402, F401 - views register themselves
    actions,
    applications,
    assessments,
    audit,
    cycles,
    leaving,
    mailbox,
    members,
    overview,
    packs,
    peer_groups,
    people,
    previews,
    progress,
    releases,
    report,
    staff,
)
