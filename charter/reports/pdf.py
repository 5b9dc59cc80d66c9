"""A finished HTML document to a PDF file: the only place that knows WeasyPrint.

It reads nothing but files of this package, its own pictures and data: addresses, whatever the document asks for.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import logging
import os
import re
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from charter.reports.errors import ReportError
from charter.reports.fonts import check_fonts, font_face_css
from charter.reports.words import break_words_in_html

BASE_URL = "package:///"
SCHEME = "picture:"
_PACKAGE = Path(__file__).resolve().parent.parent
_TYPES = {".css": "text/css", ".ttf": "font/ttf", ".svg": "image/svg+xml", ".png": "image/png"}

# What no document may hold: control characters that XML forbids, and halves of surrogate pairs.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_COLLECT_AFTER = 50_000

_MOST_PICTURES = 256
_pictures: OrderedDict[str, bytes] = OrderedDict()

logging.getLogger("weasyprint").addHandler(logging.NullHandler())


def picture_address(svg: str) -> str:
    """A short address for a picture, for the documents that this process makes next.

    Pictures written into a document would be parsed with it, however often they have been drawn before.
    """
    data = svg.encode()
    address = SCHEME + hashlib.sha256(data).hexdigest()
    _pictures[address] = data
    _pictures.move_to_end(address)
    while len(_pictures) > _MOST_PICTURES:
        _pictures.popitem(last=False)
    return address


def pdf(html: str, *, css: str) -> bytes:
    """The document as a tagged PDF (PDF/UA-1 variant) with Khmer lines that break and text that can be copied.

    `html` is complete, with `lang` and `<title>`. ReportError if a font or the Pango library is missing.
    """
    check_fonts()
    weasyprint = _weasyprint()
    from weasyprint.text.fonts import FontConfiguration

    from charter.reports.document import Document
    from charter.reports.drawings import Drawings
    from charter.reports.tagging import finish, well_marked

    fetcher = _fetcher()
    fonts = FontConfiguration()
    sheet = weasyprint.CSS(
        string=f"{font_face_css()}\n{css}", base_url=BASE_URL, url_fetcher=fetcher, font_config=fonts
    )
    document = Document(break_words_in_html(_UNPRINTABLE.sub("\ufffd", html)), base_url=BASE_URL, url_fetcher=fetcher)
    with well_marked(), _rarely_collected():
        made = document.write_pdf(
            stylesheets=[sheet],
            font_config=fonts,
            pdf_variant="pdf/ua-1",
            cache=Drawings(fetcher, fonts),
            finisher=finish,
        )
    return bytes(made)


def _weasyprint() -> Any:
    try:
        with warnings.catch_warnings():
            # Where libharfbuzz-subset is not installed, fontTools makes the subsets, half a second slower.
            warnings.filterwarnings("ignore", message="HarfBuzz-Subset", category=DeprecationWarning)
            with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
                import weasyprint
    except OSError as error:
        raise ReportError(
            "The Pango library is missing, without which no PDF can be made. "
            "Install it, on Debian and Ubuntu with: apt install libpango-1.0-0 libpangoft2-1.0-0"
        ) from error
    return weasyprint


@contextlib.contextmanager
def _rarely_collected() -> Iterator[None]:
    """A document is some hundred thousand objects that all live to its end; looking for garbage costs a tenth of it."""
    threshold, *others = gc.get_threshold()
    gc.set_threshold(max(threshold, _COLLECT_AFTER), *others)
    try:
        yield
    finally:
        gc.set_threshold(threshold, *others)


def _fetcher() -> Any:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class PackageFetcher(URLFetcher):  # type: ignore[misc]
        """Serves `package:///…` out of this package, pictures and `data:`; everything else is refused."""

        def fetch(self, url: str, headers: dict[str, str] | None = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            if url in _pictures:
                return URLFetcherResponse(url, _pictures[url], {"Content-Type": "image/svg+xml"})
            path = package_file(url)
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES[path.suffix]})

    return PackageFetcher(allowed_protocols=("data",), allow_redirects=False)


def package_file(url: str) -> Path:
    """The file that a `package:///` address names; ValueError for any other address or one that leaves the package."""
    parts = urlsplit(url)
    path = (_PACKAGE / unquote(parts.path).lstrip("/")).resolve()
    if parts.scheme != "package" or parts.netloc or not path.is_relative_to(_PACKAGE) or path.suffix not in _TYPES:
        raise ValueError(f"a report may not read {url}")
    return path
