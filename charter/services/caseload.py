"""A mentor's caseload: where each member stands, what waits for the mentor, and since when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import today
from charter.config import Settings
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization
from charter.database.people import Mentorship
from charter.database.records import Visit
from charter.services.actors import Actor
from charter.services.outbox import write_mail
from questionnaires.message import message

REMIND_AFTER_DAYS = 7
"""A submitted assessment that waits so long brings its mentor a reminder, and again every so many days."""


@dataclass(frozen=True)
class Case:
    """One member of the caseload, with its latest assessment."""

    organization: Organization
    assessment: Assessment | None
    last_visit: Visit | None

    @property
    def waits_for_mentor(self) -> bool:
        return self.assessment is not None and self.assessment.state is AssessmentState.SUBMITTED

    def visit_is_due(self, on: date) -> bool:
        return self.last_visit is not None and self.last_visit.next_on is not None and self.last_visit.next_on <= on


def caseload(db: Session, actor: Actor) -> list[Case]:
    """What waits longest first, then by name; three statements however many members."""
    ids: Collection[int] = actor.mentored
    organizations = db.scalars(select(Organization).where(Organization.id.in_(ids)).order_by(Organization.name)).all()
    latest: dict[int, Assessment] = {}
    for assessment in db.scalars(
        select(Assessment)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(Assessment.organization_id.in_(ids), Cycle.state != CycleState.DRAFT)
        .options(joinedload(Assessment.cycle))
        .order_by(Cycle.opens_on)
    ):
        latest[assessment.organization_id] = assessment
    visits: dict[int, Visit] = {}
    for visit in db.scalars(select(Visit).where(Visit.organization_id.in_(ids)).order_by(Visit.visited_on, Visit.id)):
        visits[visit.organization_id] = visit
    cases = [Case(each, latest.get(each.id), visits.get(each.id)) for each in organizations]
    return sorted(
        cases,
        key=lambda case: (
            not case.waits_for_mentor,
            case.assessment.state_since.timestamp() if case.waits_for_mentor and case.assessment else 0,
            case.organization.name,
        ),
    )


def remind_reviews(db: Session, settings: Settings) -> int:
    """Mail to mentors whose members wait for a review; at most one a week for each assessment."""
    day, written = today(settings.zone), 0
    rows = db.execute(
        select(Assessment, Mentorship)
        .join(Mentorship, Mentorship.organization_id == Assessment.organization_id)
        .where(Assessment.state == AssessmentState.SUBMITTED, Mentorship.until_at.is_(None))
        .options(joinedload(Assessment.organization), joinedload(Mentorship.mentor))
    ).all()
    for assessment, mentorship in rows:
        since = assessment.state_since.astimezone(settings.zone).date()
        weeks = (day - since).days // REMIND_AFTER_DAYS
        if weeks < 1:
            continue
        mail = write_mail(
            db,
            language=mentorship.mentor.language,
            subject=message("{organization} waits for your review", organization=assessment.organization.name),
            body=message(
                "{organization} submitted its assessment {days} days ago and waits for your review.\n\n{address}",
                organization=assessment.organization.name,
                days=(day - since).days,
                address=f"{settings.public_url}/mentor/assessments/{assessment.id}",
            ),
            person=mentorship.mentor,
            once=f"review {assessment.id} {assessment.state_since.isoformat()} {mentorship.mentor_id} {weeks}",
        )
        written += mail is not None
    return written
