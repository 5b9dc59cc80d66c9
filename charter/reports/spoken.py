"""The language of a part of a report, where it is not the report's own: a screen reader needs it to say the part right.

Nobody says in which language a note is written, so its letters have to: Khmer, Thai, Arabic and other scripts, the
letters that only Vietnamese has, and in a report in Khmer or Vietnamese plain Latin ones. What is not clear is not
guessed.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from questionnaires.model import Pack

# In this order: whoever writes in one of these scripts may use Latin names and numbers between.
_LETTERS = (
    ("km", re.compile("[\u1780-\u17d3]")),
    ("th", re.compile("[\u0e01-\u0e3a]")),
    ("lo", re.compile("[\u0e81-\u0eb9]")),
    ("my", re.compile("[\u1000-\u103e]")),
    ("ar", re.compile("[\u0620-\u064a]")),
    ("he", re.compile("[\u05d0-\u05ea]")),
    ("ja", re.compile("[\u3041-\u30ff]")),
    ("ko", re.compile("[\uac00-\ud7a3]")),
    ("zh", re.compile("[\u4e00-\u9fff]")),
    ("vi", re.compile("[ăđĩũơưạ-ỹ]", re.IGNORECASE)),
)
_LATIN_WORD = re.compile("[A-Za-z]{2,}")
_FEWEST_WORDS = 3
_MOST_READ = 2_000


def language_of(text: str, *, within: str) -> str | None:
    """The language of a text in a report in another one; None where it is the report's own, or is not clear.

    A name or two in Latin letters say nothing; three words of a report in Khmer or Vietnamese without one Vietnamese
    letter are taken for English, the language that coalitions share.
    """
    start = text[:_MOST_READ]
    counts = {language: len(letters.findall(start)) for language, letters in _LETTERS}
    most = max(counts, key=lambda language: counts[language])
    latin = sum(len(word) for word in _LATIN_WORD.findall(start))
    if counts[most] and (most == "vi" or counts[most] > latin):
        return most if most != within else None
    if within != "en" and not any(counts.values()) and len(_LATIN_WORD.findall(start)) >= _FEWEST_WORDS:
        return "en"
    return None


def language_mark(text: str, *, within: str) -> Markup:
    """The attribute ` lang="…"` for an element that holds the text; empty where it needs none."""
    return _attribute(language_of(text, within=within))


def pack_mark(pack: Pack, *, within: str) -> Markup:
    """The same for the texts of a pack, which says its language."""
    return _attribute(pack.language if pack.language != within else None)


def _attribute(language: str | None) -> Markup:
    return Markup(' lang="{}"').format(language) if language else Markup("")
