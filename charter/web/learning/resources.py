"""The library: search, one item, its file."""

from __future__ import annotations

from flask import Response, render_template, request

from charter.database.resources import ResourceKind
from charter.i18n import LANGUAGES
from charter.services import library
from charter.services.errors import NotFound
from charter.services.resources import find_resource
from charter.stores import store_for
from charter.web.access import allow, insider
from charter.web.downloads import as_attachment
from charter.web.learning import blueprint
from charter.web.requests import database, number_of_address, settings

LONGEST = 200


@blueprint.get("/resources")
@allow(insider)
def resources() -> str:
    """What was looked for, best first; everything where nothing was."""
    db = database()
    kind, language = request.args.get("kind"), request.args.get("language")
    wanted = library.Wanted(
        text=(request.args.get("text") or "").strip()[:LONGEST],
        language=language if language in LANGUAGES else None,
        kind=ResourceKind(kind) if kind in list(ResourceKind) else None,
        topic=(request.args.get("topic") or "").strip()[:80] or None,
    )
    page = number_of_address("page") or 1
    return render_template(
        "learning/resources.html.j2",
        wanted=wanted,
        found=library.search(db, wanted, page=page),
        topics=library.topics(db),
        kinds=list(ResourceKind),
        languages_of_items=LANGUAGES,
        asked={key: request.args[key] for key in ("text", "kind", "language", "topic") if request.args.get(key)},
    )


@blueprint.get("/resources/<int:resource_id>")
@allow(insider)
def resource(resource_id: int) -> str:
    """One item."""
    return render_template("learning/resource.html.j2", resource=find_resource(database(), resource_id))


@blueprint.get("/resources/<int:resource_id>/file")
@allow(insider)
def resource_file(resource_id: int) -> Response:
    """Its file, to be saved."""
    found = find_resource(database(), resource_id)
    if found.stored_name is None:
        raise NotFound
    try:
        content = store_for(settings()).get(found.stored_name)
    except FileNotFoundError as error:
        raise NotFound from error
    return as_attachment(content, name=found.file_name or "file", media_type=found.media_type or "")
