"""The second step of logging in."""

from __future__ import annotations

from flask import render_template

from charter.web.access import allow, half_logged_in
from charter.web.account import blueprint


@blueprint.get("/second-factor")
@allow(half_logged_in)
def second_factor() -> str:
    """Asks for the code of the authenticator, or shows how to set one up."""
    return render_template("account/second_factor.html.j2")
