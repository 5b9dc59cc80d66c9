"""Every chart in Khmer as it stands in the PDF, against what Chromium makes of the same picture with its text as text.

WeasyPrint tears Khmer in SVG apart; in a report its words are shaped here instead. The control is the same comparison
without that.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter

from charter.reports import glyphs, pictures
from charter.reports.browser import chromium, local_font_faces
from charter.reports.pdf import pdf, picture_address
from charter.reports.pictures import drawn, picture
from tests.unit.reports.figures import KINDS, figures

SCALE = 2
DIFFERENT = 48
"""Of 255, after a slight blur: finer differences are how two programs smooth the same edge."""
MOST_DIFFERENT = 0.02
"""The share of pixels, in and around the texts and of the whole picture; torn text makes a fifth of the former."""
TEXT = re.compile(r"<text.*?</text>", re.DOTALL)


def _from_pdf(address: str, size: tuple[int, int]) -> Image.Image:
    width, height = size
    page = f'<html lang="km"><head><title>T</title></head><body><img alt="A" src="{address}"></body></html>'
    css = f"@page {{ size: {width}px {height}px; margin: 0 }} body {{ margin: 0 }} img {{ display: block }}"
    document = pypdfium2.PdfDocument(pdf(page, css=css))
    try:
        assert len(document) == 1
        image = document[0].render(scale=SCALE * 96 / 72).to_pil()
    finally:
        document.close()
    return _grey(image, size)


def _from_chromium(svg: str, size: tuple[int, int], folder: Path) -> Image.Image:
    width, height = size
    file = folder / "chart.png"
    page = (
        f'<!DOCTYPE html><html lang="km"><head><meta charset="utf-8"><style>{local_font_faces()}'
        f"body {{ margin: 0 }} svg {{ display: block }}</style></head><body>{svg}</body></html>"
    )
    # Higher than the picture: headless Chromium takes some of the window for a frame that it does not draw.
    window = f"--window-size={width},{height + 120}"
    chromium(page, f"--screenshot={file}", window, f"--force-device-scale-factor={SCALE}", "--virtual-time-budget=5000")
    with Image.open(file) as image:
        return _grey(image.crop((0, 0, width * SCALE, height * SCALE)), size)


def _grey(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    whole = image.convert("L").resize((size[0] * SCALE, size[1] * SCALE))
    return whole.filter(ImageFilter.GaussianBlur(1.2))


def _difference(one: Image.Image, other: Image.Image, where: Image.Image | None = None) -> float:
    """The share of pixels that differ, of all or of those that are white in `where`."""
    counts = ImageChops.difference(one, other).histogram(where)
    return sum(counts[DIFFERENT:]) / sum(counts)


def _in_and_around_texts(whole: Image.Image, without: Image.Image) -> Image.Image:
    ink = ImageChops.difference(whole, without).point(lambda value: 255 if value > 24 else 0)
    return ink.filter(ImageFilter.MaxFilter(9)).convert("1")


def _size(svg: str) -> tuple[int, int]:
    found = re.search(r'<svg[^>]*? width="([\d.]+)" height="([\d.]+)"', svg)
    assert found
    return round(float(found[1])), round(float(found[2]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_in_khmer_is_the_same_in_the_pdf_and_in_chromium(kind: str, tmp_path: Path):
    figure = figures("km")[kind]
    figure["layout"]["height"] = round(figure["layout"]["height"])
    with_text = drawn(figure, language="km")
    assert "<text" in with_text
    size = _size(with_text)
    right = _from_chromium(with_text, size, tmp_path)
    assert right.getextrema() != (255, 255)
    shaped = _from_pdf(picture_address(picture(figure, language="km")), size)
    where = _in_and_around_texts(shaped, _from_pdf(picture_address(TEXT.sub("", with_text)), size))
    assert _difference(shaped, right) <= MOST_DIFFERENT
    assert _difference(shaped, right, where) <= MOST_DIFFERENT
    # A picture written into the document is drawn by WeasyPrint alone.
    torn = _from_pdf("data:image/svg+xml;base64," + base64.b64encode(with_text.encode()).decode(), size)
    assert _difference(torn, right, where) > 5 * MOST_DIFFERENT


@pytest.mark.parametrize("language", ["km", "vi"])
def test_the_words_of_every_chart_can_be_copied_out_of_the_pdf(language: str):
    svgs = [picture(figure, language=language) for figure in figures(language).values()]
    images = "".join(f'<img alt="A" src="{picture_address(svg)}">' for svg in svgs)
    page = f'<html lang="{language}"><head><title>T</title></head><body>{images}</body></html>'
    # Twice, because the second document gets copies of what was drawn for the first.
    for text in [_text(pdf(page, css="")) for _ in range(2)]:
        for svg in svgs:
            assert [words for words in _words(svg) if re.sub(r"\s", "", words) not in text] == []


def test_a_label_in_another_script_is_boxes_and_breaks_nothing():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text x="9" y="20">A 😀 עברית ก</text></svg>'
    page = (
        f'<html lang="en"><head><title>T</title></head><body><img alt="A" src="{picture_address(svg)}"></body></html>'
    )
    text = _text(pdf(page, css=""))
    assert text.startswith("A")
    assert text.endswith("עבריתก")


def test_another_font_than_the_words_were_shaped_with_is_an_error(monkeypatch):
    monkeypatch.setattr(glyphs, "font_data", lambda family, weight: b"another file")
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><text x="9" y="20">A</text></svg>'
    page = (
        f'<html lang="en"><head><title>T</title></head><body><img alt="A" src="{picture_address(svg)}"></body></html>'
    )
    with pytest.raises(RuntimeError, match="another file for Noto Sans"):
        pdf(page, css="")


def _text(data: bytes) -> str:
    """All text without white space."""
    document = pypdfium2.PdfDocument(data)
    try:
        return "".join("".join(page.get_textpage().get_text_range().split()) for page in document)
    finally:
        document.close()


def test_a_browser_draws_the_same_chart(monkeypatch):
    figure = figures("km")["clauses"]
    monkeypatch.setenv(pictures.SETTING, "browser")
    svg = drawn(figure, language="km")
    monkeypatch.delenv(pictures.SETTING)
    assert _words(svg) == _words(drawn(figure, language="km"))


def _words(svg: str) -> list[str]:
    """All texts, sorted."""
    return sorted("".join(re.findall(r">([^<]*)<", text)) for text in TEXT.findall(svg))
