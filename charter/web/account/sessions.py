"""Where one is logged in; and the cookie behind it."""

from __future__ import annotations

import logging
import re
from typing import Any

from flask import current_app, g, redirect, render_template, request, session, url_for
from flask.blueprints import BlueprintSetupState
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from charter.services import logins, own_devices
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.languages import LANGUAGE
from charter.web.rendering import flash
from charter.web.requests import TOKEN, actor, database, settings
from questionnaires.message import Message, message

log = logging.getLogger(__name__)


def keep_token(token: str) -> None:
    """Put a new log-in into the cookie. Of what was there before only the language stays."""
    language = session.get(LANGUAGE)
    session.clear()
    if language:
        session[LANGUAGE] = language
    session[TOKEN] = token
    session.permanent = True
    own_devices.recognize(database(), settings(), token, request.cookies)


@blueprint.get("/account/sessions")
@allow(signed_in)
def own_sessions() -> str:
    """Every device that is logged in."""
    rows = logins.sessions_of(database(), settings(), actor().person)
    devices = [(row, device_name(row.device), row.id == g.login.session_id) for row in rows]
    own = [
        (row, device_name(row.device), row.id == g.login.own_device_id)
        for row in own_devices.devices_of(database(), actor().person)
    ]
    return render_template("account/sessions.html.j2", devices=devices, own_devices=own)


@blueprint.post("/account/sessions/end")
@allow(signed_in)
def end_session() -> Response:
    """Log one of them out."""
    logins.end_own_session(database(), actor(), request.form.get("session", ""))
    flash(message("That device is logged out."))
    return redirect(url_for("account.own_sessions"))


@blueprint.post("/account/sessions/end-others")
@allow(signed_in)
def end_other_sessions() -> Response:
    """Log out everywhere but here."""
    logins.end_sessions_of(database(), actor().person, but=g.login.session_id)
    flash(message("All other devices are logged out."))
    return redirect(url_for("account.own_sessions"))


def device_name(user_agent: str) -> Message:
    """Browser and system, as far as they can be told."""
    browser = next((name for pattern, name in _BROWSERS if re.search(pattern, user_agent)), None)
    system = next((name for pattern, name in _SYSTEMS if re.search(pattern, user_agent)), None)
    if browser and system:
        return message("{browser} on {system}", browser=browser, system=system)
    known = browser or system
    return message("{name}", name=known) if known else message("Unknown device")


# The first that fits: Edge and Opera call themselves Chrome, too, and Chrome calls itself Safari.
_BROWSERS = (
    (r"Edg", "Edge"),
    (r"OPR|Opera", "Opera"),
    (r"SamsungBrowser", "Samsung Internet"),
    (r"Firefox|FxiOS", "Firefox"),
    (r"Chrome|CriOS", "Chrome"),
    (r"Safari", "Safari"),
)
_SYSTEMS = (
    (r"Android", "Android"),
    (r"iPhone|iPad", "iOS"),
    (r"Windows", "Windows"),
    (r"Mac OS", "macOS"),
    (r"Linux|X11", "Linux"),
)


def _remember(_error: BaseException | None) -> None:
    """Note that the person was here, once the request's own session of the database is closed."""
    login = g.get("login")
    if login is None:
        return
    sessions: Any = current_app.extensions["charter.sessions"]
    try:
        logins.was_seen(sessions, login)
    except OperationalError as error:  # the next request notes it
        log.warning("a log-in was not noted as seen: %s", type(error.orig).__name__)


@blueprint.record_once
def _register(state: BlueprintSetupState) -> None:
    state.app.teardown_appcontext(_remember)
