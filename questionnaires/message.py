"""A sentence with named places, kept apart from its values until somebody says in which language to print it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Value: TypeAlias = "str | int | Message"


@dataclass(frozen=True)
class Message:
    """An English template and what fills its `{places}`; printed as English unless translated.

    `text` is at the same time the key under which the application's catalogues hold its translations, so it is always
    a literal at the place where the message is made.
    """

    text: str
    values: Mapping[str, Value]

    def __str__(self) -> str:
        return self.render(lambda text: text)

    def render(self, translate: Callable[[str], str]) -> str:
        """The sentence with its template, and those of the messages inside it, put through `translate`."""
        values = {
            name: value.render(translate) if isinstance(value, Message) else value
            for name, value in self.values.items()
        }
        return translate(self.text).format(**values)


def message(text: str, /, **values: Value) -> Message:
    """A `Message`; the name is the one that the extraction of texts for translation looks for."""
    return Message(text, values)
