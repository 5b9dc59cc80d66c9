"""The start page: what this is, for who does not know it; the right place, for who is logged in."""

from __future__ import annotations

from flask import g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from charter.services.home import organizations_of
from charter.web.access import allow, everyone
from charter.web.public import blueprint
from charter.web.requests import database


@blueprint.get("/")
@allow(everyone)
def home() -> str | Response:
    """What Charter is, and where to go on."""
    someone = g.actor
    if someone is None:
        return render_template("public/home.html.j2")
    if g.login.waits_for_second_factor:
        return redirect(url_for("account.second_factor"))
    if someone.is_coordinator:
        return redirect(url_for("coalition.overview"))
    if someone.is_mentor:
        return redirect(url_for("mentor.home"))
    if len(someone.memberships) == 1:
        (organization_id,) = someone.memberships
        return redirect(url_for("member.home", organization_id=organization_id))
    return render_template(
        "public/home_choose.html.j2",
        organizations=organizations_of(database(), someone),
        roles=someone.memberships,
    )
