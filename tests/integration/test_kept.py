"""HTML that is made once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, g
from jinja2 import Environment

from charter.i18n import translator
from charter.web.kept import kept


@dataclass(frozen=True)
class Level:
    title: str


class Counted:
    """A macro that says how often it was called."""

    def __init__(self, source: str) -> None:
        template = Environment(autoescape=True).from_string(source)
        self.calls = 0
        self._macro = template.module.draw  # type: ignore[attr-defined]

    def __call__(self, *arguments: object) -> str:
        self.calls += 1
        return str(self._macro(*arguments))


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with Flask("kept").app_context():
        g.translator = translator("en")
        yield


@pytest.fixture
def macro() -> Counted:
    return Counted("{% macro draw(level, rating=none) %}{{ level.title }} {{ rating }}{% endmacro %}")


def test_what_is_said_twice_is_made_once(macro: Counted) -> None:
    level = Level("Most")
    assert kept(macro, level, 2) == kept(macro, level, 2) == "Most 2"  # type: ignore[arg-type]
    assert macro.calls == 1


def test_each_language_and_each_argument_has_its_own(macro: Counted) -> None:
    level = Level("Most")
    kept(macro, level, 2)  # type: ignore[arg-type]
    assert kept(macro, level, 3) == "Most 3"  # type: ignore[arg-type]
    g.translator = translator("km")
    kept(macro, level, 2)  # type: ignore[arg-type]
    assert macro.calls == 3


def test_the_same_words_in_another_pack_are_another_thing(macro: Counted) -> None:
    kept(macro, Level("Most"))  # type: ignore[arg-type]
    kept(macro, Level("Most"))  # type: ignore[arg-type]
    assert macro.calls == 2


def test_what_a_pack_says_stays_escaped(macro: Counted) -> None:
    assert kept(macro, Level("<b>"), "&") == "&lt;b&gt; &amp;"  # type: ignore[arg-type]
