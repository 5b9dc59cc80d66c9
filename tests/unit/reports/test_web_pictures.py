"""Charts for the web keep their words inside, whatever fonts a device has."""

import re
from xml.etree import ElementTree

import pytest

from charter.reports import charts
from charter.reports.web_pictures import web_picture


@pytest.mark.parametrize(("language", "label"), [("en", "PR1 Safe <people>"), ("km", "PR1 មនុស្សដែលមានសុវត្ថិភាព")])
def test_every_word_says_how_wide_it_is(language: str, label: str) -> None:
    svg = web_picture(charts.bars([charts.Bar(label, 39.0, "39% Growing", charts.NOT_RATED)], []), language=language)
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own picture
    texts = [each for each in root.iter("{http://www.w3.org/2000/svg}text") if each.text and each.text.strip()]
    assert label in [each.text for each in texts]
    for each in texts:
        assert float(each.get("textLength", "0")) > 0
    assert "sans-serif" in re.findall(r"font-family: ([^;]+)", svg)[0]
