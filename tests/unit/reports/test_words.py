"""Khmer words are told apart for printing only, and nothing else is touched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from charter.reports.words import ZERO_WIDTH_SPACE, break_words, break_words_in_html, khmer_words
from tests.unit.reports.made_up import KHMER_SENTENCE


def test_a_khmer_sentence_gets_places_to_break():
    broken = break_words("គោលនយោបាយការពារកុមារ")
    assert broken.split(ZERO_WIDTH_SPACE) == ["គោលនយោបាយ", "ការពារ", "កុមារ"]


@pytest.mark.parametrize("text", ["មនុស្សម្នាក់ៗ", "ម្នាក់ៗតាំងពីថ្ងៃដំបូង", "ផ្សេងៗគ្នា", "រឿយៗ", "ៗៗកុមារ"])
def test_the_sign_of_repetition_stays_with_the_word_that_it_repeats(text: str):
    words = khmer_words(text)
    assert "".join(words) == text
    assert all(words) and not any(word.startswith("ៗ") for word in words[1:])


def test_a_repeated_word_is_not_torn():
    assert any(word.endswith("ម្នាក់ៗ") for word in khmer_words("សម្រាប់មនុស្សម្នាក់ៗតាំងពីថ្ងៃដំបូង"))


def test_every_word_of_a_sentence_is_short_enough_for_a_narrow_column():
    assert max(len(word) for word in khmer_words(KHMER_SENTENCE)) < 20


@given(st.text(alphabet=st.sampled_from("កខគសត្រីាំ៖។ៗ៛ abcé<>&\u200d😀ا\n"), max_size=60))
def test_taking_the_zero_width_spaces_out_gives_back_what_was_typed(text: str):
    assert break_words(text).replace(ZERO_WIDTH_SPACE, "") == text


@pytest.mark.parametrize("text", ["", "Safe people", "Bảo vệ trẻ em", "مرحبا", "😀", "ក"])
def test_texts_without_khmer_words_stay_as_they_are(text: str):
    assert break_words(text) == text


def test_a_place_that_the_author_has_typed_is_not_doubled():
    assert ZERO_WIDTH_SPACE * 2 not in break_words(f"ការពារ{ZERO_WIDTH_SPACE}កុមារ")


def test_no_break_comes_before_a_vowel_sign_or_a_subscript():
    for word in khmer_words(KHMER_SENTENCE)[1:]:
        assert not "\u17b6" <= word[0] <= "\u17d3"


def test_in_html_only_texts_are_broken():
    html = '<title>ការពារកុមារ</title><p title="ការពារកុមារ">ការពារកុមារ &#39;x&#39;</p>'
    expected = f'<title>ការពារកុមារ</title><p title="ការពារកុមារ">ការពារ{ZERO_WIDTH_SPACE}កុមារ &#39;x&#39;</p>'
    assert break_words_in_html(html) == expected
