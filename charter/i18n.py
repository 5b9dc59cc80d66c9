"""Texts, numbers and days in the reader's language."""

from __future__ import annotations

import gettext as gnu_gettext
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from questionnaires.message import Message

SOURCE_LANGUAGE = "en"
LANGUAGES = ("en", "km", "vi")
"""Languages of the interface, the source language first."""

DOMAIN = "charter"
CATALOGUES = Path(__file__).resolve().parent / "translations"


@dataclass(frozen=True)
class Translator:
    """Says things in one language. A text without a translation stays English."""

    language: str
    locale: Locale
    catalogue: gnu_gettext.NullTranslations

    def gettext(self, text: str) -> str:
        # The empty text is the key of the catalogue's own header.
        return self.catalogue.gettext(text) if text else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self.catalogue.ngettext(one, many, count)

    def render(self, message: Message) -> str:
        """The sentence of a domain package in this language."""
        return message.render(self.gettext)

    def number(self, value: Fraction | int, *, places: int = 1) -> str:
        """A number with at most so many places, rounded half up."""
        return str(format_decimal(_rounded(value, places), format="#,##0.####", locale=self.locale))

    def percent(self, share: Fraction, *, places: int = 0) -> str:
        """A share from 0 to 1 as percent with so many places, rounded half up."""
        pattern = f"#,##0{'.' if places else ''}{'0' * places}%"
        return str(format_percent(_rounded(share * 100, places) / 100, format=pattern, locale=self.locale))

    def day(self, value: date) -> str:
        """A day with the month in words."""
        return str(format_date(value, format="long", locale=self.locale))

    def month(self, year: int, number: int, *, short: bool = False) -> str:
        """A calendar month with its year; `short` for the axis of a chart."""
        return str(format_date(date(year, number, 1), format="MMM yy" if short else "LLLL y", locale=self.locale))


@cache
def translator(language: str) -> Translator:
    """The translator for one of `LANGUAGES`; ValueError for any other."""
    if language not in LANGUAGES:
        raise ValueError(f"{language!r} is not a language of Charter: use one of {', '.join(LANGUAGES)}")
    catalogue: gnu_gettext.NullTranslations = gnu_gettext.NullTranslations()
    if language != SOURCE_LANGUAGE:
        catalogue = gnu_gettext.translation(DOMAIN, str(CATALOGUES), languages=[language])
    return Translator(language, Locale.parse(language), catalogue)


def language_name(code: str, *, within: Translator) -> str:
    """The name of a language, in the translator's language; the code itself where it has no name."""
    try:
        return str(Locale.parse(code).get_display_name(within.locale) or code)
    except ValueError:
        return code


def _rounded(value: Fraction | int, places: int) -> Decimal:
    """Half up (away from zero), decided on the exact value."""
    exact = abs(Fraction(value)) * 10**places
    whole = Decimal((2 * exact.numerator + exact.denominator) // (2 * exact.denominator)).scaleb(-places)
    return -whole if value < 0 else whole
