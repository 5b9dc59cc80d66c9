"""Organizations that ask to become members: applying, and being admitted or not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.organizations import Organization, OrganizationState
from charter.database.people import MemberRole
from charter.database.row_security import seeing_everything
from charter.services import accounts, staff
from charter.services.actors import Actor
from charter.services.attempts import Limit
from charter.services.errors import Refused
from charter.services.events import record_event
from charter.services.organizations import free_name
from charter.services.outbox import SITE, write_mail
from questionnaires.message import message

NETWORK = Limit("application", 5, timedelta(hours=1))
"""Applications from one place on the network; see charter/services/attempts.py."""


@dataclass(frozen=True)
class Application:
    """What somebody wrote who applies."""

    name: str
    language: str
    contact_name: str
    contact_email: str
    province: str | None = None
    contact_phone: str | None = None
    about: str | None = None


def apply(db: Session, application: Application) -> Organization:
    """Keep the application and tell the coordinators. Invalid for an e-mail address that is none.

    A name that is taken is no error: whoever applies must not learn who is a member. It gets a number, and the
    coordinator sees both.
    """
    email = accounts.clean_email(application.contact_email)
    with seeing_everything(db):  # its name must differ from all others, and it is nobody's yet
        organization = Organization(
            name=_numbered(db, application.name),
            state=OrganizationState.APPLIED,
            language=application.language,
            province=application.province,
            contact_name=application.contact_name,
            contact_email=email,
            contact_phone=application.contact_phone,
            about=application.about,
            created_at=now(),
        )
        db.add(organization)
        db.flush()
        record_event(db, "OrganizationApplied", actor=None, organization_id=organization.id)
        db.flush()
    for coordinator in staff.active_coordinators(db):
        write_mail(
            db,
            person=coordinator,
            language=coordinator.language,
            subject=message("{name} asks to become a member", name=organization.name),
            body=message(
                "{name} has applied for membership.\n\nRead the application and decide:\n{link}\n",
                name=organization.name,
                link=f"{SITE}/coalition/members/{organization.id}",
            ),
        )
    return organization


def accept_application(
    db: Session,
    actor: Actor,
    *,
    organization: Organization,
    name: str,
    joined_on: date,
    lead_name: str,
    lead_email: str,
) -> None:
    """The organization is a member from that day; its lead gets a link by mail. Invalid for the name or the person."""
    _must_wait(organization)
    organization.name = free_name(db, name, but=organization.id)
    organization.state = OrganizationState.ACTIVE
    organization.joined_on = joined_on
    db.flush()
    record_event(db, "ApplicationAccepted", actor=actor, organization_id=organization.id)
    accounts.invite_person(
        db,
        actor,
        organization=organization,
        name=lead_name,
        email=lead_email,
        language=organization.language,
        role=MemberRole.LEAD,
    )


def refuse_application(db: Session, actor: Actor, *, organization: Organization, reason: str) -> None:
    """The organization does not become a member, and is told why by mail."""
    _must_wait(organization)
    organization.state = OrganizationState.REFUSED
    db.flush()
    record_event(db, "ApplicationRefused", actor=actor, organization_id=organization.id, reason=reason)
    if organization.contact_email:
        write_mail(
            db,
            recipient=organization.contact_email,
            language=organization.language,
            subject=message("Your application for membership"),
            body=message(
                "Thank you for applying for {name}. The coalition has decided not to admit it for now.\n\n"
                "The reason given:\n{reason}\n",
                name=organization.name,
                reason=reason,
            ),
        )


def _must_wait(organization: Organization) -> None:
    if organization.state is not OrganizationState.APPLIED:
        raise Refused(message("This application was decided on already."))


def _numbered(db: Session, name: str) -> str:
    name = " ".join(name.split())[:180]
    taken = set(db.scalars(select(Organization.name).where(Organization.name.startswith(name, autoescape=True))))
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
