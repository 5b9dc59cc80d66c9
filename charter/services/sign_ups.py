"""Who comes to a training: signing up, the waiting list, cancelling, and who was there.

Everything that changes who has a seat locks the date first, so that the last seat is given once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.organizations import Organization
from charter.database.people import Membership, Person
from charter.database.row_security import seeing_everything
from charter.database.trainings import Attendance, SignUpState, Training, TrainingSession, TrainingSignUp
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from charter.services.outbox import SITE, write_mail
from charter.services.search_words import fold
from charter.services.trainings import SessionContent, lock_session, seats_of, write_session
from questionnaires.khmer import one_order
from questionnaires.message import message

MOST_AT_ONCE = 50
LONGEST_NAME = 120


@dataclass(frozen=True)
class SignedUp:
    """How many got a seat, and how many wait for one."""

    seats: int
    waiting: int


def sign_up(
    db: Session,
    actor: Actor,
    *,
    organization: Organization,
    session_id: int,
    person_ids: Iterable[int],
    names: Iterable[str],
    today: date,
) -> SignedUp:
    """Give them seats in this order as long as there are any; the rest waits. Invalid, with everything that is wrong.

    Refused once sign-up is over. NotFound for an account that does not work for the organization.
    """
    session = lock_session(db, session_id)
    if session.cancelled_at is not None:
        raise Refused(message("This date was cancelled."))
    if session.sign_up_until < today:
        raise Refused(message("Sign-up for this date is over."))
    wanted = [*_colleagues(db, organization, person_ids), *((None, name) for name in _clean_names(names))]
    if not wanted:
        raise Invalid({"": message("Choose somebody, or write a name.")})
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid({"names": message("Sign up {most} people at a time at most.", most=MOST_AT_ONCE)})
    _refuse_twice(db, organization, session, wanted)
    free = seats_of(db, session.id).free(session)
    rows = [
        TrainingSignUp(
            session_id=session.id,
            organization_id=organization.id,
            person_id=person_id,
            name=name,
            state=SignUpState.SEAT if number < free else SignUpState.WAITING,
            signed_up_at=now(),
            signed_up_by_id=actor.id,
        )
        for number, (person_id, name) in enumerate(wanted)
    ]
    db.add_all(rows)
    db.flush()
    seats = min(free, len(rows))
    _record(db, "TrainingSignedUp", actor, organization.id, session, {"seats": seats, "waiting": len(rows) - seats})
    return SignedUp(seats, len(rows) - seats)


def find_sign_up(db: Session, sign_up_id: int, *, organization_id: int) -> TrainingSignUp:
    """With its date and training. NotFound if it is of another organization."""
    found = db.scalar(
        select(TrainingSignUp)
        .where(TrainingSignUp.id == sign_up_id, TrainingSignUp.organization_id == organization_id)
        .options(joinedload(TrainingSignUp.session).joinedload(TrainingSession.training))
    )
    if found is None:
        raise NotFound
    return found


def cancel_sign_up(db: Session, actor: Actor, *, sign_up: TrainingSignUp, today: date) -> None:
    """Somebody does not come; whoever waits longest gets the seat. Refused once the training has begun."""
    session = lock_session(db, sign_up.session_id)
    db.refresh(sign_up)
    if sign_up.state is SignUpState.CANCELLED:
        return
    if session.starts_on < today or sign_up.attendance is not None:
        raise Refused(message("The training has begun. The coalition records who was there."))
    sign_up.state, sign_up.cancelled_at = SignUpState.CANCELLED, now()
    db.flush()
    _record(db, "TrainingSignUpCancelled", actor, sign_up.organization_id, session, {"sign_up": sign_up.id})
    with seeing_everything(db):  # whoever waits longest may be of another member
        _fill_seats(db, actor, session, today=today)
        db.flush()


def change_session(db: Session, actor: Actor, *, session_id: int, content: SessionContent, today: date) -> None:
    """Change a date; seats that become free go to those who wait. Invalid, with everything that is wrong."""
    session = lock_session(db, session_id)
    if session.cancelled_at is not None:
        raise Refused(message("This date was cancelled."))
    before = session.starts_on
    write_session(db, actor, session, content)
    if content.starts_on != before and content.starts_on < today:
        raise Invalid({"starts_on": message("This day is over.")})
    _fill_seats(db, actor, session, today=today)


def cancel_session(db: Session, actor: Actor, *, session_id: int, today: date) -> None:
    """The date does not take place; whoever signed people up gets a mail. Refused once it is over."""
    session = lock_session(db, session_id)
    if session.cancelled_at is not None:
        return
    if session.ends_on < today:
        raise Refused(message("This date is over."))
    session.cancelled_at = now()
    db.flush()
    record_event(db, "TrainingDateCancelled", actor=actor, data={"session": session.id})
    training = db.get_one(Training, session.training_id)
    told = {row.signed_up_by_id: row.signed_up_by for row in sign_ups_of(db, session.id)}
    for person in told.values():
        write_mail(
            db,
            person=person,
            language=person.language,
            subject=message("A training was cancelled"),
            body=message(
                "The training “{title}” on {day} does not take place.\n\nSee other dates: {address}",
                title=title_in(training, person.language),
                day=session.starts_on.isoformat(),
                address=f"{SITE}/trainings/{training.id}",
            ),
            once=f"training-cancelled-{session.id}-{person.id}",
        )


def record_attendance(
    db: Session, actor: Actor, *, session_id: int, attendance: Mapping[int, Attendance | None], today: date
) -> int:
    """Record who was there, by sign-up; gives the number of changes. Refused before the first day."""
    session = lock_session(db, session_id)
    if session.cancelled_at is not None or session.starts_on > today:
        raise Refused(message("Attendance is recorded once the training has begun."))
    changed: dict[int, int] = {}
    for row in sign_ups_of(db, session.id):
        if row.state is not SignUpState.SEAT or row.id not in attendance or row.attendance is attendance[row.id]:
            continue
        row.attendance = attendance[row.id]
        row.recorded_at, row.recorded_by_id = now(), actor.id
        changed[row.organization_id] = changed.get(row.organization_id, 0) + 1
    db.flush()
    for organization_id, number in sorted(changed.items()):
        _record(db, "TrainingAttendanceRecorded", actor, organization_id, session, {"people": number})
    return sum(changed.values())


def sign_ups_of(db: Session, session_id: int) -> Sequence[TrainingSignUp]:
    """Who has a seat or waits, with organization and who signed them up, in the order of signing up; one statement."""
    return db.scalars(
        select(TrainingSignUp)
        .where(TrainingSignUp.session_id == session_id, TrainingSignUp.state != SignUpState.CANCELLED)
        .options(joinedload(TrainingSignUp.organization), joinedload(TrainingSignUp.signed_up_by))
        .order_by(TrainingSignUp.id)
    ).all()


def trainings_of(db: Session, organization_id: int) -> Sequence[TrainingSignUp]:
    """Everybody whom an organization sent or sends, latest date first, with date and training; one statement."""
    return db.scalars(
        select(TrainingSignUp)
        .join(TrainingSignUp.session)
        .where(TrainingSignUp.organization_id == organization_id, TrainingSignUp.state != SignUpState.CANCELLED)
        .options(joinedload(TrainingSignUp.session).joinedload(TrainingSession.training))
        .order_by(TrainingSession.starts_on.desc(), TrainingSignUp.id)
    ).all()


def title_in(training: Training, language: str) -> str:
    """Its title in that language, or else the first that it has."""
    return str(training.titles.get(language) or next(iter(training.titles.values())))


def _fill_seats(db: Session, actor: Actor, session: TrainingSession, *, today: date) -> None:
    """Give free seats to those who wait, if it has not begun to be too late for them to come."""
    if session.cancelled_at is not None or session.starts_on < today:
        return
    free = seats_of(db, session.id).free(session)
    waiting = [row for row in sign_ups_of(db, session.id) if row.state is SignUpState.WAITING][:free]
    for row in waiting:
        row.state = SignUpState.SEAT
        db.flush()
        _record(db, "TrainingSeatFreed", actor, row.organization_id, session, {"sign_up": row.id})
        person = row.signed_up_by
        training = db.get_one(Training, session.training_id)
        write_mail(
            db,
            person=person,
            language=person.language,
            subject=message("A seat has become free"),
            body=message(
                "{name} has a seat now in the training “{title}” on {day}.\n\nSee it here: {address}",
                name=row.name,
                title=title_in(training, person.language),
                day=session.starts_on.isoformat(),
                address=f"{SITE}/trainings/{training.id}",
            ),
        )


def _colleagues(db: Session, organization: Organization, person_ids: Iterable[int]) -> list[tuple[int | None, str]]:
    wanted = list(dict.fromkeys(person_ids))
    if not wanted:
        return []
    there = (
        select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == organization.id, Membership.until_at.is_(None), Person.id.in_(wanted))
    )
    names = {person_id: name for person_id, name in db.execute(there)}
    if any(each not in names for each in wanted):
        raise NotFound
    return [(each, names[each]) for each in wanted]


def _clean_names(names: Iterable[str]) -> list[str]:
    found = [line for each in names if (line := one_order(" ".join(each.split())))]
    for each in found:
        if len(each) > LONGEST_NAME:
            raise Invalid({"names": message("“{name}” is too long for a name.", name=each[:40] + "…")})
    return found


def _refuse_twice(
    db: Session,
    organization: Organization,
    session: TrainingSession,
    wanted: Sequence[tuple[int | None, str]],
) -> None:
    there = [row for row in sign_ups_of(db, session.id) if row.organization_id == organization.id]
    people = {row.person_id for row in there if row.person_id is not None}
    seen = {fold(row.name) for row in there}
    for person_id, name in wanted:
        if person_id in people or fold(name) in seen:
            field = "names" if person_id is None else "people"
            raise Invalid({field: message("{name} is signed up already.", name=name)})
        seen.add(fold(name))


def _record(
    db: Session,
    name: str,
    actor: Actor,
    organization_id: int,
    session: TrainingSession,
    data: Mapping[str, int],
) -> None:
    record_event(db, name, actor=actor, organization_id=organization_id, data={"session": session.id, **data})
