"""Tokens for programs: making one, ending it, and who it stands for."""

from __future__ import annotations

import enum
from datetime import date, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload, sessionmaker

from charter.clock import now, today
from charter.config import Settings
from charter.database.api_tokens import ApiToken
from charter.database.engine import transaction
from charter.database.people import Person
from charter.security import new_token, token_hash
from charter.services.actors import Actor, actor_for
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from questionnaires.message import message

PREFIX = "charter_"
"""What every token begins with, so that programs that look for leaked secrets know it."""
MOST = 20
"""Tokens that one person has at a time."""
LONGEST_NAME = 80
LIFETIMES = (30, 90, 365)
"""Days, of which one is chosen."""


class Scope(enum.StrEnum):
    """What a token opens; never more than its person may read on the site."""

    ASSESSMENTS = "assessments:read"
    PLANS = "plans:read"
    COALITION = "coalition:read"


def scopes_for(actor: Actor) -> tuple[Scope, ...]:
    """What this person can put into a token."""
    return tuple(Scope) if actor.is_coordinator else (Scope.ASSESSMENTS, Scope.PLANS)


def make_token(
    db: Session, actor: Actor, settings: Settings, *, name: str, scopes: list[str], days: int
) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown once and stored nowhere."""
    name = name.strip()
    allowed = {scope.value for scope in scopes_for(actor)}
    problems = {}
    if not name or len(name) > LONGEST_NAME:
        problems["name"] = message("Say in a few words what the token is for.")
    if not scopes or not set(scopes) <= allowed:
        problems["scopes"] = message("Choose what the token may read.")
    if days not in LIFETIMES:
        problems["days"] = message("Choose how long it works.")
    if problems:
        raise Invalid(problems)
    if len(tokens_of(db, actor, settings)) >= MOST:
        raise Refused(message("You have {most} tokens. End one first.", most=MOST))
    text = PREFIX + new_token()
    row = ApiToken(
        person_id=actor.id,
        name=name,
        token_hash=token_hash(text),
        scopes=sorted(set(scopes)),
        created_at=now(),
        expires_on=today(settings.zone) + timedelta(days=days),
    )
    db.add(row)
    db.flush()
    record_event(db, "ApiTokenMade", actor=actor, data={"token": row.id, "scopes": row.scopes})
    return row, text


def tokens_of(db: Session, actor: Actor, settings: Settings) -> list[ApiToken]:
    """The person's tokens that work, newest first."""
    return list(
        db.scalars(
            select(ApiToken)
            .where(
                ApiToken.person_id == actor.id,
                ApiToken.revoked_at.is_(None),
                ApiToken.expires_on > today(settings.zone),
            )
            .order_by(ApiToken.id.desc())
        )
    )


def end_token(db: Session, actor: Actor, token_id: int) -> None:
    """It works no longer. NotFound for somebody else's; ending it twice is the same as once."""
    row = db.get(ApiToken, token_id)
    if row is None or row.person_id != actor.id:
        raise NotFound
    if row.revoked_at is None:
        row.revoked_at = now()
        db.flush()
        record_event(db, "ApiTokenEnded", actor=actor, data={"token": row.id})


def actor_of_api_token(db: Session, settings: Settings, text: str) -> tuple[ApiToken, Actor] | None:
    """Who the token stands for, with what that person may do now; None if it is unknown, ended or over.

    A coordinator's scope is worth nothing once the person is none any more: the actor decides, not the token.
    """
    if not text.startswith(PREFIX):
        return None
    row = db.scalar(
        select(ApiToken)
        .join(Person, Person.id == ApiToken.person_id)
        .where(
            ApiToken.token_hash == token_hash(text),
            ApiToken.revoked_at.is_(None),
            ApiToken.expires_on > today(settings.zone),
            Person.disabled_at.is_(None),
        )
        .options(joinedload(ApiToken.person))
    )
    return None if row is None else (row, actor_for(db, row.person))


def was_used(sessions: sessionmaker[Session], token_id: int, *, last: date | None, on: date) -> None:
    """Keep the day of its last use, in a transaction of its own, once a day."""
    if last is not None and last >= on:
        return
    with transaction(sessions) as db:
        db.execute(
            update(ApiToken)
            .where(ApiToken.id == token_id, func.coalesce(ApiToken.last_used_on, date.min) < on)
            .values(last_used_on=on)
        )
