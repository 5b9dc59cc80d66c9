"""Words as the library's search compares them, alike in English, Khmer and Vietnamese.

Case, accents, width and the order of Khmer subscripts make no difference. Khmer, which has no spaces, is cut into words
by ICU's dictionary. Since that can cut the same letters otherwise in another sentence, a search also keeps each run of
Khmer whole, to be looked for as it stands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from charter.reports.words import khmer_words
from questionnaires.khmer import one_order

LONGEST_WORD = 40
"""Of a longer word the beginning counts."""
MOST_WORDS = 12
"""Words of a search that count."""
SHORTEST_RUN = 4
"""A shorter run of Khmer is part of too many words to be looked for inside of others."""

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff'\u2019]")
_ACCENTS = re.compile("[\u0300-\u036f]")
_PLAIN = str.maketrans(
    {"đ": "d", "ł": "l", "ø": "o", "ı": "i"} | {chr(0x17E0 + digit): str(digit) for digit in range(10)}
)
_KHMER = "\u1780-\u17d3\u17dd"
_PIECE = re.compile(f"[{_KHMER}]+|[^\\W_{_KHMER}\u17d4-\u17dc]+")
_IS_KHMER = re.compile(f"[{_KHMER}]")
_TOO_COMMON = frozenset(
    "a an and at by for from in is of on or the to with va cua cho cac និង នៃ".split()  # noqa: SIM905 - read as a line
)


@dataclass(frozen=True)
class Term:
    """Part of a search: a word, or a run of Khmer with the words in it. `run` is empty for a single word."""

    words: tuple[str, ...]
    run: str = ""

    @property
    def text(self) -> str:
        return self.run or self.words[0]


def fold(text: str) -> str:
    """The text with everything gone that makes no difference; one space between parts."""
    text = one_order(unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))).lower()
    text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return " ".join(unicodedata.normalize("NFC", text).translate(_PLAIN).split())


def words_in(folded: str) -> list[str]:
    """The words of a folded text, in their order."""
    return [word for term in _terms(folded) for word in term.words]


def search_terms(text: str) -> tuple[Term, ...]:
    """What to look for. Words that stand in every text are left out, unless there is nothing else."""
    terms = _terms(fold(text))
    telling = [_telling(term) for term in terms if term.text not in _TOO_COMMON] or terms
    found: list[Term] = []
    left = MOST_WORDS
    for term in telling:
        if term not in found and len(term.words) <= left:
            found.append(term)
            left -= len(term.words)
    return tuple(found)


def word_weights(weighted: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The weight of each word of some folded texts: the largest of the texts that it stands in."""
    found: dict[str, int] = {}
    for folded, weight in weighted:
        for word in words_in(folded):
            found[word] = max(weight, found.get(word, 0))
    return found


def _terms(folded: str) -> list[Term]:
    found = []
    for piece in _PIECE.findall(folded):
        if _IS_KHMER.match(piece):
            words = _khmer(piece)
            found.append(Term(words, piece if len(words) > 1 or len(piece) >= SHORTEST_RUN else ""))
        else:
            found.append(Term((piece[:LONGEST_WORD],)))
    return found


def _telling(term: Term) -> Term:
    return Term(tuple(word for word in term.words if word not in _TOO_COMMON) or term.words, term.run)


@lru_cache(maxsize=16_384)
def _khmer(run: str) -> tuple[str, ...]:
    return tuple(word[:LONGEST_WORD] for word in khmer_words(run))
