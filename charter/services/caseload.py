"""A mentor's caseload: where each member stands, what waits for the mentor, and since when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from charter import clock
from charter.config import Settings
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization
from charter.database.people import Mentorship
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState
from charter.database.records import Visit
from charter.database.subscriptions import MailKind
from charter.services.action_states import OPEN
from charter.services.actors import Actor
from charter.services.outbox import write_mail
from charter.services.subscriptions import off_path, who_wants, with_footer
from questionnaires.message import message

REMIND_AFTER_DAYS = 7
"""A submitted assessment that waits so long brings its mentor a reminder, and again every so many days."""


@dataclass(frozen=True)
class Work:
    """Actions of the plan that a member carries out: still to be done, of these overdue and with help asked for,
    and done but not verified."""

    open: int = 0
    overdue: int = 0
    help_asked: int = 0
    to_verify: int = 0


@dataclass(frozen=True)
class Case:
    """One member of the caseload, with its latest assessment, latest closed one, and plan in force or newest draft."""

    organization: Organization
    assessment: Assessment | None
    last_visit: Visit | None
    closed: Assessment | None
    plan: Plan | None
    work: Work

    @property
    def waits_for_mentor(self) -> bool:
        return self.assessment is not None and self.assessment.state is AssessmentState.SUBMITTED

    @property
    def score(self) -> Fraction | None:
        """The last overall score (0–1)."""
        return None if self.closed is None or self.closed.overall is None else Fraction(self.closed.overall, 10_000)

    def visit_is_due(self, on: date) -> bool:
        return self.last_visit is not None and self.last_visit.next_on is not None and self.last_visit.next_on <= on


def caseload(db: Session, actor: Actor, *, today: date) -> list[Case]:
    """What waits longest first, then by name; five statements however many members."""
    ids: Collection[int] = actor.mentored
    organizations = db.scalars(select(Organization).where(Organization.id.in_(ids)).order_by(Organization.name)).all()
    latest: dict[int, Assessment] = {}
    closed: dict[int, Assessment] = {}
    for assessment in db.scalars(
        select(Assessment)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(Assessment.organization_id.in_(ids), Cycle.state != CycleState.DRAFT)
        .options(joinedload(Assessment.cycle))
        .order_by(Cycle.opens_on, Assessment.id)
    ):
        latest[assessment.organization_id] = assessment
        if assessment.state is AssessmentState.CLOSED:
            closed[assessment.organization_id] = assessment
    visits: dict[int, Visit] = {}
    for visit in db.scalars(select(Visit).where(Visit.organization_id.in_(ids)).order_by(Visit.visited_on, Visit.id)):
        visits[visit.organization_id] = visit
    plans, work = _plans(db, ids), _work(db, ids, today)
    cases = [
        Case(
            each,
            latest.get(each.id),
            visits.get(each.id),
            closed.get(each.id),
            plans.get(each.id),
            work.get(each.id, Work()),
        )
        for each in organizations
    ]
    return sorted(
        cases,
        key=lambda one: (
            not one.waits_for_mentor,
            one.assessment.state_since.timestamp() if one.waits_for_mentor and one.assessment else 0,
            one.organization.name,
        ),
    )


def _plans(db: Session, ids: Collection[int]) -> dict[int, Plan]:
    """The plan that is carried out, else the one being prepared."""
    found: dict[int, Plan] = {}
    plans = db.scalars(
        select(Plan).where(Plan.organization_id.in_(ids), Plan.state != PlanState.ENDED).order_by(Plan.id)
    )
    for plan in plans:
        before = found.get(plan.organization_id)
        if before is None or before.state is PlanState.DRAFT or plan.state is PlanState.COMMITTED:
            found[plan.organization_id] = plan
    return found


def _work(db: Session, ids: Collection[int], today: date) -> dict[int, Work]:
    is_open = Action.status.in_(OPEN)
    counts = [
        func.sum(case((condition, 1), else_=0))
        for condition in (
            is_open,
            is_open & (Action.due_on < today),
            is_open & (func.coalesce(Action.help_needed, "") != ""),
            Action.status == ActionStatus.DONE,
        )
    ]
    rows = db.execute(
        select(Action.organization_id, *counts)
        .join(Action.plan)
        .where(Action.organization_id.in_(ids), Action.decision == Decision.ACT, Plan.state == PlanState.COMMITTED)
        .group_by(Action.organization_id)
    )
    return {organization: Work(*map(int, numbers)) for organization, *numbers in rows}


def remind_reviews(db: Session, settings: Settings) -> int:
    """Mail to mentors whose members wait for a review; at most one a week for each assessment."""
    day, written = clock.today(settings.zone), 0
    rows = db.execute(
        select(Assessment, Mentorship)
        .join(Mentorship, Mentorship.organization_id == Assessment.organization_id)
        .where(Assessment.state == AssessmentState.SUBMITTED, Mentorship.until_at.is_(None))
        .options(joinedload(Assessment.organization), joinedload(Mentorship.mentor))
    ).all()
    wanted = {each.id for each in who_wants(db, MailKind.REVIEWS, {row.mentor for _, row in rows})}
    for assessment, mentorship in rows:
        since = assessment.state_since.astimezone(settings.zone).date()
        weeks = (day - since).days // REMIND_AFTER_DAYS
        if weeks < 1 or mentorship.mentor_id not in wanted:
            continue
        mail = write_mail(
            db,
            language=mentorship.mentor.language,
            subject=message("{organization} waits for your review", organization=assessment.organization.name),
            body=with_footer(
                settings,
                mentorship.mentor.language,
                message(
                    "{organization} submitted its assessment {days} days ago and waits for your review.\n\n{address}",
                    organization=assessment.organization.name,
                    days=(day - since).days,
                    address=f"{settings.public_url}/mentor/assessments/{assessment.id}",
                ),
            ),
            person=mentorship.mentor,
            once=f"review {assessment.id} {assessment.state_since.isoformat()} {mentorship.mentor_id} {weeks}",
            unsubscribe=off_path(settings, mentorship.mentor_id, MailKind.REVIEWS),
        )
        written += mail is not None
    return written
