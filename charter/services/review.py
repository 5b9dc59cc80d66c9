"""The review: the mentor's own ratings beside the agreed ones, changes asked for, closing and reopening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import (
    AgreedRating,
    Assessment,
    AssessmentState,
    ChangeRequest,
    Comment,
    RatingKind,
    RatingVersion,
    VerifiedRating,
)
from charter.database.people import MemberRole
from charter.services.actors import Actor
from charter.services.assessments import move, refresh
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.events import record_event
from charter.services.organizations import people_of
from charter.services.outbox import write_mail
from charter.services.packs import pack_of
from questionnaires.message import Message, message
from questionnaires.model import Criterion
from scoring.model import Choice

LONGEST_TEXT = 10_000


@dataclass(frozen=True)
class Reviewed:
    """One criterion as the mentor sees it."""

    criterion: Criterion
    agreed: AgreedRating | None
    verified: VerifiedRating | None
    requests: Sequence[ChangeRequest]
    comments: Sequence[Comment]

    @property
    def is_outdated(self) -> bool:
        """Whether the member changed its rating after the mentor had looked."""
        return (
            self.agreed is not None and self.verified is not None and self.agreed.updated_at > self.verified.updated_at
        )

    @property
    def open_request(self) -> ChangeRequest | None:
        return next((each for each in self.requests if each.resolved_at is None), None)


def reviewed(db: Session, assessment: Assessment, criteria: Sequence[Criterion]) -> list[Reviewed]:
    """These criteria with everything that was said of them; four statements."""
    ids = [criterion.id for criterion in criteria]

    agreed = {
        row.criterion_id: row
        for row in db.scalars(
            select(AgreedRating)
            .where(AgreedRating.assessment_id == assessment.id, AgreedRating.criterion_id.in_(ids))
            .options(joinedload(AgreedRating.updated_by))
        )
    }
    verified = {
        row.criterion_id: row
        for row in db.scalars(
            select(VerifiedRating)
            .where(VerifiedRating.assessment_id == assessment.id, VerifiedRating.criterion_id.in_(ids))
            .options(joinedload(VerifiedRating.updated_by))
        )
    }
    requests: dict[str, list[ChangeRequest]] = {}
    for request in db.scalars(
        select(ChangeRequest)
        .where(ChangeRequest.assessment_id == assessment.id, ChangeRequest.criterion_id.in_(ids))
        .options(joinedload(ChangeRequest.requested_by))
        .order_by(ChangeRequest.id)
    ):
        requests.setdefault(request.criterion_id, []).append(request)
    comments: dict[str, list[Comment]] = {}
    for comment in db.scalars(
        select(Comment)
        .where(Comment.assessment_id == assessment.id, Comment.criterion_id.in_(ids))
        .options(joinedload(Comment.by))
        .order_by(Comment.id)
    ):
        comments.setdefault(comment.criterion_id or "", []).append(comment)
    return [
        Reviewed(
            criterion,
            agreed.get(criterion.id),
            verified.get(criterion.id),
            tuple(requests.get(criterion.id, ())),
            tuple(comments.get(criterion.id, ())),
        )
        for criterion in criteria
    ]


def save_verified(
    db: Session,
    actor: Actor,
    *,
    assessment: Assessment,
    criterion_id: str,
    rating: int | Choice | None,
    comment: str | None,
    known_version: int,
) -> VerifiedRating:
    """The mentor's rating of one criterion. `known_version` is the one that was on the page, 0 for none.

    Refused unless the assessment is submitted; Invalid for a rating that the scale lacks, or "not applicable" without a
    comment; Stale if somebody saved in between. What is the same already is not saved again.
    """
    _must_be_submitted(assessment)
    criterion = _criterion(db, assessment, criterion_id)
    comment = _text(comment)
    if isinstance(rating, int) and rating not in criterion.scale:
        raise Invalid({criterion_id: message("This scale has no such level.")})
    if rating is Choice.DONT_KNOW:
        raise Invalid({criterion_id: message("Choose a level, or leave it open.")})
    if rating is Choice.NOT_APPLICABLE and not comment:
        raise Invalid({criterion_id: message("Please say why it does not apply.")})
    row = db.get(VerifiedRating, (assessment.id, criterion_id))
    if row is not None and (row.rating, row.comment) == (rating, comment):
        return row
    if row is None and rating is None and comment is None:
        raise Invalid({criterion_id: message("Choose a level, or write a comment.")})
    if (row.version if row else 0) != known_version:
        raise Stale(row)
    row = _write(db, actor, assessment, criterion_id, row, rating, comment)
    try:
        db.flush()
    except IntegrityError as error:
        # Another request saved this very version a moment ago.
        db.rollback()
        raise Stale(db.get(VerifiedRating, (assessment.id, criterion_id))) from error
    return row


def confirm_rest(db: Session, actor: Actor, *, assessment: Assessment, criteria: Sequence[Criterion]) -> int:
    """Confirm the agreed rating of each of these that has no verified one yet; gives their number.

    Refused, with nothing confirmed, if somebody else saved one of them at this very moment.
    """
    _must_be_submitted(assessment)
    confirmed = 0
    for each in reviewed(db, assessment, criteria):
        if each.agreed is None or each.agreed.rating is None or each.open_request is not None:
            continue
        if each.verified is not None and each.verified.rating is not None:
            continue
        comment = each.verified.comment if each.verified else None
        if each.agreed.rating is Choice.NOT_APPLICABLE:
            comment = comment or each.agreed.reason
        _write(db, actor, assessment, each.criterion.id, each.verified, each.agreed.rating, comment)
        confirmed += 1
    try:
        db.flush()
    except IntegrityError as error:
        raise Refused(message("Somebody else is reviewing this page too. Load it again.")) from error
    return confirmed


def _write(
    db: Session,
    actor: Actor,
    assessment: Assessment,
    criterion_id: str,
    row: VerifiedRating | None,
    rating: int | Choice | None,
    comment: str | None,
) -> VerifiedRating:
    """The new version, its place in the history and its event; not flushed yet."""
    moment = now()
    if row is None:
        row = VerifiedRating(assessment_id=assessment.id, criterion_id=criterion_id, version=0)
        db.add(row)
    row.rating, row.comment, row.version = rating, comment, row.version + 1
    row.updated_at, row.updated_by_id = moment, actor.id
    db.add(
        RatingVersion(
            assessment_id=assessment.id,
            criterion_id=criterion_id,
            kind=RatingKind.VERIFIED,
            version=row.version,
            rating=rating,
            note=comment,
            at=moment,
            by_id=actor.id,
        )
    )
    record_event(
        db,
        "RatingVerified",
        actor=actor,
        organization_id=assessment.organization_id,
        assessment_id=assessment.id,
        data={"criterion": criterion_id, "version": row.version, "rating": rating},
    )
    return row


def ask_for_change(
    db: Session, actor: Actor, *, assessment: Assessment, criterion_id: str, comment: str | None
) -> ChangeRequest:
    """Note that this criterion should be looked at again; it goes to the member with `send_back`."""
    _must_be_submitted(assessment)
    _criterion(db, assessment, criterion_id)
    text = _text(comment)
    if not text:
        raise Invalid({criterion_id: message("Please say what should change, so that the member knows what to do.")})
    request = db.scalar(
        select(ChangeRequest).where(
            ChangeRequest.assessment_id == assessment.id,
            ChangeRequest.criterion_id == criterion_id,
            ChangeRequest.sent_at.is_(None),
        )
    )
    if request is None:
        request = ChangeRequest(
            assessment_id=assessment.id, criterion_id=criterion_id, requested_by_id=actor.id, requested_at=now()
        )
        db.add(request)
    request.comment = text
    db.flush()
    return request


def drop_change(db: Session, actor: Actor, *, assessment: Assessment, request_id: int) -> None:
    """Take back a request that was not sent yet. NotFound if there is none."""
    request = db.get(ChangeRequest, request_id)
    if request is None or request.assessment_id != assessment.id or request.sent_at is not None:
        raise NotFound
    db.delete(request)
    db.flush()


def unsent_requests(db: Session, assessment: Assessment) -> list[ChangeRequest]:
    """What the mentor has collected so far."""
    return list(
        db.scalars(
            select(ChangeRequest)
            .where(ChangeRequest.assessment_id == assessment.id, ChangeRequest.sent_at.is_(None))
            .order_by(ChangeRequest.id)
        )
    )


def send_back(db: Session, actor: Actor, *, assessment: Assessment, address: str) -> int:
    """Ask the member for the collected changes; only these criteria reopen. Refused if there are none."""
    waiting = unsent_requests(db, assessment)
    if not waiting:
        raise Refused(message("No change was asked for yet. Ask for one at the criterion concerned."))
    move(db, actor, assessment, "request_changes")
    moment = now()
    for request in waiting:
        request.sent_at = moment
    refresh(db, assessment)
    _tell_leads(
        db,
        assessment,
        subject=message("{organization}: your mentor asks for changes", organization=assessment.organization.name),
        body=message(
            "Your mentor has looked at your assessment and asks you to look again at {count} of your answers. "
            "Only these are open again.\n\n{address}",
            count=len(waiting),
            address=address,
        ),
    )
    return len(waiting)


def close(db: Session, actor: Actor, *, assessment: Assessment, address: str) -> None:
    """End the review: the assessment is frozen, with the verified ratings counting. Refused with unsent requests."""
    if unsent_requests(db, assessment):
        raise Refused(message("You have asked for changes that were not sent. Send or remove them first."))
    move(db, actor, assessment, "close")
    refresh(db, assessment)
    _tell_leads(
        db,
        assessment,
        subject=message("{organization}: your assessment is closed", organization=assessment.organization.name),
        body=message(
            "Your mentor has finished the review of your assessment. Your result is ready:\n\n{address}",
            address=address,
        ),
    )


def reopen(db: Session, actor: Actor, *, assessment: Assessment, reason: str | None, address: str) -> None:
    """Open a closed assessment for review again; the reason is kept, the frozen result lifted until it closes again."""
    move(db, actor, assessment, "reopen", reason=reason)
    refresh(db, assessment)
    _tell_leads(
        db,
        assessment,
        subject=message("{organization}: your assessment was opened again", organization=assessment.organization.name),
        body=message("The reason: {reason}\n\n{address}", reason=(reason or "").strip(), address=address),
    )


def add_comment(
    db: Session, actor: Actor, *, assessment: Assessment, criterion_id: str | None, text: str | None
) -> Comment:
    """Something that mentor or member say about a criterion, or about the whole. Invalid if it is empty."""
    if criterion_id is not None:
        _criterion(db, assessment, criterion_id)
    written = _text(text)
    if not written:
        raise Invalid({"text": message("Please write something.")})
    comment = Comment(assessment_id=assessment.id, criterion_id=criterion_id, text=written, at=now(), by_id=actor.id)
    db.add(comment)
    db.flush()
    record_event(
        db,
        "CommentAdded",
        actor=actor,
        organization_id=assessment.organization_id,
        assessment_id=assessment.id,
        data={"criterion": criterion_id},
    )
    return comment


def comments_on_whole(db: Session, assessment: Assessment) -> list[Comment]:
    """What was said about the assessment as a whole."""
    return list(
        db.scalars(
            select(Comment)
            .where(Comment.assessment_id == assessment.id, Comment.criterion_id.is_(None))
            .options(joinedload(Comment.by))
            .order_by(Comment.id)
        )
    )


def review_progress(db: Session, assessment: Assessment) -> Mapping[str, datetime]:
    """When each criterion was last verified; for the mentor's overview of the groups."""
    return {
        row.criterion_id: row.updated_at
        for row in db.execute(
            select(VerifiedRating.criterion_id, VerifiedRating.updated_at).where(
                VerifiedRating.assessment_id == assessment.id, VerifiedRating.rating.is_not(None)
            )
        )
    }


def _must_be_submitted(assessment: Assessment) -> None:
    if assessment.state is not AssessmentState.SUBMITTED:
        raise Refused(message("Only a submitted assessment can be reviewed."))


def _criterion(db: Session, assessment: Assessment, criterion_id: str) -> Criterion:
    pack = pack_of(db, assessment.published_pack)
    if not pack.has_criterion(criterion_id):
        raise NotFound
    return pack.criterion(criterion_id)


def _text(text: str | None) -> str | None:
    text = (text or "").strip()
    if len(text) > LONGEST_TEXT:
        raise Invalid(
            {"": message("This has {count} characters; there is room for {most}.", count=len(text), most=LONGEST_TEXT)}
        )
    return text or None


def _tell_leads(db: Session, assessment: Assessment, *, subject: Message, body: Message) -> None:
    for membership in people_of(db, assessment.organization_id):
        if membership.role is MemberRole.LEAD:
            write_mail(db, language=membership.person.language, subject=subject, body=body, person=membership.person)
