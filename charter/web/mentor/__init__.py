"""Pages of mentors."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("mentor", __name__)
