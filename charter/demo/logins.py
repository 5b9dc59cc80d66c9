"""The log-ins that are printed: one for each role, of people who have to do with the same member."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy.orm import Session

from charter.clock import now
from charter.config import Settings
from charter.database.people import Person
from charter.demo.coalition import IN_LOGINS, Coalition
from charter.services import accounts, second_factors
from charter.services.actors import actor_for
from charter.services.staff_codes import grouped

LOGINS = "demo-logins.json"


def make_logins(db: Session, coalition: Coalition) -> list[dict[str, Any]]:
    """Give them passwords and second factors. Nobody else of the demo has a password."""
    member = coalition.members[IN_LOGINS]
    found = [
        *(("coordinator", each) for each in coalition.coordinator_ids),
        ("mentor", member.mentor_id),
        ("lead", member.lead_id),
        ("contributor", member.people[1]),
    ]
    made = [_login(db, coalition.settings, role, db.get_one(Person, person_id)) for role, person_id in found]
    code = grouped(coalition.codes[0])
    return [*made, {"role": "respondent", "email": None, "password": None, "totp_secret": None, "code": code}]


def write_logins(settings: Settings, logins: list[dict[str, Any]]) -> None:
    """Keep them in the instance folder, for its owner alone."""
    path = settings.instance / LOGINS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(logins, ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_logins(settings: Settings) -> list[dict[str, Any]]:
    """The log-ins of a demo that was built before; empty if there is none."""
    try:
        found: list[dict[str, Any]] = json.loads(Path(settings.instance / LOGINS).read_text("utf-8"))
    except FileNotFoundError:
        return []
    return found


def _login(db: Session, settings: Settings, role: str, person: Person) -> dict[str, Any]:
    password = f"demo {secrets.token_hex(4)} {secrets.token_hex(4)}"
    accounts.set_password(db, person, password)
    secret: str | None = None
    if person.role is not None:
        secret = second_factors.new_secret()
        # The code of half a minute ago, so that the one of now can still be used to log in.
        code = pyotp.TOTP(secret).at(now() - timedelta(seconds=30))
        second_factors.set_up(db, settings, actor_for(db, person), secret=secret, code=code, password=None)
    return {"role": role, "email": person.email, "password": password, "totp_secret": secret}
