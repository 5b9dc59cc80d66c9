"""Calling a device one's own, and taking that back; only then is anything kept on it."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import g, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from charter.services import own_devices
from charter.web.access import allow, signed_in
from charter.web.account import blueprint
from charter.web.addresses import safe_next
from charter.web.rendering import flash
from charter.web.requests import actor, database, settings
from questionnaires.message import message

YEAR = 365 * 24 * 60 * 60


@blueprint.post("/account/own-device")
@allow(signed_in)
def own_device() -> Response:
    """This one is mine. A cookie knows it again at the next log-in of the same person."""
    response = redirect(safe_next(request.form.get("next")))
    if g.login.own_device_id is None:
        device, mark = request.user_agent.string, request.form.get("mark", "")
        token = own_devices.call_own(database(), settings(), actor(), g.login, device=device, mark=mark)
        response.set_cookie(
            own_devices.cookie_of(settings(), actor().id),
            token,
            max_age=YEAR,
            secure=settings().is_https,
            httponly=True,
            samesite="Lax",
        )
        flash(message("This device is your own now. What you write is kept on it until it is sent."))
    return response


@blueprint.post("/account/own-device/key")
@allow(signed_in)
def device_key() -> FlaskResponse:
    """The key of what this device keeps, for the script that keeps it."""
    response = jsonify(key=own_devices.key_of(database(), settings(), g.login))
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.post("/account/own-device/forget")
@allow(signed_in)
def forget_device() -> Response:
    """No longer mine, this one or another."""
    number = request.form.get("device", "")
    device_id = int(number) if number.isdecimal() and len(number) < 10 else 0
    own_devices.forget(database(), actor(), device_id)
    response = redirect(url_for("account.own_sessions"))
    if device_id == g.login.own_device_id:
        name = own_devices.cookie_of(settings(), actor().id)
        response.delete_cookie(name, secure=settings().is_https, httponly=True, samesite="Lax")
    flash(message("Nothing is kept on that device any more. What was kept and not sent can no longer be read."))
    return response
