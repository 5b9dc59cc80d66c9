"""What digests and calendars tell of: actions under way, visits, reviews; a fixed number of statements each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from charter.database.assessments import Assessment, AssessmentState
from charter.database.organizations import Organization, OrganizationState
from charter.database.people import MemberRole, Membership, Mentorship, Person, Role
from charter.database.plans import Action, ActionStatus, ActionSupporter, Decision, Plan, PlanState
from charter.database.records import Visit
from charter.services.action_states import OPEN


@dataclass(frozen=True)
class Task:
    """An action that is under way, or done and not verified yet."""

    id: int
    organization_id: int
    organization: str
    title: str
    starts_on: date
    due_on: date
    status: ActionStatus
    owner_id: int | None
    owner: str | None
    """A person, or whoever the plan names."""
    supporters: frozenset[int]
    needs_help: bool
    updated_at: datetime

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on < today

    def concerns(self, person_id: int) -> bool:
        """Whether this person owns or supports it."""
        return person_id == self.owner_id or person_id in self.supporters


@dataclass(frozen=True)
class Meeting:
    """The next visit to a member, as it was fixed at the last one."""

    visit_id: int
    organization_id: int
    organization: str
    on: date
    fixed_at: datetime


@dataclass(frozen=True)
class Waiting:
    """An assessment that waits for a review."""

    assessment_id: int
    organization_id: int
    organization: str
    since: datetime


@dataclass(frozen=True)
class Works:
    """Somebody works for a member now."""

    person: Person
    organization_id: int
    organization: str
    is_lead: bool


def tasks(db: Session, *where: ColumnElement[bool]) -> list[Task]:
    """Actions of committed plans of members, in the order of their due days; two statements."""
    shown = and_(
        Action.decision == Decision.ACT,
        Action.status.in_((*OPEN, ActionStatus.DONE)),
        Plan.state == PlanState.COMMITTED,
        Organization.state == OrganizationState.ACTIVE,
        *where,
    )
    supporters: dict[int, set[int]] = {}
    for action_id, person_id in db.execute(
        select(ActionSupporter.action_id, ActionSupporter.person_id)
        .join(Action, Action.id == ActionSupporter.action_id)
        .join(Plan, Plan.id == Action.plan_id)
        .join(Organization, Organization.id == Action.organization_id)
        .where(shown)
    ):
        supporters.setdefault(action_id, set()).add(person_id)
    rows = db.execute(
        select(Action, Organization.name, Person.name)
        .join(Plan, Plan.id == Action.plan_id)
        .join(Organization, Organization.id == Action.organization_id)
        .outerjoin(Person, Person.id == Action.owner_id)
        .where(shown)
        .order_by(Action.due_on, Organization.name, Action.id)
    )
    return [
        Task(
            id=action.id,
            organization_id=action.organization_id,
            organization=organization,
            title=" ".join(action.title.split()),
            starts_on=action.starts_on,
            due_on=action.due_on,
            status=action.status,
            owner_id=action.owner_id,
            owner=owner or action.owner_text,
            supporters=frozenset(supporters.get(action.id, ())),
            needs_help=bool(action.help_needed),
            updated_at=action.updated_at,
        )
        for action, organization, owner in rows
    ]


def tasks_of(db: Session, *, person_id: int, working_for: frozenset[int], mentored: frozenset[int]) -> list[Task]:
    """What somebody owns or supports where they work, and everything of the members that they accompany."""
    supported = select(ActionSupporter.action_id).where(ActionSupporter.person_id == person_id)
    own = and_(Action.organization_id.in_(working_for), or_(Action.owner_id == person_id, Action.id.in_(supported)))
    return tasks(db, or_(own, Action.organization_id.in_(mentored)))


def meetings(db: Session, *where: ColumnElement[bool]) -> list[Meeting]:
    """The next visits, one for each member at most, in their order; one statement."""
    latest = (
        select(
            Visit.id,
            func.row_number()
            .over(partition_by=Visit.organization_id, order_by=(Visit.visited_on.desc(), Visit.id.desc()))
            .label("place"),
        )
    ).subquery()
    rows = db.execute(
        select(Visit, Organization.name)
        .join(latest, and_(latest.c.id == Visit.id, latest.c.place == 1))
        .join(Organization, Organization.id == Visit.organization_id)
        .where(Visit.next_on.is_not(None), Organization.state == OrganizationState.ACTIVE, *where)
        .order_by(Visit.next_on, Organization.name)
    )
    return [
        Meeting(visit.id, visit.organization_id, name, visit.next_on, visit.created_at)
        for visit, name in rows
        if visit.next_on is not None
    ]


def waiting_reviews(db: Session) -> list[Waiting]:
    """Assessments that mentors have, the longest first; one statement."""
    rows = db.execute(
        select(Assessment.id, Assessment.organization_id, Organization.name, Assessment.state_since)
        .join(Organization, Organization.id == Assessment.organization_id)
        .where(Assessment.state == AssessmentState.SUBMITTED, Organization.state == OrganizationState.ACTIVE)
        .order_by(Assessment.state_since, Assessment.id)
    )
    return [Waiting(*row) for row in rows]


def verified_between(db: Session, start: datetime, end: datetime) -> int:
    """How many actions were verified from `start` to before `end`, and still are."""
    query = select(func.count()).where(
        Action.status == ActionStatus.VERIFIED, Action.verified_at >= start, Action.verified_at < end
    )
    return db.scalar(query) or 0


def people_at_work(db: Session) -> list[Works]:
    """Everybody who works for a member now; one statement."""
    rows = db.execute(
        select(Membership, Person, Organization.name)
        .join(Person, Person.id == Membership.person_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.until_at.is_(None), Organization.state == OrganizationState.ACTIVE)
        .order_by(Organization.name)
    )
    return [Works(person, row.organization_id, name, row.role is MemberRole.LEAD) for row, person, name in rows]


def mentors_at_work(db: Session) -> Mapping[Person, frozenset[int]]:
    """Which members each mentor accompanies now; one statement."""
    found: dict[Person, set[int]] = {}
    for mentor, organization_id in db.execute(
        select(Person, Mentorship.organization_id)
        .join(Person, Person.id == Mentorship.mentor_id)
        .join(Organization, Organization.id == Mentorship.organization_id)
        .where(
            Mentorship.until_at.is_(None),
            Person.role == Role.MENTOR,
            Organization.state == OrganizationState.ACTIVE,
        )
        .order_by(Person.id)
    ):
        found.setdefault(mentor, set()).add(organization_id)
    return {mentor: frozenset(ids) for mentor, ids in found.items()}


def coordinators(db: Session) -> list[Person]:
    """The coalition's office; one statement."""
    return list(db.scalars(select(Person).where(Person.role == Role.COORDINATOR).order_by(Person.id)))
