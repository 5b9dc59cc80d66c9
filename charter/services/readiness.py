"""What is still open before an assessment can be submitted, what should be looked at, and submitting it."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from charter.clock import now, today
from charter.config import Settings
from charter.database.assessments import AgreedRating, Assessment, AssessmentState, ChangeRequest
from charter.database.cycles import Cycle, CycleState
from charter.database.evidence import Evidence
from charter.database.people import Membership
from charter.database.subscriptions import MailKind
from charter.i18n import translator
from charter.services.actors import Actor
from charter.services.answering import lock, open_requests
from charter.services.applicability import states_with, stored_facts
from charter.services.assessments import move, refresh
from charter.services.errors import Refused
from charter.services.organizations import mentors_of
from charter.services.outbox import write_mail
from charter.services.packs import pack_of
from charter.services.rating_pages import principles
from charter.services.staff_rounds import find_round, view_of
from charter.services.subscriptions import off_path, who_wants, with_footer
from questionnaires.message import message
from questionnaires.model import Criterion, Group, Pack
from scoring.model import Choice, StaffView, State

FAR = 2
"""Levels between the staff's middle rating and the agreed one from which somebody should look again."""
REMIND_BEFORE = (14, 3, 0)
"""Days before an assessment is due on which its people get a mail."""


class Concern(enum.StrEnum):
    """Why a criterion is on the list."""

    UNANSWERED = "unanswered"
    REASON_MISSING = "reason-missing"
    NOT_CHANGED = "not-changed"
    ESSENTIAL_FAILED = "essential-failed"
    EVIDENCE_MISSING = "evidence-missing"
    FAR_FROM_STAFF = "far-from-staff"


BLOCKING = frozenset({Concern.UNANSWERED, Concern.REASON_MISSING})
"""Without these nothing can be submitted; the others are to be looked at, and may stay."""


@dataclass(frozen=True)
class Point:
    """One thing to look at. `staff` is the staff's middle rating, where that is what it is about."""

    concern: Concern
    criterion: Criterion
    group: Group
    rating: int | Choice | None = None
    staff: int | None = None


@dataclass(frozen=True)
class Readiness:
    """Everything to look at, by concern, in pack order. `missing_facts` are titles of facts that nobody stated."""

    points: Mapping[Concern, tuple[Point, ...]]
    missing_facts: tuple[str, ...]
    round_open: bool

    @property
    def is_ready(self) -> bool:
        """Whether it can be submitted."""
        return not self.round_open and not any(self.points.get(each) for each in BLOCKING)


def readiness(db: Session, assessment: Assessment, *, language: str) -> Readiness:
    """What there is to look at now; a fixed number of statements."""
    pack = pack_of(db, assessment.published_pack)
    shown = pack.translated(language) if language in pack.languages else pack
    facts = stored_facts(db, assessment.id)
    rows = {
        row.criterion_id: row
        for row in db.execute(
            select(AgreedRating.criterion_id, AgreedRating.rating, AgreedRating.reason, AgreedRating.updated_at).where(
                AgreedRating.assessment_id == assessment.id
            )
        )
    }
    states = states_with(pack, facts, {name: row.rating for name, row in rows.items()})
    shown_by = set(
        db.scalars(
            select(Evidence.criterion_id).where(
                Evidence.assessment_id == assessment.id,
                Evidence.criterion_id.is_not(None),
                Evidence.removed_at.is_(None),
            )
        )
    )
    last = find_round(db, assessment.id)
    view = view_of(last) if last else None
    asked = {}
    if assessment.state is AssessmentState.CHANGES_REQUESTED:
        asked = {each.criterion_id: each.sent_at for each in open_requests(db, assessment.id)}
    found: dict[Concern, list[Point]] = {concern: [] for concern in Concern}
    for group, criterion in _criteria(shown):
        state, row = states[criterion.id], rows.get(criterion.id)
        if state is State.EXCLUDED:
            continue
        staff = view.criteria.get(criterion.id) if view else None
        rating = row.rating if row else None
        median = staff.median if staff else None
        concerns = set(_concerns(criterion, rating, row.reason if row else None, staff))
        if isinstance(rating, int) and rating == criterion.scale.highest and criterion.id not in shown_by:
            concerns.add(Concern.EVIDENCE_MISSING)
        sent_at = asked.get(criterion.id)
        if sent_at is not None and (row is None or row.updated_at < sent_at):
            concerns.add(Concern.NOT_CHANGED)
        for concern in concerns:
            found[concern].append(Point(concern, criterion, group, rating, median))
    return Readiness(
        points={concern: tuple(points) for concern, points in found.items() if points},
        missing_facts=tuple(fact.title for fact in shown.profile.values() if fact.id not in facts),
        round_open=last is not None and last.closed_at is None,
    )


def submit(db: Session, actor: Actor, *, assessment: Assessment, address: str) -> bool:
    """Give the assessment to the mentors, with a mail that holds `address`. Gives whether there is any.

    Refused unless it is ready, and its state and the actor allow it.
    """
    lock(db, assessment)
    ready = readiness(db, assessment, language=assessment.published_pack.language)
    if not ready.is_ready:
        raise Refused(message("This cannot be submitted yet: something is still open. The list says what."))
    move(db, actor, assessment, "submit")
    db.execute(
        update(ChangeRequest)
        .where(
            ChangeRequest.assessment_id == assessment.id,
            ChangeRequest.sent_at.is_not(None),
            ChangeRequest.resolved_at.is_(None),
        )
        .values(resolved_at=now())
    )
    refresh(db, assessment)
    name = assessment.organization.name
    mentors = mentors_of(db, assessment.organization_id)
    for mentorship in mentors:
        write_mail(
            db,
            person=mentorship.mentor,
            language=mentorship.mentor.language,
            subject=message("{organization} has submitted its assessment", organization=name),
            body=message(
                "{organization} has submitted its assessment “{cycle}”. It waits for your review:\n\n{address}",
                organization=name,
                cycle=assessment.cycle.title,
                address=address,
            ),
        )
    return bool(mentors)


def remind_assessments(db: Session, settings: Settings) -> int:
    """Mail to the people of every open assessment that is due in a few days; gives how many were written.

    May be called as often as one likes: each of the mails is written once.
    """
    day = today(settings.zone)
    rows = db.scalars(
        select(Assessment)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(
            Assessment.state.in_(
                (AssessmentState.INVITED, AssessmentState.ANSWERING, AssessmentState.CHANGES_REQUESTED)
            ),
            Cycle.state == CycleState.OPEN,
            Assessment.due_on >= day,
            Assessment.due_on <= day + timedelta(days=max(REMIND_BEFORE)),
        )
        .options(joinedload(Assessment.organization), joinedload(Assessment.cycle))
        .order_by(Assessment.id)
    ).all()
    people: dict[int, list[Membership]] = {}
    for membership in db.scalars(
        select(Membership)
        .where(Membership.organization_id.in_({row.organization_id for row in rows}), Membership.until_at.is_(None))
        .options(joinedload(Membership.person))
        .order_by(Membership.id)
    ):
        people.setdefault(membership.organization_id, []).append(membership)
    everybody = {each.person for each in chain.from_iterable(people.values())}
    wanted = {each.id for each in who_wants(db, MailKind.DUE_DATES, everybody)}
    people = {key: [each for each in found if each.person_id in wanted] for key, found in people.items()}
    return sum(_remind(db, settings, row, people.get(row.organization_id, []), (row.due_on - day).days) for row in rows)


def _remind(db: Session, settings: Settings, assessment: Assessment, people: list[Membership], left: int) -> int:
    # The nearest step that has come: a day on which no job ran is made up for, and no step comes twice.
    step = min(each for each in REMIND_BEFORE if each >= left)
    written = 0
    for membership in people:
        if membership.person.disabled_at is not None:
            continue
        mail = write_mail(
            db,
            person=membership.person,
            language=membership.person.language,
            subject=message(
                "Your assessment “{cycle}” is due on {day}",
                cycle=assessment.cycle.title,
                day=_day(assessment, membership),
            ),
            body=with_footer(
                settings,
                membership.person.language,
                message(
                    "{answered} of {total} questions of {organization} are answered. Go on here:\n\n{address}",
                    answered=assessment.answered,
                    total=assessment.to_answer,
                    organization=assessment.organization.name,
                    address=f"{settings.public_url.rstrip('/')}/member/assessments/{assessment.id}",
                ),
            ),
            once=f"assessment {assessment.id} due {assessment.due_on} {step} to {membership.person_id}",
            unsubscribe=off_path(settings, membership.person_id, MailKind.DUE_DATES),
        )
        written += mail is not None
    return written


def _day(assessment: Assessment, membership: Membership) -> str:
    return translator(membership.person.language).day(assessment.due_on)


def _criteria(pack: Pack) -> Iterator[tuple[Group, Criterion]]:
    for group in principles(pack):
        for criterion in group.criteria:
            yield group, criterion


def _concerns(
    criterion: Criterion, rating: int | Choice | None, reason: str | None, staff: StaffView | None
) -> Iterator[Concern]:
    if rating is None:
        yield Concern.UNANSWERED
    elif rating is Choice.NOT_APPLICABLE:
        if not reason:
            yield Concern.REASON_MISSING
    elif isinstance(rating, int):
        if criterion.essential and criterion.scale.score(rating) < criterion.essential_from:
            yield Concern.ESSENTIAL_FAILED
        if staff is not None and staff.median is not None:
            values = criterion.scale.values
            if abs(values.index(rating) - values.index(staff.median)) >= FAR:
                yield Concern.FAR_FROM_STAFF
