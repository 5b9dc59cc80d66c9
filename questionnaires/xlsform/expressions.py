"""Reads the part of a form's expression language that conditions can say: comparisons, selected(), and, or, not()."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

MOST_DEPTH = 60
MOST_TOKENS = 20_000


class NotCarried(Exception):
    """The expression, or its part named in the text, has no place among conditions."""


class UnknownName(NotCarried):
    """The expression names what the form does not have, so that no tool can make sense of it."""


@dataclass(frozen=True, slots=True)
class Ref:
    """`${name}`."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A text in quotes or a number."""

    value: str | Fraction


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left operator right`, the operator one of = != < <= > >=."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Selected:
    """selected(${name}, 'choice')."""

    name: str
    choice: str


@dataclass(frozen=True, slots=True)
class Negation:
    """not(part)."""

    part: Expression


@dataclass(frozen=True, slots=True)
class Several:
    """Parts joined by `and` (`both`) or by `or`."""

    both: bool
    parts: tuple[Expression, ...]


Expression = Ref | Literal | Comparison | Selected | Negation | Several

_TOKEN = re.compile(
    r"""\s*(?:
      \$\{\s*(?P<ref>[^}\s]+)\s*\}
    | "(?P<double>[^"]*)" | '(?P<single>[^']*)'
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<operator>!=|<=|>=|=|<|>|\(|\)|,|-)
    | (?P<word>[A-Za-z_][A-Za-z0-9_.:-]*)
    | (?P<other>\S)
    )""",
    re.VERBOSE,
)
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


def parse(text: str) -> Expression:
    """The expression in `text`; NotCarried, saying what is not understood, if it says more than conditions can."""
    return _Parser(text).whole()


class _Parser:
    def __init__(self, text: str) -> None:
        # Word processors and web pages turn quotation marks; the form's tools turn them back.
        text = text.translate(str.maketrans("‘’“”\u00a0", "''\"\" "))
        self._tokens: list[tuple[str, str]] = []
        for found in _TOKEN.finditer(text):
            kind = str(found.lastgroup)
            if kind == "other":
                raise NotCarried(f"“{found['other']}” is not understood")
            self._tokens.append(("text" if kind in ("double", "single") else kind, found[kind]))
            if len(self._tokens) > MOST_TOKENS:
                raise NotCarried("it is too long")
        self._at = 0
        self._depth = 0

    def whole(self) -> Expression:
        result = self._or()
        if self._at < len(self._tokens):
            raise NotCarried(f"“{self._tokens[self._at][1]}” is not understood")
        return result

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "its end")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._at += 1
        return token

    def _skip(self, kind: str, text: str) -> bool:
        if self._peek() == (kind, text):
            self._at += 1
            return True
        return False

    def _or(self) -> Expression:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise NotCarried("it is nested too deep")
        parts = [self._and()]
        while self._skip("word", "or"):
            parts.append(self._and())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else Several(False, tuple(parts))

    def _and(self) -> Expression:
        parts = [self._compared()]
        while self._skip("word", "and"):
            parts.append(self._compared())
        return parts[0] if len(parts) == 1 else Several(True, tuple(parts))

    def _compared(self) -> Expression:
        left = self._value()
        kind, text = self._peek()
        if kind != "operator" or text not in _COMPARISONS:
            return left
        self._at += 1
        right = self._value()
        if self._peek()[0] == "operator" and self._peek()[1] in _COMPARISONS:
            raise NotCarried("several comparisons in a row are not understood")
        return Comparison(text, left, right)

    def _value(self) -> Expression:
        kind, text = self._next()
        if kind == "ref":
            if text.startswith("last-saved#"):
                raise NotCarried("it looks at an earlier form")
            return Ref(text)
        if kind == "text":
            return Literal(text)
        if kind == "number":
            return Literal(Fraction(text))
        if (kind, text) == ("operator", "-") and self._peek()[0] == "number":
            return Literal(-Fraction(self._next()[1]))
        if (kind, text) == ("operator", "("):
            return self._closed(self._or())
        if kind == "word" and self._skip("operator", "("):
            return self._call(text)
        raise NotCarried(f"“{text}” is not understood")

    def _closed(self, inside: Expression) -> Expression:
        if not self._skip("operator", ")"):
            raise NotCarried("a bracket is not closed")
        return inside

    def _call(self, name: str) -> Expression:
        if name == "not":
            return Negation(self._closed(self._or()))
        if name != "selected":
            raise NotCarried(f"the function {name}() has no counterpart")
        subject = self._value()
        if not self._skip("operator", ","):
            raise NotCarried("selected() needs a question and a choice")
        choice = self._value()
        if not isinstance(subject, Ref) or not isinstance(choice, Literal):
            raise NotCarried("selected() is understood of a question and a choice only")
        self._closed(choice)
        return Selected(subject.name, as_text(choice))


def as_text(literal: Literal) -> str:
    """As the name of a choice: 3, not 3.0."""
    if isinstance(literal.value, str):
        return literal.value
    return str(literal.value) if literal.value.denominator == 1 else f"{float(literal.value):g}"
