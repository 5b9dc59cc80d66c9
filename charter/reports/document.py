"""A finished HTML document for WeasyPrint, prepared in a fraction of the time that it would take alone.

Its parser of HTML, written in Python, takes as long as a page and a half; the one of XML takes a twentieth of that and
reads what templates write just as well. Its style sheet for all documents makes six styles for each element, used or
not, of which five are for footnotes.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import weasyprint
from cssselect2 import ElementWrapper  # type: ignore[import-untyped]
from weasyprint.html import UA, UA_COUNTER_STYLE

_FOOTNOTES = re.compile(r"^::(?:footnote|note)-\w+ \{.*\}$", re.MULTILINE)
_STYLES = weasyprint.CSS(
    string=_FOOTNOTES.sub("", UA).replace("\n::marker ", "\nli::marker "), counter_style=UA_COUNTER_STYLE
)

_NEVER_CLOSED = re.compile(r"<((?:area|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b[^<>]*?)/?>")
# Where XML that is well formed means something else than the same text as HTML.
_OTHERWISE = re.compile(
    r"<(?:[A-Z]|base\b|math\b|pre\b|script\b|style\b|svg\b|template\b|textarea\b)"
    r"|(?:<table[^<>]*>|</caption>|</colgroup>)\s*<tr\b"
)


class Document(weasyprint.HTML):  # type: ignore[misc]
    """WeasyPrint's `HTML`. What is not well formed is read by its own parser."""

    def __init__(self, html: str, *, base_url: str, url_fetcher: Any) -> None:
        root = _root(html)
        if root is None:
            super().__init__(string=html, base_url=base_url, url_fetcher=url_fetcher)
            return
        self.base_url = base_url
        self.url_fetcher = url_fetcher
        self.media_type = "print"
        self.wrapper_element = ElementWrapper.from_html_root(root, content_language=None)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms: bool = False) -> list[Any]:
        return [_STYLES]


def _root(html: str) -> ElementTree.Element | None:
    if _OTHERWISE.search(html):
        return None
    try:
        return ElementTree.fromstring(_NEVER_CLOSED.sub(r"<\1/>", html))  # noqa: S314 - from this program's templates
    except ElementTree.ParseError:
        return None
