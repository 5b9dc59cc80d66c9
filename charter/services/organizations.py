"""The coalition's members: joining, who works there, who accompanies them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.organizations import Organization, OrganizationState
from charter.database.people import MemberRole, Membership, Mentorship, Person, Role
from charter.services.actors import Actor
from charter.services.errors import Invalid, Refused
from charter.services.events import record_event
from questionnaires.khmer import one_order
from questionnaires.message import message


def find_organization(db: Session, organization_id: int) -> Organization | None:
    """The organization with this id."""
    return db.get(Organization, organization_id)


def add_organization(
    db: Session, actor: Actor | None, *, name: str, language: str, joined_on: date, province: str | None = None
) -> Organization:
    """A new member. Invalid if the name is empty or taken."""
    name = free_name(db, name)
    organization = Organization(
        name=name,
        state=OrganizationState.ACTIVE,
        language=language,
        province=province,
        created_at=now(),
        joined_on=joined_on,
    )
    db.add(organization)
    db.flush()
    record_event(db, "OrganizationAdded", actor=actor, organization_id=organization.id)
    return organization


@dataclass(frozen=True)
class MemberRow:
    """A line of the list of members."""

    organization: Organization
    people: int
    mentors: tuple[Person, ...]


def list_members(
    db: Session,
    *,
    states: frozenset[OrganizationState] = frozenset({OrganizationState.ACTIVE}),
    province: str | None = None,
    mentor_id: int | None = None,
    text: str | None = None,
) -> list[MemberRow]:
    """Members by name; three statements, however many there are. `text` is looked for in name and contact."""
    query = select(Organization).where(Organization.state.in_(states)).order_by(Organization.name)
    if province:
        query = query.where(Organization.province == province)
    found = [each for each in db.scalars(query) if not text or _plain(text) in _searched(each)]
    people = {
        row.organization_id: row.people
        for row in db.execute(
            select(Membership.organization_id, func.count().label("people"))
            .where(Membership.until_at.is_(None))
            .group_by(Membership.organization_id)
        )
    }
    mentors = mentors_by_organization(db)
    rows = [MemberRow(each, people.get(each.id, 0), mentors.get(each.id, ())) for each in found]
    return [row for row in rows if mentor_id is None or any(each.id == mentor_id for each in row.mentors)]


def mentors_by_organization(db: Session) -> dict[int, tuple[Person, ...]]:
    """Who accompanies whom now; one statement."""
    found: dict[int, list[Person]] = defaultdict(list)
    for mentorship in db.scalars(
        select(Mentorship)
        .join(Mentorship.mentor)
        .where(Mentorship.until_at.is_(None))
        .options(joinedload(Mentorship.mentor))
        .order_by(Person.name)
    ):
        found[mentorship.organization_id].append(mentorship.mentor)
    return {organization_id: tuple(people) for organization_id, people in found.items()}


def provinces(db: Session) -> list[str]:
    """Every province that some organization is in."""
    found = db.scalars(select(Organization.province).where(Organization.province.is_not(None)).distinct())
    return sorted(each for each in found if each)


def change_organization(
    db: Session,
    actor: Actor,
    *,
    organization: Organization,
    name: str,
    language: str,
    province: str | None,
    contact_name: str | None,
    contact_email: str | None,
    contact_phone: str | None,
) -> None:
    """What is known of a member. Invalid if the name is empty or taken; the event says which facts, not what."""
    if organization.state is OrganizationState.DELETED:
        raise Refused(message("The data of this organization was deleted."))
    wanted = {
        "name": name if name == organization.name else free_name(db, name, but=organization.id),
        "language": language,
        "province": province,
        "contact_name": contact_name,
        "contact_email": contact_email,
        "contact_phone": contact_phone,
    }
    changed = [field for field, value in wanted.items() if getattr(organization, field) != value]
    if not changed:
        return
    for field in changed:
        setattr(organization, field, wanted[field])
    db.flush()
    record_event(
        db, "OrganizationChanged", actor=actor, organization_id=organization.id, data={"fields": sorted(changed)}
    )


def add_membership(
    db: Session, actor: Actor | None, *, person: Person, organization: Organization, role: MemberRole
) -> Membership:
    """Somebody now works for a member, in that role. Refused for coalition staff: they see too much to take part."""
    if person.role is not None:
        raise Refused(message("Coalition staff cannot work for a member at the same time."))
    current = _current_membership(db, person.id, organization.id)
    if current is not None:
        if current.role is role:
            return current
        current.until_at = now()
        db.flush()
    membership = Membership(person_id=person.id, organization_id=organization.id, role=role, from_at=now())
    db.add(membership)
    db.flush()
    record_event(
        db,
        "PersonJoinedOrganization",
        actor=actor,
        organization_id=organization.id,
        data={"person": person.id, "role": role.value},
    )
    return membership


def end_membership(db: Session, actor: Actor, *, membership: Membership) -> None:
    """Somebody no longer works there. Refused for the last lead."""
    if membership.until_at is not None:
        return
    others = select(func.count()).where(
        Membership.organization_id == membership.organization_id,
        Membership.role == MemberRole.LEAD,
        Membership.until_at.is_(None),
        Membership.id != membership.id,
    )
    if membership.role is MemberRole.LEAD and not db.scalar(others):
        raise Refused(message("An organization needs a lead: name another one first."))
    membership.until_at = now()
    db.flush()
    record_event(
        db,
        "PersonLeftOrganization",
        actor=actor,
        organization_id=membership.organization_id,
        data={"person": membership.person_id},
    )


def people_of(db: Session, organization_id: int) -> list[Membership]:
    """Who works there now, leads first, each with the person."""
    found = db.scalars(
        select(Membership)
        .join(Membership.person)
        .where(Membership.organization_id == organization_id, Membership.until_at.is_(None))
        .options(joinedload(Membership.person))
        .order_by(Person.name)
    )
    return sorted(found, key=lambda each: each.role is not MemberRole.LEAD)


def mentors_of(db: Session, organization_id: int) -> list[Mentorship]:
    """Who accompanies the organization now, each with the person."""
    return list(
        db.scalars(
            select(Mentorship)
            .where(Mentorship.organization_id == organization_id, Mentorship.until_at.is_(None))
            .options(joinedload(Mentorship.mentor))
            .order_by(Mentorship.id)
        )
    )


def assign_mentor(db: Session, actor: Actor | None, *, mentor: Person, organization: Organization) -> Mentorship:
    """From now on this mentor accompanies the organization."""
    if mentor.role is not Role.MENTOR:
        raise Refused(message("Only a mentor can accompany a member."))
    current = db.scalar(
        select(Mentorship).where(
            Mentorship.mentor_id == mentor.id,
            Mentorship.organization_id == organization.id,
            Mentorship.until_at.is_(None),
        )
    )
    if current is not None:
        return current
    mentorship = Mentorship(mentor_id=mentor.id, organization_id=organization.id, from_at=now())
    db.add(mentorship)
    db.flush()
    record_event(db, "MentorAssigned", actor=actor, organization_id=organization.id, data={"mentor": mentor.id})
    return mentorship


def end_mentorship(db: Session, actor: Actor, *, mentorship: Mentorship) -> None:
    """This mentor no longer accompanies the organization."""
    if mentorship.until_at is None:
        mentorship.until_at = now()
        db.flush()
        record_event(
            db,
            "MentorReleased",
            actor=actor,
            organization_id=mentorship.organization_id,
            data={"mentor": mentorship.mentor_id},
        )


def _current_membership(db: Session, person_id: int, organization_id: int) -> Membership | None:
    return db.scalar(
        select(Membership).where(
            Membership.person_id == person_id,
            Membership.organization_id == organization_id,
            Membership.until_at.is_(None),
        )
    )


def free_name(db: Session, name: str, *, but: int | None = None) -> str:
    """The name as it is stored. Invalid if it is empty, or belongs to another organization than `but`."""
    name = " ".join(name.split())
    if not name:
        raise Invalid({"name": message("Please give a name.")})
    owner = db.scalar(select(Organization.id).where(Organization.name == name))
    if owner is not None and owner != but:
        raise Invalid({"name": message("There is an organization of this name already.")})
    return name


def find_membership(db: Session, organization_id: int, membership_id: int) -> Membership | None:
    """Somebody's work for that organization."""
    return db.scalar(
        select(Membership).where(Membership.id == membership_id, Membership.organization_id == organization_id)
    )


def find_mentorship(db: Session, organization_id: int, mentorship_id: int) -> Mentorship | None:
    """Somebody's company of that organization."""
    return db.scalar(
        select(Mentorship).where(Mentorship.id == mentorship_id, Mentorship.organization_id == organization_id)
    )


def _searched(organization: Organization) -> str:
    return _plain(" ".join(filter(None, (organization.name, organization.contact_name, organization.contact_email))))


def _plain(text: str) -> str:
    """For searching: without case, spaces at will, and the invisible spaces between Khmer words."""
    return " ".join(one_order(text).replace("\u200b", "").casefold().split())
