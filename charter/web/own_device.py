"""What an own device may keep: which pages, and the files without which they do not work (docs/decisions/0018)."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, g, request, url_for

from charter.i18n import CATALOGUES
from charter.services.own_devices import mark_of
from charter.web.languages import offered
from charter.web.public_pages import POLICY, public_url
from charter.web.rendering import file_url
from charter.web.requests import settings

KEEP = "Charter-Keep"
"""The header of a page that may be kept: for whom, and to which build of the application it belongs."""
PAGES = frozenset({"member.home", "member.assessment", "member.rate"})
SHELL = (
    "vendor/modern-normalize-3.0.1/modern-normalize.css",
    "charter.css",
    "charter.js",
    "kept.js",
    "own-device.js",
    "save.js",
)
SCRIPT = "service-worker.js"


def register_own_device(app: Flask) -> None:
    """Tell the pages, and mark those that may be kept."""
    app.context_processor(lambda: {"own": _own(), "own_build": build() if request.endpoint in PAGES else ""})
    app.after_request(_mark)


def service_worker() -> str:
    """The script that opens pages without a connection, for this build and the address of this site."""
    fonts = url_for("static", filename="vendor/fonts/")
    given = {
        "build": build(),
        "shell": [file_url(name) for name in SHELL],
        "kept": file_url("kept.js"),
        "fonts": fonts,
        "offline": {code: public_url("public.offline", code) for code in offered(settings())},
        "staff": url_for("respondent.enter"),
        "policy": POLICY,
    }
    return f"const given = {json.dumps(given)};\n{_script()}"


@cache
def build() -> str:
    """Another one whenever a file of the shell or a text is another."""
    found = hashlib.sha256()
    folder = Path(current_app.static_folder or "")
    templates = Path(current_app.root_path, current_app.template_folder or "")
    for path in (
        *(folder / name for name in (*SHELL, SCRIPT)),
        *(templates / name for name in ("base.html.j2", "public/offline.html.j2")),
        *sorted(CATALOGUES.glob("*/LC_MESSAGES/*.mo")),
    ):
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


@cache
def _script() -> str:
    return Path(current_app.static_folder or "", SCRIPT).read_text("utf-8")


def _own() -> str | None:
    """Under which name the device keeps what this page's reader writes; "" if it is not theirs.

    None on pages that do not know, or must not tell, who reads them: they leave alone what is kept.
    """
    if g.get("alike") or request.blueprint == "respondent" or not g.get("recognized"):
        return None
    login = g.login
    return "" if login is None or login.waits_for_second_factor else mark_of(settings(), login)


def _mark(response: Response) -> Response:
    if request.endpoint in PAGES and request.method == "GET" and response.status_code == 200 and (own := _own()):
        response.headers[KEEP] = f"{own} {build()}"
    return response
