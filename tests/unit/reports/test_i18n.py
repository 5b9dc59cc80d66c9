"""The interface speaks three languages, completely."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from charter.i18n import LANGUAGES, language_name, translator
from questionnaires.message import message

ROOT = Path(__file__).resolve().parents[3]


def test_a_sentence_is_said_in_the_language_asked_for():
    assert [translator(language).gettext("Summary") for language in LANGUAGES] == ["Summary", "សេចក្តីសង្ខេប", "Tóm tắt"]


def test_a_domain_sentence_keeps_its_values():
    sentence = message("Must-do that stays open because of {limit}.", limit=message("the budget"))
    said = [translator(language).render(sentence) for language in LANGUAGES]
    assert said[0] == "Must-do that stays open because of the budget."
    assert "ថវិកា" in said[1]
    assert "ngân sách" in said[2]


def test_the_empty_text_is_not_the_header_of_the_catalogue():
    assert translator("km").gettext("") == ""


def test_an_unknown_language_is_refused():
    with pytest.raises(ValueError, match="'fr' is not a language of Charter: use one of en, km, vi"):
        translator("fr")


@pytest.mark.parametrize(
    ("share", "printed"),
    [(Fraction(1, 200), "1%"), (Fraction(1, 201), "0%"), (Fraction(2, 3), "67%"), (Fraction(1), "100%")],
)
def test_percent_is_rounded_half_up(share: Fraction, printed: str):
    assert translator("en").percent(share) == printed


def test_numbers_days_and_months_follow_the_language():
    english, vietnamese, khmer = (translator(language) for language in ("en", "vi", "km"))
    assert (english.number(Fraction(13, 2)), vietnamese.number(Fraction(13, 2))) == ("6.5", "6,5")
    assert english.number(Fraction(-5, 4)) == "-1.3"
    assert english.number(1200) == "1,200"
    assert english.day(date(2027, 1, 9)) == "January 9, 2027"
    assert english.month(2027, 1) == "January 2027"
    assert vietnamese.month(2027, 1).lower() == "tháng 1 2027"
    assert khmer.month(2027, 1) == "មករា 2027"


def test_languages_are_named_in_the_readers_language():
    assert language_name("km", within=translator("en")) == "Khmer"
    assert language_name("no such code", within=translator("en")) == "no such code"
