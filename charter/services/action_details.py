"""What is planned for an action that is carried out: days, people, money, indicator. Each save knows its version."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from charter.database.people import Membership
from charter.database.plans import Action, ActionStatus, ActionSupporter, Funding
from charter.services.action_states import OPEN, check_days
from charter.services.actions import begin_action, check_percent, clean, record_action, touch
from charter.services.actors import Actor
from charter.services.assessments import party_in
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.plan_limits import MOST_MONEY, amount
from charter.services.states import Party
from questionnaires.message import Message, message

LONGEST_LINE = 200

CHANGEABLE = (*OPEN, ActionStatus.DONE)
"""Where details can still be changed."""

_TEXTS = ("help_needed", "indicator")
_LINES = ("owner_text", "baseline", "target")


@dataclass(frozen=True)
class Details:
    """Everything that can be changed of an action, beside its status. Money in hundredths."""

    starts_on: date
    due_on: date
    percent: int
    owner_id: int | None = None
    owner_text: str | None = None
    supporters: frozenset[int] = frozenset()
    cost_planned: int | None = None
    cost_spent: int | None = None
    funding: Funding | None = None
    help_needed: str | None = None
    indicator: str | None = None
    baseline: str | None = None
    target: str | None = None


def details_of(action: Action) -> Details:
    """What is stored."""
    stored = {field.name: getattr(action, field.name) for field in fields(Details) if field.name != "supporters"}
    return Details(**stored, supporters=frozenset(person.id for person in action.supporters))


def change_details(db: Session, actor: Actor, *, action: Action, details: Details, known_version: int) -> bool:
    """Store what was typed, with one event that says what was and what is; False where nothing differs.

    Invalid with every problem at its field; Stale, with the action as it is, if it was changed since `known_version`;
    Refused once it is verified or dropped.
    """
    if party_in(actor, action.organization_id) not in (Party.LEAD, Party.CONTRIBUTOR):
        raise NotFound
    begin_action(db, actor, action, known_version=known_version)
    if action.status not in CHANGEABLE:
        raise Refused(message("An action that is verified or dropped can no longer be changed."))
    db.expire(action, ["supporters"])
    details = _checked(db, action, details)
    stored = details_of(action)
    changes = {
        field.name: [_plain(getattr(stored, field.name)), _plain(getattr(details, field.name))]
        for field in fields(Details)
        if getattr(stored, field.name) != getattr(details, field.name)
    }
    if not changes:
        return False
    for name in changes:
        if name == "supporters":
            _set_supporters(db, action, details.supporters)
        else:
            setattr(action, name, getattr(details, name))
    touch(action)
    db.flush()
    db.expire(action, ["owner", "supporters"])
    record_action(db, "ActionChanged", actor, action, changes=changes)
    return True


def read_money(typed: str | None) -> int | None:
    """Hundredths of what was typed; None for nothing. ValueError for what is no amount."""
    if not (typed or "").strip():
        return None
    value = amount(typed or "", MOST_MONEY)
    if value is None:
        raise ValueError(typed)
    return int(value * 100)


def shown_money(hundredths: int | None) -> str:
    """As it stands in a field."""
    if hundredths is None:
        return ""
    exact = Fraction(hundredths, 100)
    return str(exact.numerator) if exact.denominator == 1 else f"{hundredths // 100}.{hundredths % 100:02}"


def people_who_can_own(db: Session, organization_id: int) -> set[int]:
    """Who works there now."""
    return set(
        db.scalars(
            select(Membership.person_id).where(
                Membership.organization_id == organization_id, Membership.until_at.is_(None)
            )
        )
    )


def _checked(db: Session, action: Action, details: Details) -> Details:
    """The same, with tidy texts. Somebody who no longer works there may stay where they stood before."""
    problems: dict[str, Message] = {}
    values: dict[str, Any] = {field.name: getattr(details, field.name) for field in fields(Details)}
    for name in (*_TEXTS, *_LINES):
        values[name] = _tidy(values[name], name, problems)
    problems |= check_days(details.starts_on, details.due_on)
    try:
        check_percent(details.percent)
    except Invalid as problem:
        problems |= problem.messages
    if details.percent != action.percent and action.status not in OPEN:
        problems["percent"] = message("How far it is can be changed only while something is still to be done.")
    there = people_who_can_own(db, action.organization_id)
    if details.owner_id not in {None, action.owner_id, *there}:
        problems["owner_id"] = message("Choose one of your organization's people.")
    if not details.supporters <= there | {person.id for person in action.supporters}:
        problems["supporters"] = message("Choose one of your organization's people.")
    values["supporters"] = details.supporters - {details.owner_id}
    for name in ("cost_planned", "cost_spent"):
        if values[name] is not None and not 0 <= values[name] <= MOST_MONEY * 100:
            problems[name] = message("Please give an amount from 0 to {most}, or leave it empty.", most=MOST_MONEY)
    if problems:
        raise Invalid(problems)
    return Details(**values)


def _tidy(text: str | None, name: str, problems: dict[str, Message]) -> str | None:
    try:
        text = clean(text, name)
    except Invalid as problem:
        problems |= problem.messages
        return None
    if text is not None and name in _LINES and len(text) > LONGEST_LINE:
        problems[name] = message(
            "This has {count} characters; there is room for {most}.", count=len(text), most=LONGEST_LINE
        )
    return text


def _set_supporters(db: Session, action: Action, people: frozenset[int]) -> None:
    db.execute(delete(ActionSupporter).where(ActionSupporter.action_id == action.id))
    db.add_all(ActionSupporter(action_id=action.id, person_id=person_id) for person_id in sorted(people))


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else value
