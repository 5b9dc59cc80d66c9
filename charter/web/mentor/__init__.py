"""Pages of mentors."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("mentor", __name__)

from charter.web.mentor import actions, home, records, review  # noqa: E402, F401 - views register themselves
