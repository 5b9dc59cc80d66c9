"""HTML that is made once: what a macro says of something that never changes, in each language."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from flask import g
from jinja2.runtime import Macro
from markupsafe import Markup

MOST_KEPT = 8192
"""Pieces of a kilobyte or two: some ten megabytes in each process, once every questionnaire was looked at."""


def kept(macro: Macro, subject: object, *arguments: Hashable) -> Markup:
    """What the macro makes of `subject` and the arguments, made once per language.

    The subject is part of a published pack, so that it never changes; the macro reads nothing but what it is given,
    and was imported without context, so that it is the same one each time.
    """
    return _made(g.translator.language, macro, _Same(subject), arguments)


class _Same:
    """A key that is the subject itself: packs are large, and comparing them would take longer than drawing them."""

    __slots__ = ("subject",)

    def __init__(self, subject: object) -> None:
        self.subject = subject

    def __hash__(self) -> int:
        return id(self.subject)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.subject is other.subject


@lru_cache(maxsize=MOST_KEPT)
def _made(_language: str, macro: Macro, same: _Same, arguments: tuple[Any, ...]) -> Markup:
    return Markup(macro(same.subject, *arguments))  # noqa: S704 - a macro escapes what it is given
