"""Pages about one's own account: logging in and out, password, second factor, sessions, language."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("account", __name__)

from charter.web.account import language, log_in, second_factor  # noqa: E402, F401 - views register themselves
