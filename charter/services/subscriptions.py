"""Which mails somebody gets, and how to stop them without logging in."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.config import Settings
from charter.database.people import Person
from charter.database.subscriptions import MailChoice, MailKind
from charter.i18n import translator
from charter.security import keyed_hash
from charter.services.actors import Actor
from charter.services.events import record_event
from questionnaires.message import Message, message

OF_MEMBERS = (MailKind.ACTIONS, MailKind.DUE_DATES)
OF_MENTORS = (MailKind.CASELOAD, MailKind.CASELOAD_MONTHLY, MailKind.REVIEWS)
OF_COORDINATORS = (MailKind.COALITION,)

OFF_AT_FIRST = frozenset({MailKind.CASELOAD_MONTHLY})
"""Everything else comes until it is switched off."""

PAGE = "/account/mails"
_PURPOSE = "mails off"


def kinds_of(actor: Actor) -> tuple[MailKind, ...]:
    """The mails that this person may get, in the order of the page."""
    return (
        *(OF_MEMBERS if actor.memberships else ()),
        *(OF_MENTORS if actor.is_mentor else ()),
        *(OF_COORDINATORS if actor.is_coordinator else ()),
    )


def choices_of(db: Session, actor: Actor) -> dict[MailKind, bool]:
    """What this person may get, and whether it is wanted; one statement."""
    chosen = _chosen(db, [actor.id])
    return {kind: chosen.get((actor.id, kind), kind not in OFF_AT_FIRST) for kind in kinds_of(actor)}


def choose_mails(db: Session, actor: Actor, *, wanted: Collection[MailKind]) -> None:
    """From now on exactly these, of those that the person may get."""
    for kind, before in choices_of(db, actor).items():
        if before != (kind in wanted):
            _set(db, actor.id, kind, wanted=not before)
            record_event(db, "MailsChosen", actor=actor, data={"kind": kind.value, "wanted": not before})


def who_wants(db: Session, kind: MailKind, people: Iterable[Person]) -> list[Person]:
    """Those of the people who want it and have an open account; one statement."""
    found = list(people)
    chosen = _chosen(db, [each.id for each in found])
    standard = kind not in OFF_AT_FIRST
    return [each for each in found if each.disabled_at is None and chosen.get((each.id, kind), standard)]


def off_path(settings: Settings, person_id: int, kind: MailKind) -> str:
    """Where on this site this person's mails of that kind are switched off. It works for ever: old mails stay."""
    return f"/mails/off/{person_id}.{kind.value}.{_signature(settings, person_id, kind)}"


def read_off_token(db: Session, settings: Settings, token: str) -> tuple[Person, MailKind] | None:
    """Whose mails of which kind a token switches off; None if it is not one of ours, or the account is closed."""
    number, _, rest = token.partition(".")
    name, _, signature = rest.partition(".")
    if not (number.isascii() and number.isdigit() and len(number) < 10 and name in set(MailKind)):
        return None
    kind = MailKind(name)
    if not hmac.compare_digest(signature.encode(), _signature(settings, int(number), kind).encode()):
        return None
    person = db.get(Person, int(number))
    return (person, kind) if person is not None and person.disabled_at is None else None


def switch_off(db: Session, person: Person, kind: MailKind) -> None:
    """No more of these mails. A second time is the same as once."""
    if _chosen(db, [person.id]).get((person.id, kind)) is False:
        return
    _set(db, person.id, kind, wanted=False)
    record_event(db, "MailsChosen", actor=Actor(person), data={"kind": kind.value, "wanted": False})


def with_footer(settings: Settings, language: str, body: Message) -> Message:
    """The body of a mail that can be switched off."""
    return message("{text}\n\n{end}", text=body, end=footer(settings, language))


def footer(settings: Settings, language: str) -> str:
    """The end of every mail that can be switched off."""
    address = f"{settings.public_url.rstrip('/')}{PAGE}"
    text = message("Choose which mails you get:\n{address}", address=address)
    return f"-- \n{translator(language).render(text)}\n"


def _signature(settings: Settings, person_id: int, kind: MailKind) -> str:
    return keyed_hash(settings.key, _PURPOSE, f"{person_id} {kind.value}")


def _chosen(db: Session, person_ids: Collection[int]) -> Mapping[tuple[int, MailKind], bool]:
    if len(person_ids) == 1:
        query = select(MailChoice).where(MailChoice.person_id.in_(person_ids))
    else:  # everybody's: fewer rows than a list of thousands of numbers would be text
        query = select(MailChoice)
    return {(row.person_id, row.kind): row.wanted for row in db.scalars(query)}


def _set(db: Session, person_id: int, kind: MailKind, *, wanted: bool) -> None:
    row = db.get(MailChoice, (person_id, kind))
    if row is None:
        row = MailChoice(person_id=person_id, kind=kind)
        db.add(row)
    row.wanted, row.since_at = wanted, now()
    db.flush()
