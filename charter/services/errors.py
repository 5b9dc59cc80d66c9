"""Why a service does not do what it is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from questionnaires.message import Message


class Refused(Exception):
    """The state of things does not allow it. The message says why, and what would help."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class Invalid(Exception):
    """What was typed cannot be taken: a message per field; the key "" is the form as a whole."""

    def __init__(self, messages: Mapping[str, Message]) -> None:
        super().__init__("; ".join(f"{field}: {message}" for field, message in messages.items()))
        self.messages = messages


class NotFound(Exception):
    """There is no such thing, or none that concerns this actor."""


class Stale(Exception):
    """Somebody saved in between. `current` is what is stored now; nothing was written."""

    def __init__(self, current: Any) -> None:
        super().__init__("somebody else saved in between")
        self.current = current
