"""Mails to leads while a staff round is open."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import today
from charter.config import Settings
from charter.database.assessments import Assessment
from charter.database.people import MemberRole, Person
from charter.database.staff_rounds import StaffRound
from charter.database.subscriptions import MailKind
from charter.i18n import translator
from charter.services.organizations import people_of
from charter.services.outbox import write_mail
from charter.services.subscriptions import off_path, who_wants, with_footer
from questionnaires.message import Message, message

SOON = timedelta(days=3)


def remind_open_rounds(db: Session, settings: Settings) -> int:
    """Write to the leads whose open round ends within three days, once for each last day; gives the number of mails.

    A mail says nothing of how many have answered.
    """
    first = today(settings.zone)
    rows = db.execute(
        select(StaffRound, Assessment)
        .join(Assessment, Assessment.id == StaffRound.assessment_id)
        .where(StaffRound.closed_at.is_(None), StaffRound.closes_on >= first, StaffRound.closes_on <= first + SOON)
        .options(joinedload(Assessment.organization))
        .order_by(StaffRound.id)
    ).all()
    written = 0
    for staff_round, assessment in rows:
        leads = [each.person for each in people_of(db, assessment.organization_id) if each.role is MemberRole.LEAD]
        for lead in who_wants(db, MailKind.DUE_DATES, leads):
            mail = write_mail(
                db,
                person=lead,
                language=lead.language,
                subject=message(
                    "The staff round of {organization} is about to end", organization=assessment.organization.name
                ),
                body=with_footer(settings, lead.language, _body(settings, staff_round, assessment, lead)),
                once=f"staff-round {staff_round.id} {staff_round.closes_on.isoformat()} {lead.id}",
                unsubscribe=off_path(settings, lead.id, MailKind.DUE_DATES),
            )
            written += mail is not None
    return written


def _body(settings: Settings, staff_round: StaffRound, assessment: Assessment, lead: Person) -> Message:
    return message(
        "Hello {name},\n\nthe staff round of {organization} ends on {day}. Please remind everybody who took"
        " a slip to send the sheet; what is only saved is deleted then. Nobody can see who has sent one, so"
        " remind all of them alike.\n\nIf more time is needed, choose a later last day here:\n{link}\n",
        name=lead.name,
        organization=assessment.organization.name,
        day=translator(lead.language).day(staff_round.closes_on),
        link=f"{settings.public_url}/member/assessments/{assessment.id}/staff-round",
    )
