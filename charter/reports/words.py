"""Khmer is written without spaces: this finds its words, so that lines can break between them.

Pango, which lays out the PDF, breaks a Khmer sentence nowhere and lets it run off the page. A zero-width space between
two words gives it the places. They exist only in what is printed: nothing with inserted spaces is ever stored, and the
text that can be copied out of the PDF has none either (pdf.py).
"""

from __future__ import annotations

import re
from functools import lru_cache

ZERO_WIDTH_SPACE = "\u200b"

_KHMER_RUN = re.compile("[\u1780-\u17ff\u19e0-\u19ff][\u1780-\u17ff\u19e0-\u19ff\u200c\u200d]+")
_REPEATED = re.compile("([^\u17d7]+)(\u17d7*)|(\u17d7+)")
_TAG = re.compile(r"(<[^>]*>)")
# Text in these is read by programs, not laid out in lines.
_UNTOUCHED = re.compile(r"<(title|style)\b", re.IGNORECASE)


def break_words(text: str) -> str:
    """The text with U+200B between Khmer words; everything else, and spaces already typed, stay as they are."""
    return _KHMER_RUN.sub(lambda match: _break_run(match[0]), text)


def break_words_in_html(html: str) -> str:
    """`break_words` for every text of a finished document, so that no template can forget it.

    Tags and attributes are left alone. The document must be well formed with `<` and `>` escaped in texts and
    attribute values, as Jinja's autoescape writes them.
    """
    parts = _TAG.split(html)
    untouched = False
    for position, part in enumerate(parts):
        if position % 2:
            untouched = _UNTOUCHED.match(part) is not None
        elif part and not untouched:
            parts[position] = break_words(part)
    return "".join(parts)


def khmer_words(run: str) -> list[str]:
    """The pieces of a run of Khmer between which a line may break, by ICU's dictionary.

    The sign of repetition belongs to the word that it repeats. Left in the run, it would make ICU tear that word.
    """
    from icu4py.breakers import LineBreaker

    words: list[str] = []
    for text, repeated, alone in _REPEATED.findall(run):
        words += LineBreaker(text, "km") if text else [alone]
        words[-1] += repeated
    return words


@lru_cache(maxsize=16_384)
def _break_run(run: str) -> str:
    return ZERO_WIDTH_SPACE.join(khmer_words(run))
