"""Choosing the language of the pages."""

from __future__ import annotations

from flask import g, redirect, request, session
from werkzeug.wrappers import Response

from charter.services.accounts import set_language
from charter.web.access import allow, everyone
from charter.web.account import blueprint
from charter.web.addresses import safe_next
from charter.web.languages import LANGUAGE, offered
from charter.web.requests import database, settings


@blueprint.post("/language")
@allow(everyone)
def choose() -> Response:
    """Kept on this device, and for whoever is logged in on every device."""
    code = request.form.get("language", "")
    if code in offered(settings()):
        session[LANGUAGE] = code
        if g.actor is not None:
            set_language(database(), g.actor, code)
    return redirect(safe_next(request.form.get("next")))
