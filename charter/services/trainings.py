"""The catalogue of trainings and their dates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from charter.clock import now
from charter.database.row_security import seeing_everything
from charter.database.trainings import (
    Attendance,
    SignUpState,
    Training,
    TrainingSession,
    TrainingSignUp,
    TrainingTopic,
)
from charter.i18n import LANGUAGES
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from charter.services.resources import clean_topics
from questionnaires.khmer import one_order
from questionnaires.message import Message, message

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
MOST_SEATS = 10_000


@dataclass(frozen=True)
class TrainingContent:
    """What a training says of itself; texts by language."""

    key: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    topics: tuple[str, ...]


@dataclass(frozen=True)
class SessionContent:
    """What is known of a date."""

    starts_on: date
    ends_on: date | None
    sign_up_until: date | None
    """None: until it starts."""
    is_online: bool
    place: str | None
    province: str | None
    seats: int
    languages: tuple[str, ...]
    note: str | None = None


@dataclass(frozen=True)
class Seats:
    """How one date is filled."""

    taken: int = 0
    waiting: int = 0
    present: int = 0
    absent: int = 0

    @property
    def demand(self) -> int:
        """Everybody who wanted to come."""
        return self.taken + self.waiting

    def free(self, session: TrainingSession) -> int:
        return max(session.seats - self.taken, 0)


@dataclass(frozen=True)
class Dated:
    """A date with how it is filled."""

    session: TrainingSession
    seats: Seats


@dataclass(frozen=True)
class Offer:
    """A training with its dates, earliest first."""

    training: Training
    dates: tuple[Dated, ...]

    @property
    def demand(self) -> int:
        return sum(each.seats.demand for each in self.dates)


def find_training(db: Session, training_id: int) -> Training:
    """With its topics. NotFound if there is none."""
    found = db.scalar(select(Training).where(Training.id == training_id).options(selectinload(Training.topics)))
    if found is None:
        raise NotFound
    return found


def find_session(db: Session, session_id: int) -> TrainingSession:
    """With its training. NotFound if there is none."""
    found = db.scalar(
        select(TrainingSession).where(TrainingSession.id == session_id).options(joinedload(TrainingSession.training))
    )
    if found is None:
        raise NotFound
    return found


def offers(db: Session, *, from_on: date | None = None, retired: bool = False) -> list[Offer]:
    """The catalogue, each training with its dates that end on that day or later; four statements.

    What takes place soonest comes first, then what has no date.
    """
    query = select(Training).options(selectinload(Training.topics)).order_by(Training.id)
    if not retired:
        query = query.where(Training.retired_at.is_(None))
    dates = select(TrainingSession).where(TrainingSession.cancelled_at.is_(None))
    if from_on is not None:
        dates = dates.where(TrainingSession.ends_on >= from_on)
    by_training: dict[int, list[Dated]] = {}
    for each in _with_seats(db, dates):
        by_training.setdefault(each.session.training_id, []).append(each)
    found = [Offer(each, tuple(by_training.get(each.id, ()))) for each in db.scalars(query)]
    return sorted(found, key=lambda each: each.dates[0].session.starts_on if each.dates else date.max)


def dates_of(db: Session, training: Training, *, from_on: date | None = None) -> list[Dated]:
    """Its dates, earliest first, cancelled ones too; two statements."""
    query = select(TrainingSession).where(TrainingSession.training_id == training.id)
    if from_on is not None:
        query = query.where(TrainingSession.ends_on >= from_on)
    return _with_seats(db, query)


def seats_of(db: Session, session_id: int) -> Seats:
    """How one date is filled."""
    return _seats(db, [session_id]).get(session_id, Seats())


def add_training(db: Session, actor: Actor, *, content: TrainingContent) -> Training:
    """A new training. Invalid, with everything that is wrong."""
    made = Training(created_at=now())
    return _save_training(db, actor, made, content, event="TrainingAdded")


def change_training(db: Session, actor: Actor, *, training: Training, content: TrainingContent) -> Training:
    """Change what it says of itself. Invalid, with everything that is wrong."""
    return _save_training(db, actor, training, content, event="TrainingChanged")


def retire_training(db: Session, actor: Actor, *, training: Training, today: date) -> None:
    """It is no longer offered; what was stays. Refused while dates are to come. Retired once is retired."""
    if training.retired_at is not None:
        return
    coming = select(func.count()).where(
        TrainingSession.training_id == training.id,
        TrainingSession.cancelled_at.is_(None),
        TrainingSession.ends_on >= today,
    )
    if db.scalar(coming):
        raise Refused(message("This training has dates to come. Cancel them first."))
    training.retired_at = now()
    db.flush()
    record_event(db, "TrainingRetired", actor=actor, data={"training": training.id})


def offer_again(db: Session, actor: Actor, *, training: Training) -> None:
    """It is offered again."""
    if training.retired_at is not None:
        training.retired_at = None
        db.flush()
        record_event(db, "TrainingOfferedAgain", actor=actor, data={"training": training.id})


def add_session(
    db: Session, actor: Actor, *, training: Training, content: SessionContent, today: date
) -> TrainingSession:
    """A new date. Invalid, with everything that is wrong."""
    if training.retired_at is not None:
        raise Refused(message("This training is no longer offered."))
    values = _checked(content)
    if content.starts_on < today:
        raise Invalid({"starts_on": message("This day is over.")})
    made = TrainingSession(training_id=training.id, created_at=now(), **values)
    db.add(made)
    db.flush()
    record_event(db, "TrainingDateAdded", actor=actor, data={"training": training.id, "session": made.id})
    return made


def lock_session(db: Session, session_id: int) -> TrainingSession:
    """The date, for changing who has a seat: until the commit nobody else can. NotFound if there is none."""
    found = db.scalar(
        select(TrainingSession)
        .where(TrainingSession.id == session_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def write_session(db: Session, actor: Actor, session: TrainingSession, content: SessionContent) -> None:
    """Store changed facts of a locked date. Invalid, also where more people have seats than there would be."""
    values = _checked(content)
    taken = seats_of(db, session.id).taken
    if content.seats < taken:
        raise Invalid({"seats": message("{taken} people have a seat already.", taken=taken)})
    for column, value in values.items():
        setattr(session, column, value)
    db.flush()
    record_event(db, "TrainingDateChanged", actor=actor, data={"session": session.id})


def _save_training(db: Session, actor: Actor, training: Training, content: TrainingContent, *, event: str) -> Training:
    problems: dict[str, Message] = {}
    key = content.key.strip().lower()
    if not _KEY.fullmatch(key):
        problems["key"] = message(
            "A key has up to 80 letters a-z, digits, dots and dashes, such as child-protection-1."
        )
    elif db.scalar(select(Training.id).where(Training.key == key)) not in (None, training.id):
        problems["key"] = message("Another training has this key.")
    titles, descriptions = _texts(content.titles), _texts(content.descriptions)
    if not titles:
        problems["title"] = message("Give a title in at least one language.")
    topics = clean_topics(content.topics, problems)
    if problems:
        raise Invalid(problems)
    training.key, training.titles, training.descriptions = key, titles, descriptions
    kept = {each.topic: each for each in training.topics}
    training.topics = [kept.get(each) or TrainingTopic(topic=each) for each in topics]
    db.add(training)
    db.flush()
    record_event(db, event, actor=actor, data={"training": training.id, "key": key})
    return training


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {each: one_order(text) for each in LANGUAGES if (text := (texts.get(each) or "").strip())}


def _checked(content: SessionContent) -> dict[str, Any]:
    problems: dict[str, Message] = {}
    ends_on = content.ends_on or content.starts_on
    until = content.sign_up_until or content.starts_on
    if ends_on < content.starts_on:
        problems["ends_on"] = message("The last day cannot be before the first.")
    if until > content.starts_on:
        problems["sign_up_until"] = message("Sign-up ends before the training begins, or on its first day.")
    if not 1 <= content.seats <= MOST_SEATS:
        problems["seats"] = message("Give a number from 1 to {most}.", most=MOST_SEATS)
    if not content.is_online and not (content.place or "").strip():
        problems["place"] = message("Say where it takes place, or that it is online.")
    if not content.languages:
        problems["languages"] = message("Choose at least one language.")
    if problems:
        raise Invalid(problems)
    return {
        "starts_on": content.starts_on,
        "ends_on": ends_on,
        "sign_up_until": until,
        "is_online": content.is_online,
        "place": (content.place or "").strip() or None,
        "province": (content.province or "").strip() or None,
        "seats": content.seats,
        "languages": list(content.languages),
        "note": (content.note or "").strip() or None,
    }


def _with_seats(db: Session, query: Select[Any]) -> list[Dated]:
    sessions: Sequence[TrainingSession] = db.scalars(
        query.order_by(TrainingSession.starts_on, TrainingSession.id)
    ).all()
    seats = _seats(db, [each.id for each in sessions])
    return [Dated(each, seats.get(each.id, Seats())) for each in sessions]


def _seats(db: Session, session_ids: Iterable[int]) -> dict[int, Seats]:
    counts: dict[int, dict[str, int]] = {}
    query = (
        select(TrainingSignUp.session_id, TrainingSignUp.state, TrainingSignUp.attendance, func.count())
        .where(TrainingSignUp.session_id.in_(list(session_ids)), TrainingSignUp.state != SignUpState.CANCELLED)
        .group_by(TrainingSignUp.session_id, TrainingSignUp.state, TrainingSignUp.attendance)
    )
    with seeing_everything(db):  # people of all members sit in one room; only their numbers are given
        found = db.execute(query).all()
    for session_id, state, attendance, number in found:
        one = counts.setdefault(session_id, {"taken": 0, "waiting": 0, "present": 0, "absent": 0})
        one["waiting" if state is SignUpState.WAITING else "taken"] += number
        if attendance is not None:
            one["present" if attendance is Attendance.PRESENT else "absent"] += number
    return {session_id: Seats(**one) for session_id, one in counts.items()}
