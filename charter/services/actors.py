"""Who acts, with everything that decides what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from charter.database.organizations import Organization, OrganizationState
from charter.database.people import MemberRole, Membership, Mentorship, Person, Role
from charter.database.row_security import EVERYTHING, Scope, only

_organizations, _memberships, _mentorships = Organization.__table__.c, Membership.__table__.c, Mentorship.__table__.c

CURRENT_MEMBERSHIPS = (
    select(_memberships.person_id, _memberships.organization_id, _memberships.role)
    .join(Organization.__table__, _organizations.id == _memberships.organization_id)
    .where(_memberships.until_at.is_(None), _organizations.state == OrganizationState.ACTIVE)
    .subquery()
)
"""Who works where now, in members that take part."""

# Put together once: they are asked with every page of whoever is logged in.
_MEMBERSHIPS = select(CURRENT_MEMBERSHIPS).where(CURRENT_MEMBERSHIPS.c.person_id == bindparam("person"))
_MENTORED = (
    select(_mentorships.organization_id)
    .join(Organization.__table__, _organizations.id == _mentorships.organization_id)
    .where(
        _mentorships.mentor_id == bindparam("person"),
        _mentorships.until_at.is_(None),
        _organizations.state == OrganizationState.ACTIVE,
    )
)


@dataclass(frozen=True)
class Actor:
    """A person with an account, as of this request."""

    person: Person
    memberships: Mapping[int, MemberRole] = field(default_factory=lambda: MappingProxyType({}))
    """Role by organization, current ones only."""
    mentored: frozenset[int] = frozenset()
    """Organizations that this mentor accompanies now."""

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def is_coordinator(self) -> bool:
        return self.person.role is Role.COORDINATOR

    @property
    def is_mentor(self) -> bool:
        return self.person.role is Role.MENTOR

    def is_lead_of(self, organization_id: int) -> bool:
        return self.memberships.get(organization_id) is MemberRole.LEAD

    def works_for(self, organization_id: int) -> bool:
        return organization_id in self.memberships

    def mentors(self, organization_id: int) -> bool:
        return self.is_mentor and organization_id in self.mentored


def scope_of(actor: Actor) -> Scope:
    """Whose rows their requests see: the coalition's office all, others those of their members."""
    if actor.is_coordinator:
        return EVERYTHING
    return only({*actor.memberships, *(actor.mentored if actor.is_mentor else ())})


def actor_for(db: Session, person: Person) -> Actor:
    """The actor of a person; two statements at most."""
    db.flush()  # columns alone do not make the session do it
    rows = db.execute(_MEMBERSHIPS, {"person": person.id})
    return actor_with(db, person, {organization_id: role for _, organization_id, role in rows})


def actor_with(db: Session, person: Person, memberships: Mapping[int, MemberRole]) -> Actor:
    """The actor of a person whose current memberships are known; one statement for a mentor, none for others."""
    mentored: frozenset[int] = frozenset()
    if person.role is Role.MENTOR:
        mentored = frozenset(db.scalars(_MENTORED, {"person": person.id}))
    return Actor(person, MappingProxyType(dict(memberships)), mentored)
