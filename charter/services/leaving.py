"""A member that leaves: the end of its membership, and the deletion of what is kept of it once the time is over.

What remains after deletion: the row of the organization and those of its assessments, without name and content, and
the events, without reasons and data. So releases that were frozen, and the chain of events, still hold.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.api_tokens import ApiToken
from charter.database.assessments import (
    AgreedRating,
    Assessment,
    ChangeRequest,
    Comment,
    FactAnswer,
    RatingVersion,
    VerifiedRating,
)
from charter.database.base import Base
from charter.database.directory import DirectoryEntry
from charter.database.engine import after_commit
from charter.database.evidence import Evidence
from charter.database.grants import Grant, GrantAction, Instalment, Spending
from charter.database.jobs import Job
from charter.database.organizations import Organization, OrganizationState
from charter.database.outbox import OutboxMail
from charter.database.people import Membership, Mentorship, Person
from charter.database.plans import Action, ActionSupporter, Plan, PlanVersion, ProgressNote
from charter.database.records import Certificate, Inspection, Visit
from charter.database.releases import BenchmarkChoice
from charter.database.sessions import LoginSession, OneTimeLink, OwnDevice, Passkey, RecoveryCode
from charter.database.staff_rounds import Sheet, SheetDraft, StaffCode, StaffRound
from charter.database.subscriptions import CalendarFeed, MailChoice
from charter.database.trainings import TrainingSignUp
from charter.services.actors import Actor
from charter.services.assessments import refresh
from charter.services.errors import Invalid, Refused
from charter.services.events import DELETED, erase_contents, record_event
from charter.services.exports import exports_of
from charter.services.states import Party, moves_from
from charter.services.withdrawing import withdraw
from questionnaires.message import message

OF_ORGANIZATION: tuple[type[Base], ...] = (
    Spending,
    Instalment,
    GrantAction,
    Grant,
    Visit,
    Inspection,
    Certificate,
    BenchmarkChoice,
    DirectoryEntry,
    TrainingSignUp,
    Action,
    Plan,
)
OF_PLAN: tuple[type[Base], ...] = (PlanVersion,)
OF_ACTION: tuple[type[Base], ...] = (ActionSupporter, ProgressNote)
OF_ASSESSMENT: tuple[type[Base], ...] = (
    FactAnswer,
    AgreedRating,
    VerifiedRating,
    RatingVersion,
    ChangeRequest,
    Comment,
    Evidence,
    Job,
)
OF_STAFF_ROUND: tuple[type[Base], ...] = (StaffCode, SheetDraft, Sheet)
OF_PERSON: tuple[type[Base], ...] = (
    LoginSession,
    OwnDevice,
    RecoveryCode,
    Passkey,
    OneTimeLink,
    MailChoice,
    CalendarFeed,
    ApiToken,
)
"""Tables whose rows go when a member's data is deleted."""


def mark_left(db: Session, actor: Actor, *, organization: Organization, left_on: date, retention_days: int) -> None:
    """The organization is no longer a member. Its people and mentors see it no more; nothing is deleted yet."""
    if organization.state is not OrganizationState.ACTIVE:
        raise Refused(message("Only a member can leave."))
    if organization.joined_on is not None and left_on < organization.joined_on:
        raise Invalid({"left_on": message("A member cannot leave before it joined.")})
    for assessment in db.scalars(select(Assessment).where(Assessment.organization_id == organization.id)):
        if any(each.name == "withdraw" for each in moves_from(assessment.state, Party.COORDINATOR)):
            withdraw(db, actor, assessment=assessment, reason="The member has left the coalition.")
    organization.state = OrganizationState.LEFT
    organization.left_on = left_on
    organization.delete_from_on = left_on + timedelta(days=retention_days)
    for table in (Membership, Mentorship):
        db.execute(
            update(table)
            .where(table.organization_id == organization.id, table.until_at.is_(None))
            .values(until_at=now())
        )
    db.flush()
    record_event(
        db,
        "OrganizationLeft",
        actor=actor,
        organization_id=organization.id,
        data={"left_on": left_on.isoformat(), "delete_from_on": organization.delete_from_on.isoformat()},
    )


def may_be_deleted(organization: Organization, *, today: date) -> bool:
    """Whether the time is over: for a member that left on its day, for an application that was refused at once."""
    if organization.state is OrganizationState.REFUSED:
        return True
    left = organization.state is OrganizationState.LEFT
    return left and organization.delete_from_on is not None and organization.delete_from_on <= today


def delete_data(
    db: Session,
    actor: Actor,
    *,
    organization: Organization,
    typed_name: str,
    today: date,
    forget_file: Callable[[str], None],
) -> None:
    """Delete everything that is kept of it, for good. Files go after the commit, by `forget_file`.

    Refused before its time; Invalid (`typed_name`) unless the name was typed as it stands.
    """
    if not may_be_deleted(organization, today=today):
        raise Refused(message("The data of this organization cannot be deleted now."))
    if " ".join(typed_name.split()) != organization.name:
        raise Invalid({"typed_name": message("This is not the name of the organization.")})
    assessments = list(db.scalars(select(Assessment).where(Assessment.organization_id == organization.id)))
    exported = exports_of(db, organization)
    for name in [*_file_names(db, [each.id for each in assessments]), *(each.stored_name for each in exported)]:
        if name is not None:
            after_commit(db, lambda name=name: forget_file(name))  # type: ignore[misc]
    people = _people_of_nobody_else(db, organization.id)
    _forget_mail(db, organization, people)
    _delete_rows(db, organization.id)
    for job in exported:
        db.delete(job)
    for person in people:
        _forget_person(db, person)
    for assessment in assessments:
        refresh(db, assessment)
    organization.name = f"Deleted {organization.id}"
    organization.state = OrganizationState.DELETED
    organization.province = organization.about = None
    organization.contact_name = organization.contact_email = organization.contact_phone = None
    db.flush()
    erase_contents(db, organization.id)
    record_event(db, DELETED, actor=actor, organization_id=organization.id)


def _delete_rows(db: Session, organization_id: int) -> None:
    assessments: Select[Any] = select(Assessment.id).where(Assessment.organization_id == organization_id)
    rounds: Select[Any] = select(StaffRound.id).where(StaffRound.assessment_id.in_(assessments))
    for table in OF_STAFF_ROUND:
        db.execute(_delete(table, "round_id", rounds))
    db.execute(update(StaffRound).where(StaffRound.assessment_id.in_(assessments)).values(view=None))
    for table in OF_ASSESSMENT:
        db.execute(_delete(table, "assessment_id", assessments))
    for table in OF_PLAN:
        db.execute(_delete(table, "plan_id", select(Plan.id).where(Plan.organization_id == organization_id)))
    for table in OF_ACTION:
        db.execute(_delete(table, "action_id", select(Action.id).where(Action.organization_id == organization_id)))
    for table in OF_ORGANIZATION:
        db.execute(_delete(table, "organization_id", select(Organization.id).where(Organization.id == organization_id)))


def _delete(table: type[Base], column: str, ids: Select[Any]) -> Any:
    return delete(table).where(table.__table__.c[column].in_(ids)).execution_options(synchronize_session=False)


def _file_names(db: Session, assessments: list[int]) -> list[str | None]:
    names = db.scalars(
        select(Evidence.stored_name)
        .where(Evidence.assessment_id.in_(assessments))
        .union_all(select(Job.stored_name).where(Job.assessment_id.in_(assessments)))
    )
    return list(names)


def _people_of_nobody_else(db: Session, organization_id: int) -> list[Person]:
    """People who worked there, and work and worked for no other organization that is still known."""
    there = select(Membership.person_id).where(Membership.organization_id == organization_id)
    elsewhere = (
        select(Membership.person_id)
        .join(Organization, Organization.id == Membership.organization_id)
        .where(Membership.organization_id != organization_id, Organization.state != OrganizationState.DELETED)
    )
    query = select(Person).where(Person.id.in_(there), Person.id.not_in(elsewhere), Person.role.is_(None))
    return list(db.scalars(query))


def _forget_person(db: Session, person: Person) -> None:
    for table in OF_PERSON:
        db.execute(delete(table).where(table.__table__.c.person_id == person.id))
    person.name = "–"
    person.email = f"deleted-{person.id}@invalid"
    person.password_hash = person.totp_secret = person.totp_confirmed_at = person.totp_last_step = None
    person.disabled_at = person.disabled_at or now()
    db.flush()


def _forget_mail(db: Session, organization: Organization, people: list[Person]) -> None:
    addresses = [person.email for person in people]
    addresses += [organization.contact_email] if organization.contact_email else []
    db.execute(delete(OutboxMail).where(OutboxMail.recipient.in_(addresses)))
