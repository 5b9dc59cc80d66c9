"""Pages of coordinators."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("coalition", __name__)
