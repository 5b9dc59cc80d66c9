"""Coalition staff: coordinators and mentors."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.people import Mentorship, Person, Role
from charter.services.actors import Actor
from charter.services.errors import Refused
from charter.services.events import record_event
from charter.services.logins import end_sessions_of
from questionnaires.message import message


def list_staff(db: Session) -> list[tuple[Person, int]]:
    """Everybody with a role, by name, with the number of members that they accompany."""
    accompanied = (
        select(Mentorship.mentor_id, func.count().label("members"))
        .where(Mentorship.until_at.is_(None))
        .group_by(Mentorship.mentor_id)
        .subquery()
    )
    rows = db.execute(
        select(Person, func.coalesce(accompanied.c.members, 0))
        .outerjoin(accompanied, accompanied.c.mentor_id == Person.id)
        .where(Person.role.is_not(None))
        .order_by(Person.name)
    )
    return [(person, members) for person, members in rows]


def find_staff(db: Session, person_id: int) -> Person | None:
    """The coordinator or mentor with this id."""
    person = db.get(Person, person_id)
    return person if person is not None and person.role is not None else None


def mentors(db: Session) -> list[Person]:
    """Every mentor who can log in, by name."""
    return list(
        db.scalars(select(Person).where(Person.role == Role.MENTOR, Person.disabled_at.is_(None)).order_by(Person.name))
    )


def active_coordinators(db: Session) -> list[Person]:
    """Every coordinator who can log in."""
    return list(
        db.scalars(
            select(Person).where(Person.role == Role.COORDINATOR, Person.disabled_at.is_(None)).order_by(Person.id)
        )
    )


def disable_person(db: Session, actor: Actor, *, person: Person) -> None:
    """The person can no longer log in, and is logged out. Refused for oneself and the last coordinator."""
    if person.disabled_at is not None:
        return
    if person.id == actor.id:
        raise Refused(message("You cannot close your own account. Ask another coordinator."))
    others = [each for each in active_coordinators(db) if each.id != person.id]
    if person.role is Role.COORDINATOR and not others:
        raise Refused(message("The coalition needs a coordinator: add another one first."))
    person.disabled_at = now()
    end_sessions_of(db, person)
    db.flush()
    record_event(db, "PersonDisabled", actor=actor, data={"person": person.id})


def enable_person(db: Session, actor: Actor, *, person: Person) -> None:
    """The person can log in again."""
    if person.disabled_at is None:
        return
    person.disabled_at = None
    db.flush()
    record_event(db, "PersonEnabled", actor=actor, data={"person": person.id})
