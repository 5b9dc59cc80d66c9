"""The members directory: what members let everybody see, and what they let one another see."""

from __future__ import annotations

from typing import Any

from flask import Response, g, render_template, request, url_for

from charter.database.directory import Audience
from charter.services import directory as services
from charter.web.access import alike, allow, insider
from charter.web.public import blueprint
from charter.web.public_pages import public_page, public_url
from charter.web.requests import actor, database

_FACT = "fact-"
_LONGEST = 200


@blueprint.get("/members")
@allow(alike)
def directory() -> Response:
    """What everybody may see."""
    return public_page("public/directory.html.j2", **_context(Audience.PUBLIC), page_url=_public_page_url)


@blueprint.get("/members/all")
@allow(insider)
def directory_of_members() -> str:
    """What members let one another see too."""
    someone = actor()
    return render_template(
        "public/directory_of_members.html.j2",
        **_context(Audience.MEMBERS),
        page_url=_own_page_url,
        own=[each for each in sorted(someone.memberships) if someone.is_lead_of(each)],
    )


def _context(audience: Audience) -> dict[str, Any]:
    wanted = _wanted()
    found = services.directory(database(), wanted, audience=audience, language=g.translator.language)
    asked = bool(wanted.words or wanted.province or wanted.options)
    return {"found": found, "wanted": wanted, "asked": asked}


def _wanted() -> services.Filter:
    """What the address asks for."""
    asked = {name: "".join(c for c in value if c.isprintable())[:_LONGEST] for name, value in request.args.items()}
    number = asked.get("page", "1")
    return services.Filter(
        words=asked.get("q", ""),
        province=asked.get("province", ""),
        options={name.removeprefix(_FACT): value for name, value in asked.items() if name.startswith(_FACT)},
        page=int(number) if number.isascii() and number.isdecimal() and len(number) < 7 else 1,
    )


def _public_page_url(number: int) -> str:
    return public_url("public.directory", **_asked(number))


def _own_page_url(number: int) -> str:
    return url_for("public.directory_of_members", **_asked(number))


def _asked(number: int) -> dict[str, Any]:
    known = (name for name in request.args if name in ("q", "province") or name.startswith(_FACT))
    same = {name: request.args[name] for name in known if request.args[name]}
    return {**same, "page": number} if number > 1 else same
