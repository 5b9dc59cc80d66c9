"""Pages about one's own account: logging in and out, password, second factor, passkeys, sessions, language."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("account", __name__)

from charter.web.account import (  # noqa: E402, F401 - views register themselves
    calendar,
    details,
    jobs,
    language,
    limits,
    links,
    log_in,
    mails,
    own_device,
    passkeys,
    passwords,
    second_factor,
    sessions,
    tokens,
)
