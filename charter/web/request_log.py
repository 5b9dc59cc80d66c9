"""One line in the log for each request, under the number that its answer carries.

The line has the name of the page, never its address: addresses hold ids and tokens. Nor has it who asked. Pages for
staff codes have no line at all, since a minute can tell who it was.
"""

from __future__ import annotations

import logging
import re
import secrets
import time

from flask import Flask, Response, current_app, g, request

from charter.logs import REQUESTS

log = logging.getLogger(REQUESTS)

HEADER = "X-Request-ID"
_FROM_PROXY = re.compile(r"[0-9A-Za-z_-]{8,64}")
_SILENT = frozenset({"health", "respondent"})
"""Blueprints without a line: the probes of machines, and the pages for staff codes."""


def register_request_log(app: Flask) -> None:
    """To be called before anything else registers: then it begins first and ends last."""
    app.before_request(_begin)
    app.after_request(_end)


def request_number() -> str:
    """The number of this request: that of a proxy that is trusted, or else a random one."""
    if "request_number" not in g:
        given = request.headers.get(HEADER, "")
        trusted = current_app.extensions["charter.settings"].trusted_proxies > 0
        g.request_number = given if trusted and _FROM_PROXY.fullmatch(given) else secrets.token_hex(8)
    return str(g.request_number)


def is_silent() -> bool:
    """Whether nothing may be noted of this request."""
    if request.blueprint in _SILENT or request.endpoint == "static":
        return True
    # An address below /answer that leads nowhere was typed by somebody with a code.
    return request.endpoint is None and request.path.startswith("/answer")


def _begin() -> None:
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_number()
    # An error while the answer is finished comes here twice; the second answer is the one that leaves.
    if not is_silent():
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        log.info(
            "request",
            extra={
                "request": request_number(),
                "endpoint": request.endpoint or "none",
                "method": request.method,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
            },
        )
    return response
