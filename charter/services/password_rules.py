"""Which passwords are refused: short ones, and those that guessing programs try first.

Length alone does not help where somebody takes a common password twice, or puts a year behind it. So a password is
taken apart: into common passwords, words known of the person, runs of digits, runs such as "abcd" or "aaaa", and single
characters otherwise. What is made of two pieces or fewer, known words not counted, is refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

from charter.services.errors import Invalid
from questionnaires.message import message

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 200
"""Longer ones would only cost time to check."""
FEWEST_PIECES = 3

LIST = Path(__file__).resolve().parent.parent / "common_passwords" / "passwords.txt"
_LOCAL = frozenset({"charter", "cambodia", "kampuchea", "phnompenh", "vietnam", "matkhau", "hanoi", "saigon"})
"""Common here, and missing in a list that was made elsewhere."""
_LEET = str.maketrans("013457@$!", "oieastasi")
_SHORTEST_WORD = 3


def refuse_weak(password: str, *, known: Iterable[str], field: str = "password") -> None:
    """Invalid if the password is too short, too long or too easy to guess. `known`: names and addresses."""
    password = normal(password)
    if len(password) < MINIMUM_LENGTH:
        text = message("Please use at least {count} characters; several words are fine.", count=MINIMUM_LENGTH)
        raise Invalid({field: text})
    if len(password) > MAXIMUM_LENGTH:
        raise Invalid({field: message("Please use at most {count} characters.", count=MAXIMUM_LENGTH)})
    if is_easy(password, known=known):
        raise Invalid(
            {
                field: message(
                    "This password is easy to guess: it is a common one, or your name or address with little else. "
                    "Three or four words that do not belong together are good."
                )
            }
        )


def normal(password: str) -> str:
    """The password as it is hashed: keyboards write the same Khmer or Vietnamese letter in several ways."""
    return unicodedata.normalize("NFKC", password)


def is_easy(password: str, *, known: Iterable[str] = ()) -> bool:
    """Whether the password has fewer than three pieces; see the module."""
    words = frozenset(word for text in known for word in _words(text))
    lower = password.lower()
    forms = {_once(_plain(lower)), _once(_plain(lower.translate(_LEET)))}
    return any(_pieces(form, words) < FEWEST_PIECES for form in forms)


def _plain(text: str) -> str:
    """Letters with their marks taken off, and digits; of scripts without such letters everything."""
    decomposed = unicodedata.normalize("NFD", text).replace("đ", "d")
    return "".join(each for each in decomposed if each.isalnum() or unicodedata.category(each) == "Mc")


def _once(text: str) -> str:
    """What the text says again and again, once: "abab" is "ab"."""
    return text[: (text + text).index(text, 1)] if text else text


def _words(text: str) -> list[str]:
    whole = _plain(text.lower())
    parts = [_plain(part) for part in re.split(r"[\W_]+", text.lower())]
    return [word for word in (whole, *parts) if len(word) >= _SHORTEST_WORD]


def _pieces(text: str, known: frozenset[str]) -> int:
    """The fewest different pieces, known words not counted."""
    best: list[frozenset[str]] = [frozenset()]
    for end in range(1, len(text) + 1):
        options = []
        for start in range(end):
            piece = text[start:end]
            if piece in known:
                options.append(best[start])
            elif len(piece) == 1 or piece in _common() or _is_run(piece):
                options.append(best[start] | {piece})
        best.append(min(options, key=len))
    return len(best[-1])


def _is_run(piece: str) -> bool:
    """Digits only, or at least three characters that stay the same or go up or down one by one."""
    if piece.isdigit():
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(piece)}
    return len(piece) >= _SHORTEST_WORD and len(steps) == 1 and steps <= {-1, 0, 1}


@cache
def _common() -> frozenset[str]:
    lines = LIST.read_text("ascii").split()
    return _LOCAL | {word for line in lines for word in (_plain(line), _plain(line.translate(_LEET))) if word}
