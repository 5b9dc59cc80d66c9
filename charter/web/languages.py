"""In which language a page is."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask import Request

from charter.config import Settings
from charter.i18n import LANGUAGES, Translator, translator
from charter.services.actors import Actor

LANGUAGE = "language"


def offered(settings: Settings) -> tuple[str, ...]:
    """The languages that this installation offers, in its order."""
    return tuple(code for code in settings.languages if code in LANGUAGES) or LANGUAGES


def language_of_address(request: Request, settings: Settings) -> Translator:
    """What `?lang=` in the address says, else the first; for pages that do not ask who reads them."""
    codes = offered(settings)
    asked = request.args.get("lang")
    return translator(asked if asked in codes else codes[0])


def choose_language(
    request: Request, session: MutableMapping[str, Any], actor: Actor | None, settings: Settings
) -> Translator:
    """What was chosen on this device, else the person's own, else what the browser asks for, else the first."""
    codes = offered(settings)
    chosen = session.get(LANGUAGE)
    if chosen in codes:
        return translator(chosen)
    if actor is not None and actor.person.language in codes:
        return translator(actor.person.language)
    return translator(request.accept_languages.best_match(codes) or codes[0])
