"""Pages about a plan, that its member, the mentor and coordinators share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("plan", __name__)

from charter.web.plan import (  # noqa: E402 - views register themselves
    action,  # noqa: F401
    actions,  # noqa: F401
    change,  # noqa: F401
    commitment,  # noqa: F401
    details,  # noqa: F401
    evidence,  # noqa: F401
    history,  # noqa: F401
    overview,  # noqa: F401
    suggestions,  # noqa: F401
)
