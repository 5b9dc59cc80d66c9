"""Pages about one assessment that member, mentor and coordinator share."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("assessment", __name__)

from charter.web.assessment import charts, evidence, history, jobs, result  # noqa: E402, F401 - views register themselves
