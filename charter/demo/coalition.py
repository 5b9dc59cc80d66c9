"""Who is in the made-up coalition: its office and its members; and acting as one of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session, sessionmaker

from charter.config import Settings
from charter.database.organizations import Organization
from charter.database.people import MemberRole, Person, Role
from charter.demo.days import DAY, Days
from charter.demo.names import OFFICE_COORDINATORS, OFFICE_MENTORS, MadeUpMember, address, members
from charter.services import accounts, organizations
from charter.services.actors import Actor, actor_for
from questionnaires import Pack

IN_LOGINS = 0
"""The number of the member whose people are among the log-ins that are printed."""


@dataclass(frozen=True)
class Member:
    """One member with its people, by their ids; the lead is the first of `people`."""

    number: int
    organization_id: int
    name: str
    people: tuple[int, ...]
    names: tuple[str, ...]
    mentor_id: int

    @property
    def lead_id(self) -> int:
        return self.people[0]

    def chance(self, what: str) -> random.Random:
        """Always the same for the same thing."""
        return random.Random(f"{self.number} {what}")  # noqa: S311 - made-up data

    def strength(self, year: int) -> float:
        """How well it does, from 0 to 1: a little better every year."""
        return min(0.92, self.chance("strength").uniform(0.25, 0.72) + 0.09 * year)


@dataclass(frozen=True)
class Coalition:
    """Everything that its stories need."""

    settings: Settings
    sessions: sessionmaker[Session]
    pack: Pack
    published_id: int
    days: Days
    coordinator_ids: tuple[int, ...]
    members: tuple[Member, ...]
    codes: list[str] = field(default_factory=list)
    """Staff codes that are still open, for the printed log-ins."""

    def coordinator(self, db: Session, number: int = 0) -> Actor:
        return actor(db, self.coordinator_ids[number])

    def organization(self, db: Session, member: Member) -> Organization:
        return db.get_one(Organization, member.organization_id)


def actor(db: Session, person_id: int) -> Actor:
    """Somebody who acts."""
    return actor_for(db, db.get_one(Person, person_id))


def lead_of(db: Session, member: Member) -> Actor:
    """The member's lead, who acts."""
    return actor(db, member.lead_id)


def mentor_of(db: Session, member: Member) -> Actor:
    """The member's mentor, who acts."""
    return actor(db, member.mentor_id)


def add_office(db: Session) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The coalition's own people: ids of coordinators and of mentors."""

    def added(role: Role, names: Sequence[str]) -> tuple[int, ...]:
        return tuple(
            accounts.add_person(db, None, name=name, email=address(name, number), language="en", role=role).id
            for number, name in enumerate(names)
        )

    return added(Role.COORDINATOR, OFFICE_COORDINATORS), added(Role.MENTOR, OFFICE_MENTORS)


def add_members(
    db: Session, coordinator_id: int, mentor_ids: Sequence[int], *, count: int, before: date
) -> tuple[Member, ...]:
    """So many members with their people; the last of them joined that day, the others earlier."""
    coordinator = actor(db, coordinator_id)
    return tuple(
        _add_member(
            db,
            coordinator,
            db.get_one(Person, mentor_ids[number % len(mentor_ids)]),
            made_up,
            number,
            joined_on=before - (400 + number) * DAY,
        )
        for number, made_up in enumerate(members(count))
    )


def _add_member(
    db: Session, coordinator: Actor, mentor: Person, made_up: MadeUpMember, number: int, *, joined_on: date
) -> Member:
    made = organizations.add_organization(
        db, coordinator, name=made_up.name, language=made_up.language, joined_on=joined_on, province=made_up.province
    )
    people = []
    names = (made_up.lead, *made_up.contributors)
    for position, name in enumerate(names):
        person = accounts.add_person(
            db, coordinator, name=name, email=address(name, 100 + number), language=made_up.language
        )
        role = MemberRole.CONTRIBUTOR if position else MemberRole.LEAD
        organizations.add_membership(db, coordinator, person=person, organization=made, role=role)
        people.append(person.id)
    organizations.assign_mentor(db, coordinator, mentor=mentor, organization=made)
    return Member(number, made.id, made_up.name, tuple(people), names, mentor.id)
