"""The language of a note is told by its letters, and where they do not tell it, not at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.reports.spoken import language_mark, language_of, pack_mark
from tests.unit.reports import made_up


@pytest.mark.parametrize(
    ("text", "within", "language"),
    [
        ("បុគ្គលិកបានចុះហត្ថលេខា", "en", "km"),
        ("បុគ្គលិកបានចុះហត្ថលេខា", "km", None),
        ("បុគ្គលិក 12 នាក់នៅ Kapok House", "en", "km"),
        ("Mọi người đã ký", "en", "vi"),
        ("Mọi người đã ký", "vi", None),
        ("Everybody has signed it", "vi", "en"),
        ("Everybody has signed it", "km", "en"),
        ("Everybody has signed it", "en", None),
        ("Kapok House", "km", None),
        ("Sokha (សុខា) signed for everybody in the house", "en", None),
        ("أهلا وسهلا", "en", "ar"),
        ("עברית", "vi", "he"),
        ("12 / 13", "km", None),
        ("😀", "km", None),
        ("", "km", None),
        ("Café crème, naïve", "en", None),
    ],
)
def test_the_language_of_a_text(text: str, within: str, language: str | None):
    assert language_of(text, within=within) == language


@given(st.text(max_size=200), st.sampled_from(["en", "km", "vi"]))
def test_the_report_s_own_language_needs_no_mark(text: str, within: str):
    assert language_of(text, within=within) != within


def test_a_mark_is_an_attribute():
    assert language_mark("Mọi người đã ký", within="km") == ' lang="vi"'
    assert language_mark("12", within="km") == ""
    assert pack_mark(made_up.pack(), within="km") == ' lang="en"'
    assert pack_mark(made_up.pack(), within="en") == ""
