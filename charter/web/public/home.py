"""The start page."""

from __future__ import annotations

from flask import render_template

from charter.web.access import allow, everyone
from charter.web.public import blueprint


@blueprint.get("/")
@allow(everyone)
def home() -> str:
    """What Charter is, and where to go on."""
    return render_template("public/home.html.j2")
