"""One spelling for Khmer that looks the same.

A letter with two subscripts, one of them RO, can be typed in two orders: ស្ត្រី and ស្រ្តី look alike in every font and are
different strings, which neither Unicode's normal forms nor ICU make one. RO last is the order that Unicode describes;
texts are brought into it where they are read, so that searching, comparing and sorting find both. Nothing else of what
somebody typed is changed.
"""

from __future__ import annotations

import re

_COENG_RO = "\u17d2\u179a"
_SUBSCRIPT = re.compile("\u17d2[\u1780-\u17b3]")
_SEVERAL = re.compile("(?:\u17d2[\u1780-\u17b3]){2,}")


def one_order(text: str) -> str:
    """The text with the subscript RO after every other subscript of the same letter."""
    return _SEVERAL.sub(_ro_last, text) if _COENG_RO in text else text


def _ro_last(match: re.Match[str]) -> str:
    return "".join(sorted(_SUBSCRIPT.findall(match[0]), key=lambda subscript: subscript == _COENG_RO))
