"""Trainings and the library: for everybody with an account, and for coordinators who look after them."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("learning", __name__)

from charter.web.learning import (  # noqa: E402, F401 - views register themselves
    imports,
    manage_resources,
    manage_trainings,
    resources,
    sessions,
    sign_ups,
    texts,
    trainings,
)
