"""What the mentors do: visits, changes asked for, verified ratings, closing and opening again."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.clock import today
from charter.database.assessments import AgreedRating
from charter.demo.case import Case
from charter.demo.days import DAY
from charter.services import records, review
from charter.services.assessments import move


def visit(db: Session, case: Case) -> None:
    """The mentor was there, and says when the next visit is."""
    day = today(case.coalition.settings.zone)
    records.add_visit(
        db,
        case.mentor,
        organization=case.assessment.organization,
        visited_on=day,
        next_on=day + (40 + case.member.number % 6 * 12) * DAY,
        note="Went through the answers with the team and saw the files.",
        today=day,
    )


def ask_for_changes(db: Session, case: Case) -> None:
    """Three ratings are to be looked at again."""
    rated = [criterion for criteria in case.asked(db) for criterion in criteria]
    for criterion in case.chance("changes").sample(rated, k=3):
        review.ask_for_change(
            db,
            case.mentor,
            assessment=case.assessment,
            criterion_id=criterion.id,
            comment="Please look at this again with the team: what I saw on my visit was different.",
        )
    review.send_back(db, case.mentor, assessment=case.assessment, address=case.address("member/assessments/{id}"))


def review_and_close(db: Session, case: Case) -> None:
    """The mentor rates a few things lower, confirms the rest and closes the assessment."""
    chance = case.chance("review")
    agreed = db.scalars(select(AgreedRating).where(AgreedRating.assessment_id == case.assessment.id)).all()
    for row in agreed:
        criterion = case.coalition.pack.criterion(row.criterion_id)
        if isinstance(row.rating, int) and row.rating > criterion.scale.lowest and chance.random() < 0.05:
            review.save_verified(
                db,
                case.mentor,
                assessment=case.assessment,
                criterion_id=row.criterion_id,
                rating=row.rating - 1,
                comment="The papers are there, but not all staff know them.",
                known_version=0,
            )
    criteria = [case.coalition.pack.criterion(row.criterion_id) for row in agreed]
    review.confirm_rest(db, case.mentor, assessment=case.assessment, criteria=criteria)
    review.close(db, case.mentor, assessment=case.assessment, address=case.address("assessment/{id}/result"))


def open_again(db: Session, case: Case) -> None:
    """The mentor opens a closed assessment for review once more."""
    review.reopen(
        db,
        case.mentor,
        assessment=case.assessment,
        reason="The member sent a document that changes one principle.",
        address=case.address("assessment/{id}/result"),
    )


def withdraw(db: Session, case: Case) -> None:
    """A coordinator takes the member out of the cycle."""
    coordinator = case.coalition.coordinator(db)
    move(db, coordinator, case.assessment, "withdraw", reason="The organization moves its office this year.")
