"""What every answer tells the browser: what may run, be loaded, be framed and be kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers

from charter import create_app
from charter.config import Settings
from tests.security.sweeps import PARTIES, crawl
from tests.security.tenants import Site

_NONCE = re.compile(r"'nonce-([\w-]{20,})'")


@dataclass
class Inline(HTMLParser):
    """What a page would run by itself."""

    nonce: str
    found: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        # Data for a script is not run, whatever it says.
        is_data = given.get("type") in ("application/json", "application/ld+json")
        if tag in ("script", "style") and "src" not in given and given.get("nonce") != self.nonce and not is_data:
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or (name == "style" and tag != "svg"):
                self.found.append(f"<{tag} {name}>")
            if name in ("href", "src", "action", "formaction"):
                where = (value or "").strip().lower()
                loads = tag == "script" or (tag == "link" and given.get("rel") not in ("canonical", "alternate"))
                if where.startswith(("javascript:", "vbscript:")) or (loads and where.startswith(("http", "//"))):
                    self.found.append(f"<{tag} {name}={where}>")


def policy(headers: Headers) -> dict[str, list[str]]:
    directives = (part.split() for part in headers["Content-Security-Policy"].split(";") if part.strip())
    return {name: values for name, *values in directives}


@pytest.mark.parametrize("party", PARTIES)
def test_every_page_runs_only_what_comes_with_it(site: Site, party: str) -> None:
    pages = [answer for answer in crawl(site, party) if answer.is_page]
    assert len(pages) > 8
    nonces, without = set(), 0
    for page in pages:
        found = policy(page.headers)
        assert found["default-src"] == ["'none'"], page.rule.rule
        assert found["base-uri"] == found["frame-ancestors"] == ["'none'"], page.rule.rule
        for name in ("script-src", "style-src"):
            assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"} & set(found[name]), page.rule.rule
        nonce = _NONCE.search(page.headers["Content-Security-Policy"])
        if nonce is not None:
            nonces.add(nonce[1])
        else:  # the same page for everybody can have no number of its own, and nothing inline
            assert page.rule.endpoint.startswith("public."), page.rule.rule
            without += 1
        inline = Inline(nonce[1] if nonce else "none")
        inline.feed(page.body.decode())
        assert inline.found == [], page.rule.rule
    assert len(nonces) == len(pages) - without


def test_the_search_for_inline_code_finds_it() -> None:
    """The control."""
    for code in ("<script>1</script>", '<p onclick="x">', '<a href="javascript:x">', '<p style="x">', "<style>"):
        inline = Inline("right")
        inline.feed(f"{code}<script nonce=right></script>")
        assert len(inline.found) == 1, code


@pytest.mark.parametrize("party", PARTIES)
def test_every_answer_forbids_guessing_framing_and_telling(site: Site, party: str) -> None:
    for answer in crawl(site, party):
        what, headers = answer.rule.rule, answer.headers
        assert "Content-Security-Policy" in headers, what
        assert headers["X-Content-Type-Options"] == "nosniff", what
        assert headers["X-Frame-Options"] == "DENY", what
        assert headers["Referrer-Policy"] in ("same-origin", "no-referrer"), what
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", what
        assert "camera=()" in headers["Permissions-Policy"], what
        assert "Access-Control-Allow-Origin" not in headers, what
        if answer.body and answer.status != 304:
            assert headers.get("Content-Type"), what


@pytest.mark.parametrize("party", ["coordinator", "lead", "mentor"])
def test_what_is_for_one_person_is_kept_nowhere(site: Site, party: str) -> None:
    """Pictures of charts aside: a browser keeps them for minutes, for the one person only."""
    alike = ("public.", "health.")
    for answer in crawl(site, party):
        if answer.status == 200 and not answer.rule.endpoint.startswith(alike):
            is_picture = answer.headers["Content-Type"].startswith("image/svg+xml")
            expected = {"private"} if is_picture else {"private", "no-store"}
            assert expected <= set(answer.headers["Cache-Control"].split(", ")), answer.rule.rule


@pytest.mark.parametrize("party", PARTIES)
def test_uploaded_and_made_files_are_saved_never_shown(site: Site, party: str) -> None:
    for answer in crawl(site, party):
        kind = answer.headers.get("Content-Type", "").partition(";")[0]
        if answer.status == 200 and kind in ("application/pdf", "text/csv", "application/zip"):
            assert answer.headers["Content-Disposition"].startswith("attachment"), answer.rule.rule
            assert policy(answer.headers)["default-src"] == ["'none'"]


@pytest.fixture
def secure(settings: Settings) -> FlaskClient:
    """A browser on an installation whose public address is https."""
    made = create_app(settings.model_copy(update={"public_url": "https://charter.example"}))
    return made.test_client()


def test_https_is_kept_to_for_a_year(secure: FlaskClient, site: Site) -> None:
    for path in ("/", "/log-in", "/no-such-page", "/static/style.css", "/api/v1/benchmarks"):
        found = secure.get(path, base_url="https://charter.example").headers["Strict-Transport-Security"]
        assert found == "max-age=31536000; includeSubDomains", path
        assert "Strict-Transport-Security" not in site.world.client().get(path).headers  # on http it means nothing


def test_errors_have_the_same_headers_and_tell_nothing_of_the_machine(site: Site) -> None:
    client = site.world.client()
    for answer in (
        client.get("/no-such-page"),
        client.post("/log-in", data={}),
        client.open("/log-in", method="TRACE"),
        client.get("/static/../../pyproject.toml"),
        client.get("/static/"),
        client.get("/.git/config"),
    ):
        assert answer.status_code in (400, 404, 405)
        assert "Content-Security-Policy" in answer.headers
        assert "Traceback" not in answer.text and "site-packages" not in answer.text
        assert "Server" not in answer.headers and "X-Powered-By" not in answer.headers


def test_the_address_of_a_request_stands_in_no_page(site: Site) -> None:
    """A forged Host must not become a link, of a mail above all."""
    for path in ("/", "/log-in", "/forgotten-password", "/apply", "/sitemap.xml", "/robots.txt", "/benchmarks"):
        for name in ("Host", "X-Forwarded-Host"):
            answer = site.world.client().get(path, headers={name: "evil.example"})
            assert "evil.example" not in answer.text + str(answer.headers), path
