"""Who acts, with everything that decides what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.database.organizations import Organization, OrganizationState
from charter.database.people import MemberRole, Membership, Mentorship, Person, Role


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


def actor_for(db: Session, person: Person) -> Actor:
    """The actor of a person; two statements at most."""
    memberships = db.execute(
        select(Membership.organization_id, Membership.role)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(
            Membership.person_id == person.id,
            Membership.until_at.is_(None),
            Organization.state == OrganizationState.ACTIVE,
        )
    ).all()
    mentored: frozenset[int] = frozenset()
    if person.role is Role.MENTOR:
        mentored = frozenset(
            db.scalars(
                select(Mentorship.organization_id)
                .join(Organization, Organization.id == Mentorship.organization_id)
                .where(
                    Mentorship.mentor_id == person.id,
                    Mentorship.until_at.is_(None),
                    Organization.state == OrganizationState.ACTIVE,
                )
            )
        )
    return Actor(person, MappingProxyType({row.organization_id: row.role for row in memberships}), mentored)
