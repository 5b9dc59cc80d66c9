"""Pages of coordinators."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("coalition", __name__)

from charter.web.coalition import (  # noqa: E402, F401 - views register themselves
    applications,
    assessments,
    audit,
    cycles,
    leaving,
    mailbox,
    members,
    overview,
    packs,
    people,
    previews,
    staff,
)
