"""The code that a device holds: in the session cookie, encrypted, until it is sent or put away."""

from __future__ import annotations

from flask import session

from charter.security import decrypt, encrypt
from charter.services.sheets import Respondent, find_respondent
from charter.web.requests import database, settings

CODE = "code"


def hold(code: str) -> None:
    """From now on this device opens that code's sheet."""
    session[CODE] = encrypt(settings().key, "respondent", code)


def put_away() -> None:
    """This device opens no sheet any more."""
    session.pop(CODE, None)


def held_code_opens() -> Respondent | None:
    """What the code on this device opens; None if there is none, or none that is known."""
    held = session.get(CODE)
    code = decrypt(settings().key, "respondent", held) if isinstance(held, str) else None
    return find_respondent(database(), settings(), code) if code else None
