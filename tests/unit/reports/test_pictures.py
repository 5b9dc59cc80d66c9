"""Figures become pictures whose texts are shaped outlines."""

import re
import xml.etree.ElementTree as ElementTree
from collections import OrderedDict

import pytest

from charter.reports import pictures
from charter.reports.errors import ReportError
from charter.reports.outlines import outline_texts
from charter.reports.pictures import picture
from charter.reports.shaping import outlines, shape, width, wrap

SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


def _first_point(svg: str) -> tuple[float, float]:
    found = re.search(r' d="M(-?[\d.]+)[ ,](-?[\d.]+)', svg)
    assert found
    return float(found[1]), float(found[2])


def _figure(text: str) -> dict:
    return {
        "data": [{"type": "bar", "x": [1], "y": [1]}],
        "layout": {"width": 200, "height": 120, "title": {"text": text}},
    }


def test_a_picture_has_no_text_left():
    svg = picture(_figure("ការពារកុមារ"))
    assert "<text" not in svg
    assert "font-family" not in svg


def test_the_same_figure_gives_the_same_bytes_and_is_drawn_once(monkeypatch):
    first = picture(_figure("Once"))
    assert picture(_figure("Once")) is first
    monkeypatch.setattr(pictures, "_kept", OrderedDict())
    again = picture(_figure("Once"))
    assert again is not first
    assert again == first


def test_the_key_differs_by_figure_language_versions_and_who_draws(monkeypatch):
    key = pictures.picture_key(_figure("A"), language="en")
    assert pictures.picture_key(dict(reversed(_figure("A").items())), language="en") == key
    others = {
        pictures.picture_key(_figure("B"), language="en"),
        pictures.picture_key(_figure("A"), language="km"),
    }
    monkeypatch.setenv(pictures.SETTING, "browser")
    others.add(pictures.picture_key(_figure("A"), language="en"))
    monkeypatch.delenv(pictures.SETTING)
    monkeypatch.setattr(pictures, "_versions", lambda: ["plotly 99"])
    others.add(pictures.picture_key(_figure("A"), language="en"))
    assert len(others) == 4
    assert key not in others


def test_only_so_many_pictures_are_kept(monkeypatch):
    monkeypatch.setattr(pictures, "_kept", OrderedDict())
    monkeypatch.setattr(pictures, "MOST_KEPT", 1)
    for text in ("A", "B"):
        picture(_figure(text))
    assert list(pictures._kept) == [pictures.picture_key(_figure("B"), language="en")]


def test_a_setting_that_names_nobody_is_an_error(monkeypatch):
    monkeypatch.setenv(pictures.SETTING, "crayons")
    with pytest.raises(ReportError, match="CHARTER_CHARTS is 'crayons'"):
        picture(_figure("A"))


def test_the_figure_is_left_as_it_was():
    figure = _figure("A")
    picture(figure)
    assert figure == _figure("A")


def test_a_khmer_syllable_is_one_stack_and_not_a_row_of_characters():
    # ស្ត្រី: a consonant, two subscripts and a vowel sign. Unshaped it would show coengs and dotted circles.
    syllable = shape("ស្ត្រី")
    apart = sum(shape(letter).advance for letter in "សតរ")
    assert syllable.advance < apart
    assert len(syllable.glyphs) < len("ស្ត្រី")
    assert all(family == "Noto Sans Khmer" for family, *_ in syllable.glyphs)


def test_mixed_text_takes_each_script_from_its_own_family():
    families = [family for family, *_ in shape("PR1 ក").glyphs]
    assert families == ["Noto Sans"] * 4 + ["Noto Sans Khmer"]


@pytest.mark.parametrize("text", ["Bảo vệ trẻ em – “ưu tiên”", "ធម្មនុញ្ញ", "100% (3/4) · é"])
def test_every_character_has_a_glyph(text: str):
    assert all(glyph != 0 for _, glyph, *_ in shape(text).glyphs)


def test_width_grows_with_size_and_weight():
    assert width("Score", size=20) == pytest.approx(2 * width("Score", size=10))
    assert width("Score", size=10, bold=True) > width("Score", size=10)


def test_a_space_has_no_outline():
    assert outlines(" ", x=0, y=0, size=10) == []


@pytest.mark.parametrize(("anchor", "shift"), [("start", 0), ("middle", 0.5), ("end", 1)])
def test_the_anchor_holds(anchor: str, shift: float):
    start = _first_point(outline_texts(SVG.format('<text x="100" y="50" font-size="10">Score</text>')))
    moved = _first_point(
        outline_texts(SVG.format(f'<text x="100" y="50" style="font-size: 10px; text-anchor: {anchor}">Score</text>'))
    )
    assert start[0] - moved[0] == pytest.approx(shift * width("Score", size=10), abs=0.02)
    assert start[1] == moved[1]


def test_rotation_colour_and_opacity_hold():
    text = '<text x="1" y="2" transform="rotate(-90,1,2)" style="fill: rgb(1, 2, 3); fill-opacity: 0.5">x</text>'
    svg = outline_texts(SVG.format(text))
    assert 'transform="rotate(-90,1,2)"' in svg
    assert 'fill="rgb(1, 2, 3)" fill-opacity="0.5"' in svg


def test_lines_and_bold_pieces_stand_where_they_should():
    svg = outline_texts(
        SVG.format(
            '<text x="0" y="0" font-size="10"><tspan x="0" dy="0em">I</tspan>'
            '<tspan x="0" dy="1.3em">I<tspan style="font-weight:bold">I</tspan></tspan></text>'
        )
    )
    paths = [path.attrib["d"] for path in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path")]  # noqa: S314 - made here
    first, second, bold = (_first_point(f' d="{data}') for data in paths)
    assert second[1] - first[1] == pytest.approx(13, abs=0.01)
    assert bold[0] - second[0] > width("I", size=10) / 2


@pytest.mark.parametrize(
    "text",
    ["Care that fits each person from the first day to the last", "ការថែទាំដែលសមស្របនឹងមនុស្សម្នាក់ៗតាំងពីថ្ងៃដំបូងរហូត", "x" * 300],
)
def test_wrapped_lines_fit_and_are_no_more_than_allowed(text: str):
    lines = wrap(text, room=120, size=11)
    assert 1 <= len(lines) <= 2
    assert all(width(line, size=11) <= 120 for line in lines)


def test_a_line_that_fits_is_left_alone():
    assert wrap("Safe people", room=200, size=11) == ["Safe people"]
    assert wrap("", room=200, size=11) == [""]
