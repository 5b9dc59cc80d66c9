"""Pages that are the same for everybody: addresses in each language, their head, how long they may be kept."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Response, g, make_response, render_template, request, url_for

from charter.web.languages import offered
from charter.web.requests import settings

KEPT = "public, max-age=300"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def public_page(template: str, **context: Any) -> Response:
    """The page with a strong ETag; 304 for who has it. The template extends `public/page.html.j2`."""
    return kept(make_response(render_template(template, **context)))


def kept(response: Response) -> Response:
    """May be kept by everybody, for minutes; afterwards asked for again, which costs nothing while it is the same."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["Cache-Control"] = KEPT
    response.add_etag()
    response.make_conditional(request)
    return response


def public_url(endpoint: str, language: str | None = None, **arguments: Any) -> str:
    """The address of a public page in a language, this page's if none is named; bare in the first one."""
    code = language or g.translator.language
    return url_for(endpoint, **arguments, lang=None if code == offered(settings())[0] else code)


def in_language(language: str) -> str:
    """This page in another language, with all that its address asks for."""
    asked = {name: request.args.getlist(name) for name in request.args if name != "lang"}
    address = public_url(request.endpoint or "public.home", language, **(request.view_args or {}))
    # Never as arguments of url_for, some of which mean something to it.
    return address + ("&" if "?" in address else "?") * bool(asked) + urlencode(asked, doseq=True)


def canonical(language: str) -> str:
    """The one absolute address under which a search engine should know this page: without what somebody looked for."""
    return absolute(public_url(request.endpoint or "public.home", language, **(request.view_args or {})))


def absolute(address: str) -> str:
    """With the name of the site, as search engines want it."""
    return settings().public_url.rstrip("/") + address


def alternates() -> list[tuple[str, str]]:
    """This page in every language: code and absolute address; `x-default` is the first language's."""
    codes = offered(settings())
    found = [(code, canonical(code)) for code in codes]
    return [*found, ("x-default", found[0][1])]
