"""Published releases of benchmarks: for everybody, without a token, and the same for everybody."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from charter.api import schemas
from charter.api.operations import operation
from charter.api.requests import database
from charter.services.errors import NotFound
from charter.services.public_releases import find_published, published

_RELEASE = schemas.thing("A release of benchmarks.", name=schemas.TEXT, published_on=schemas.DAY, sha256=schemas.TEXT)
_FIGURES = {
    "type": "object",
    "description": "The release exactly as it was published; see the documentation on benchmarks.",
    "required": ["release", "groups", "withheld", "sha256"],
}


@operation(
    "/benchmarks",
    summary="Published releases, newest first",
    schema=schemas.thing("All of them.", releases=schemas.many(_RELEASE)),
)
def benchmarks() -> dict[str, Any]:
    return {
        "releases": [
            {
                "name": row.name,
                "published_on": row.published_on.isoformat() if row.published_on else None,
                "sha256": row.sha256,
            }
            for row in published(database())
        ]
    }


@operation("/benchmarks/{name}", summary="One published release", schema=_FIGURES)
def benchmark(name: str) -> Response:
    found = find_published(database(), name)
    if found is None:
        raise NotFound
    answer = Response(found.release_text, mimetype="application/json")
    answer.set_etag(found.sha256)
    answer.headers["Cache-Control"] = "public, max-age=300"
    answer.make_conditional(request)
    return answer
