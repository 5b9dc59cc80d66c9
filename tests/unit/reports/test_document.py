"""A finished HTML document is read as XML where that means the same, and as HTML where it does not."""

import pytest

from charter.reports import document
from charter.reports.document import Document


def _read(body: str) -> Document:
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>T</title></head><body>{body}</body></html>'
    )
    return Document(html, base_url="package:///", url_fetcher=None)


def _tags(read: Document) -> list[str]:
    return [element.tag for element in read.etree_element.iter()]


@pytest.mark.parametrize(
    "body",
    [
        '<p>a &lt; b<br>c</p><img src="x" alt="a &gt; b">',
        "<table><colgroup><col><col></colgroup><tbody><tr><td>1</td></tr></tbody></table>",
        "<ul><li>ក&#39;ខ</li></ul>",
    ],
)
def test_what_templates_write_is_read_as_the_parser_of_html_would(body: str, monkeypatch):
    fast = _read(body)
    monkeypatch.setattr(document, "_root", lambda html: None)
    slow = _read(body)
    assert [(one.tag, one.attrib, one.text) for one in fast.etree_element.iter()] == [
        (one.tag, one.attrib, one.text) for one in slow.etree_element.iter()
    ]


@pytest.mark.parametrize(
    ("body", "tags"),
    [
        ("<p>one<p>two&nbsp;three", ["p", "p"]),
        ("<table><tr><td>1</td></tr></table>", ["table", "tbody", "tr", "td"]),
        ("<P>loud</P>", ["p"]),
        ("<style>a > b { color: red }</style>", ["style"]),
    ],
    ids=["unclosed", "no-tbody", "upper-case", "style"],
)
def test_what_is_no_xml_or_means_something_else_in_it_is_read_as_html(body: str, tags: list[str]):
    assert _tags(_read(body)) == ["html", "head", "meta", "title", "body", *tags]


def test_elements_get_no_styles_of_footnotes_but_list_items_their_markers():
    sheet = document._STYLES
    pseudo = {entry[3] for entry in sheet.matcher.other_selectors}
    assert pseudo <= {None, "before", "after"}
    assert "marker" in {entry[3] for entry in sheet.matcher.lower_local_name_selectors["li"]}
