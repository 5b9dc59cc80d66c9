"""Figures become pictures, and the words in them pieces with a place and shaped glyphs."""

import os
import xml.etree.ElementTree as ElementTree
from collections import OrderedDict

import pytest

from charter.reports import picture_store, pictures
from charter.reports.errors import ReportError
from charter.reports.pictures import picture
from charter.reports.shaping import shape, width, wrap
from charter.reports.texts import Piece, pieces


def _pieces(text: str) -> list[Piece]:
    return pieces(ElementTree.fromstring(text))  # noqa: S314 - made here


def _figure(text: str) -> dict:
    return {
        "data": [{"type": "bar", "x": [1], "y": [1]}],
        "layout": {"width": 200, "height": 120, "title": {"text": text}},
    }


def test_a_picture_keeps_its_text():
    assert "ការពារកុមារ</text>" in picture(_figure("ការពារកុមារ"))


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


def test_a_picture_in_the_folder_is_not_drawn_again_by_another_process(monkeypatch, tmp_path):
    monkeypatch.setenv(picture_store.SETTING, str(tmp_path / "charts"))
    monkeypatch.setattr(pictures, "_kept", OrderedDict())
    first = picture(_figure("Stored"))
    assert [file.name for file in (tmp_path / "charts").iterdir()] == [
        f"{pictures.picture_key(_figure('Stored'), language='en')}.svg"
    ]
    monkeypatch.setattr(pictures, "_kept", OrderedDict())
    monkeypatch.setattr(pictures, "drawn", lambda figure, language: pytest.fail("drawn again"))
    assert picture(_figure("Stored")) == first


def test_of_too_many_pictures_in_the_folder_the_older_ones_go(monkeypatch, tmp_path):
    monkeypatch.setenv(picture_store.SETTING, str(tmp_path))
    monkeypatch.setattr(picture_store, "MOST_FILES", 3)
    for number, key in enumerate("abcd"):
        picture_store.save(key, key)
        if key != "d":
            os.utime(tmp_path / f"{key}.svg", (number, number))
    assert sorted(file.stem for file in tmp_path.iterdir()) == ["c", "d"]
    assert (picture_store.load("a"), picture_store.load("d")) == (None, "d")


def test_a_folder_that_cannot_be_written_to_is_named(monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv(picture_store.SETTING, str(file))
    with pytest.raises(ReportError, match=r"Charts cannot be kept in .*file, which CHARTER_CHART_FOLDER names: "):
        picture_store.save("key", "<svg/>")


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


@pytest.mark.parametrize("text", ["ស្ត្រី និងកុមារ PR1", "office 3/4", "ម្នាក់ៗ"])
def test_the_glyphs_show_each_character_once_and_in_order(text: str):
    assert "".join(glyph.text for glyph in shape(text).glyphs) == text


def test_a_character_that_no_font_has_is_a_box_that_knows_it():
    assert [(glyph.number, glyph.text) for glyph in shape("😀").glyphs] == [(0, "😀")]


@pytest.mark.parametrize(("anchor", "shift"), [("start", 0), ("middle", 0.5), ("end", 1)])
def test_the_anchor_holds(anchor: str, shift: float):
    (piece,) = _pieces(f'<text x="100" y="50" style="font-size: 10px; text-anchor: {anchor}">Score</text>')
    assert piece.x == pytest.approx(100 - shift * width("Score", size=10))
    assert (piece.y, piece.size) == (50, 10)


def test_colour_and_opacity_hold():
    (piece,) = _pieces('<text opacity="0.5" style="fill: rgb(1, 2, 3); fill-opacity: 0.5">x</text>')
    assert (piece.fill, piece.opacity) == ("rgb(1, 2, 3)", 0.25)


def test_lines_and_bold_pieces_stand_where_they_should():
    first, second, bold = _pieces(
        '<text x="0" y="0" font-size="10"><tspan x="0" dy="0em">I</tspan>'
        '<tspan x="0" dy="1.3em">I<tspan style="font-weight:bold">I</tspan></tspan></text>'
    )
    assert (first.x, first.y, second.x, second.y) == (0, 0, 0, 13)
    assert (bold.x, bold.y) == (width("I", size=10), 13)
    assert [piece.bold for piece in (first, second, bold)] == [False, False, True]


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
