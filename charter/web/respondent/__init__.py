"""Pages for staff who rate with a code, without an account."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("respondent", __name__)
