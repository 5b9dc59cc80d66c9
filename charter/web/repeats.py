"""A form that is sent twice counts once: its sender got no answer on a bad line, or pressed the button twice.

Each page has a random number, which its forms carry. The first time a form is handled, the number is stored with who
sent it, where to and all that stood in it, in the transaction of what it did; so both are there, or neither. The same
again is undone, and leads where the first one led. Other words in the same page's form are another form: nothing that
somebody wrote is ever taken for a repetition.
"""

from __future__ import annotations

import hashlib
import json
import re

from flask import Flask, Response, current_app, g, redirect, request, session

from charter.security import keyed_hash, new_token
from charter.services.handled_forms import first_location, handle_once
from charter.web.rendering import flash
from charter.web.requests import not_kept, settings
from questionnaires.message import message

FIELD = "form_number"
_NUMBER = re.compile(r"[0-9A-Za-z_-]{16,64}")
_LEFT_OUT = frozenset({"account", "respondent"})
"""Blueprints whose forms are harmless twice, and about whose senders nothing more is stored than must be."""
_REFUSED = frozenset({404, 409, 422, 429})
"""Answers that the second of two gets because of what the first one did: the name is taken, the thing is gone."""


def register_repeats(app: Flask) -> None:
    """To be called after `register_requests`: what ends last is registered first, and that commits."""
    app.jinja_env.globals[FIELD] = form_number
    app.after_request(_settle)


def form_number() -> str:
    """The number of this page."""
    if FIELD not in g:
        g.form_number = new_token()
    return str(g.form_number)


def _settle(response: Response) -> Response:
    is_done = 300 <= response.status_code < 400 and not g.get("refused")
    digest = _digest() if is_done or g.get("refused") or response.status_code in _REFUSED else None
    if digest is None:
        return response
    try:
        if is_done:
            first = handle_once(g.db, digest, location=response.location or request.path)
        else:
            first = first_location(g.db, digest)
    except Exception as error:
        return not_kept(g.db, error)
    return response if first is None else _again(first)


def _again(location: str) -> Response:
    """What the first one got, and a word about it."""
    session.pop("_flashes", None)  # of what was undone
    flash(message("This was sent twice. It is saved, once."))
    return current_app.make_response(redirect(location))


def _digest() -> str | None:
    """What is the same for the same form; None if it is not one that is remembered."""
    number = request.form.get(FIELD, "") if request.method == "POST" else ""
    if "db" not in g or request.blueprint in _LEFT_OUT or not _NUMBER.fullmatch(number):
        return None
    actor = g.get("actor")
    words = sorted((name, text) for name, text in request.form.items(multi=True) if name != "csrf_token")
    files = []
    for name, file in request.files.items(multi=True):
        file.stream.seek(0)
        files.append((name, file.filename, hashlib.sha256(file.stream.read()).hexdigest()))
    sent = [actor.id if actor else None, request.full_path, words, sorted(files)]
    return keyed_hash(settings().key, "handled forms", json.dumps(sent))
