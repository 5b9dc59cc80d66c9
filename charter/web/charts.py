"""Static pictures of charts, for every page that shows one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, g, make_response, request

from charter.files import write_whole
from charter.reports.pictures import Figure, picture_key
from charter.reports.web_pictures import web_picture
from charter.web.requests import settings

# Plotly's pictures carry their styles inside; an image can load nothing and run nothing anyway.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def chart_picture(figure: Figure) -> Response:
    """The chart as SVG; drawn once per figure, language and version, then kept in the instance folder."""
    response = chart_svg(figure)
    response.headers["Cache-Control"] = "private, max-age=300"
    response.make_conditional(request)
    return response


def chart_svg(figure: Figure) -> Response:
    """The same without a word on who may keep it."""
    language = g.translator.language
    key = picture_key(figure, language=language)
    response = make_response(_kept(key, lambda: web_picture(figure, language=language)))
    response.mimetype = "image/svg+xml"
    response.headers["Content-Security-Policy"] = _PICTURE_POLICY
    response.set_etag(key[:32])
    return response


def _kept(key: str, draw: Callable[[], str]) -> str:
    """What was drawn before under this key, on this machine; else drawn now and kept."""
    path = settings().instance / "charts" / f"{key}-text.svg"
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        made = draw()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(made.encode("utf-8"), path)
    return made
