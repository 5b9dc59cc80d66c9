"""For machines that watch this one: does it live, can it serve, and what does it do."""

from __future__ import annotations

import hmac
import time
from threading import Lock
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, request

from charter.services.health import Readiness, figures, readiness
from charter.stores import store_for
from charter.web.access import allow, everyone
from charter.web.requests import database, settings

blueprint = Blueprint("health", __name__)

FRESH_SECONDS = 3.0
"""So long an answer about readiness is given again: strangers may ask, and each look writes a file."""
_looking = Lock()


@blueprint.get("/health/live")
@allow(everyone)
def live() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(live=True)


@blueprint.get("/health/ready")
@allow(everyone)
def ready() -> tuple[Response, int]:
    """Whether people can be served; 503 with the names of what fails, without its reasons."""
    found = _readiness()
    answer = jsonify(ready=not found.failing, failing=found.failing, late=found.late)
    return answer, 503 if found.failing else 200


@blueprint.get("/metrics")
@allow(everyone)
def metrics() -> Response:
    """Figures in the text format of Prometheus, for whoever sends the token of the settings."""
    wanted = settings().metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not wanted or not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "surrogatepass")):
        abort(404)
    from charter.web.metrics import as_text

    text, media_type = as_text(current_app.extensions["charter.metrics"], figures(database()))
    return Response(text, content_type=media_type)


def _readiness() -> Readiness:
    kept: dict[str, Any] = current_app.extensions.setdefault("charter.readiness", {})
    engine = current_app.extensions["charter.engine"]
    with _looking:
        if kept.get("engine") is not engine or time.monotonic() - kept["at"] > FRESH_SECONDS:
            chosen = settings()
            found = readiness(engine, lambda: store_for(chosen))
            kept |= {"engine": engine, "found": found, "at": time.monotonic()}
        found = kept["found"]
    assert isinstance(found, Readiness)  # noqa: S101 - what was put there
    return found
