"""Pages for staff who rate with a code, without an account. Nothing here may tell who they are, or when they came."""

from __future__ import annotations

from flask import Blueprint, Response

from charter.web.access_log import keep_staff_out_of_access_logs

blueprint = Blueprint("respondent", __name__, url_prefix="/answer")
blueprint.record_once(lambda _state: keep_staff_out_of_access_logs())


@blueprint.after_request
def keep_nothing(response: Response) -> Response:
    """Not even the browser keeps these pages: the next person at the device would find them."""
    response.headers["Cache-Control"] = "private, no-store"
    return response


from charter.web.respondent import entering, rating, sending  # noqa: E402, F401 - views register themselves
