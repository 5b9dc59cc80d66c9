"""What an own device needs without a connection: the script that answers then, and the page for what is not kept."""

from __future__ import annotations

from flask import Response, make_response

from charter.web.access import alike, allow
from charter.web.own_device import service_worker as script
from charter.web.public import blueprint
from charter.web.public_pages import kept, public_page


@blueprint.get("/service-worker.js")
@allow(alike)
def service_worker() -> Response:
    """Asked for by browsers in which somebody called the device their own; they compare it at every visit."""
    response = make_response(script())
    response.mimetype = "text/javascript"
    kept(response)
    response.headers["Cache-Control"] = "no-cache"
    return response


@blueprint.get("/offline")
@allow(alike)
def offline() -> Response:
    """Stands in for a page that is not kept, while there is no connection."""
    return public_page("public/offline.html.j2")
