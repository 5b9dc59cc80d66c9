"""Pages about one assessment that member, mentor and coordinator share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("assessment", __name__)
