"""One's private calendar: its address, shown once, and the file behind it."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from charter.services import calendar_feeds
from charter.web.access import allow, everyone, signed_in
from charter.web.account import blueprint
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message


@blueprint.post("/account/calendar")
@allow(signed_in)
def make_calendar() -> str:
    """A new address, which nobody can be shown a second time."""
    token = calendar_feeds.make_feed(database(), actor())
    address = settings().public_url.rstrip("/") + url_for("account.calendar_file", token=token)
    return render_template("account/calendar.html.j2", address=address)


@blueprint.post("/account/calendar/remove")
@allow(signed_in)
def remove_calendar() -> AnyResponse:
    """The address stops working."""
    calendar_feeds.remove_feed(database(), actor())
    flash(message("The calendar is switched off. What your calendar program has already read, it forgets by itself."))
    return redirect(url_for("account.mails"))


@blueprint.get("/calendar/<token>.ics")
@allow(everyone)
def calendar_file(token: str) -> Response:
    """The calendar of whoever has this address."""
    found = calendar_feeds.calendar_file(database(), settings(), token)
    response = Response(found.content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="charter.ics"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(found.mark)
    response.make_conditional(request)
    return response
