"""What somebody sees who tried too often."""

from __future__ import annotations

from flask import Response

from charter.services.attempts import TooManyAttempts
from charter.web.account import blueprint
from charter.web.errors import error_page
from questionnaires.message import Message, message


@blueprint.app_errorhandler(TooManyAttempts)
def too_many_attempts(error: TooManyAttempts) -> Response:
    """Says how long to wait; what was typed was not looked at."""
    response = error_page(429, message("Too many attempts"), _wait(error.wait_seconds))
    response.headers["Retry-After"] = str(error.wait_seconds)
    return response


def _wait(seconds: int) -> Message:
    if seconds <= 90:
        return message("Wait {count} seconds, then try again.", count=seconds)
    return message("Wait {count} minutes, then try again.", count=-(-seconds // 60))
