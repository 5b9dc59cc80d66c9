"""Grants: asked for and reported by leads, decided and paid by coordinators."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("grants", __name__)

from charter.web.grants import deciding, lists, paying, requesting, spending  # noqa: E402, F401 - views register themselves
