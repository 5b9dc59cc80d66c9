"""Staff rounds, seen from the lead: opening one, codes, closing it, and what may be shown afterwards.

How many have sent is nowhere to be seen while a round runs: whoever hands out codes one at a time and watches a counter
would learn who has answered, and could close the round after a chosen person's sheet.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Engine, bindparam, delete, func, insert, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from charter.clock import now, today
from charter.config import Settings
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import CycleState
from charter.database.engine import after_commit
from charter.database.staff_rounds import Sheet, SheetDraft, StaffCode, StaffRound
from charter.services.actors import Actor
from charter.services.assessments import find_assessment, move, result_of
from charter.services.errors import Invalid, Refused
from charter.services.events import record_event
from charter.services.packs import pack_of
from charter.services.staff_codes import code_digest, new_code, read_ratings
from questionnaires.message import message
from scoring import read_sheets_result, result_json, score
from scoring.model import StaffView

MOST_CODES = 500
"""In one round; more than any organization has staff, and few enough for one page of slips after another."""
LONGEST = timedelta(days=120)
_REWRITES = "charter_rewrites_staff_tables"
_LOCK = 0x53484554  # any number: what PostgreSQL's advisory locks of rounds are called

# Put together once: it is asked with every page of ratings.
_LAST = (
    select(StaffRound)
    .where(StaffRound.assessment_id == bindparam("assessment"))
    .order_by(StaffRound.number.desc())
    .limit(1)
)

log = logging.getLogger(__name__)
_random = secrets.SystemRandom()


@dataclass(frozen=True)
class RoundView:
    """What may be shown of a closed round. `sheets` is their number, or `<k`; `codes` how many codes there were."""

    sheets: int | str
    codes: int
    criteria: Mapping[str, StaffView]


def find_round(db: Session, assessment_id: int) -> StaffRound | None:
    """The assessment's last staff round."""
    return db.scalar(_LAST, {"assessment": assessment_id})


def count_codes(db: Session, staff_round: StaffRound) -> int:
    """How many codes were made for the round; says nothing about how many were used."""
    return db.scalar(select(func.count()).where(StaffCode.round_id == staff_round.id)) or 0


def can_open(assessment: Assessment) -> bool:
    """Whether the state of things allows a new round, another open one aside."""
    return assessment.cycle.state is CycleState.OPEN and assessment.state in (
        AssessmentState.INVITED,
        AssessmentState.ANSWERING,
    )


def open_round(
    db: Session, actor: Actor, settings: Settings, *, assessment: Assessment, closes_on: date, staff: int
) -> tuple[StaffRound, list[str]]:
    """A new, empty round with a code for each of `staff` people; begins an assessment that was only invited.

    The codes are given once and kept nowhere. Refused while another round runs or the assessment is past answering;
    Invalid for a day or a number that cannot be.
    """
    _lock(db, -assessment.id)
    last = find_round(db, assessment.id)
    if last is not None and last.closed_at is None:
        raise Refused(message("A staff round is open already. Close it before you open another."))
    if not can_open(assessment):
        raise Refused(
            message("A staff round can be opened only while the cycle is open and the assessment not yet submitted.")
        )
    _check_day(settings, closes_on)
    least = pack_of(db, assessment.published_pack).defaults.minimum_sheets
    if staff < least:
        text_ = message(
            "A staff round needs at least {least} people. With fewer nothing could be shown, to protect each of them.",
            least=least,
        )
        raise Invalid({"staff": text_})
    if assessment.state is AssessmentState.INVITED:
        move(db, actor, assessment, "begin")
    opened = StaffRound(
        assessment_id=assessment.id,
        number=last.number + 1 if last else 1,
        opened_at=now(),
        opened_by_id=actor.id,
        closes_on=closes_on,
    )
    db.add(opened)
    db.flush()
    _record(db, "StaffRoundOpened", actor, assessment, round=opened.id, closes_on=closes_on.isoformat())
    return opened, add_codes(db, actor, settings, assessment=assessment, known=0, count=staff)


def add_codes(
    db: Session, actor: Actor, settings: Settings, *, assessment: Assessment, known: int, count: int
) -> list[str]:
    """So many more codes for the open round; given once and kept nowhere.

    `known` is how many there were on the page: a form that is sent twice makes codes once.
    """
    running = _running(db, assessment)
    lock_round(db, running.id)
    existing = count_codes(db, running)
    if existing != known:
        raise Refused(
            message("These codes were made already, and are shown only once. Make new ones if that page is lost.")
        )
    room = MOST_CODES - existing
    if not 1 <= count <= room:
        raise Invalid({"count": message("Please give a number from 1 to {room}.", room=room)})
    codes = [new_code() for _ in range(count)]
    rows = [{"code_digest": code_digest(settings.key, code), "round_id": running.id, "sent": False} for code in codes]
    # In the order of their digests, which says nothing of the order on the slips.
    db.execute(insert(StaffCode), sorted(rows, key=lambda row: str(row["code_digest"])))
    _record(db, "StaffCodesMade", actor, assessment, round=running.id, count=count)
    return codes


def move_last_day(db: Session, actor: Actor, settings: Settings, *, assessment: Assessment, closes_on: date) -> None:
    """The open round ends on another day. Invalid for a day that cannot be."""
    running = _running(db, assessment)
    _check_day(settings, closes_on)
    if running.closes_on != closes_on:
        running.closes_on = closes_on
        db.flush()
        _record(db, "StaffRoundProlonged", actor, assessment, round=running.id, closes_on=closes_on.isoformat())


def close_round(db: Session, actor: Actor | None, *, assessment: Assessment) -> StaffRound:
    """No more sheets; drafts are gone; what may be shown is made, once. Nothing opens it again.

    Refused if no round is open.
    """
    running = _running(db, assessment)
    lock_round(db, running.id)
    db.refresh(running)
    if running.closed_at is not None:
        raise Refused(message("This staff round is closed already."))
    codes = count_codes(db, running)
    db.execute(delete(SheetDraft).where(SheetDraft.round_id == running.id))
    shuffle(db, running.id, forget_who=True)
    running.closed_at = now()
    db.flush()
    # Not `refresh`: what is cached does not depend on sheets, and a closed assessment stays as it was frozen.
    pack, answers, _ = result_of(db, assessment)
    sheets = tuple(read_ratings(each) for each in _sheets(db, running.id))
    view = result_json(score(pack, replace(answers, sheets=sheets)))["sheets"]
    running.view = {**view, "codes": codes}
    db.flush()
    _record(db, "StaffRoundClosed", actor, assessment, round=running.id, sheets=view["sheets"], codes=codes)
    _rewrite_later(db)
    return running


def close_due_rounds(db: Session, settings: Settings) -> int:
    """Close every round whose last day is over, as of now; gives their number. For a job that runs every day."""
    due = db.scalars(
        select(StaffRound.assessment_id)
        .where(StaffRound.closed_at.is_(None), StaffRound.closes_on < today(settings.zone))
        .order_by(StaffRound.id)
    ).all()
    for assessment_id in due:
        assessment = find_assessment(db, assessment_id)
        if assessment is not None:
            close_round(db, None, assessment=assessment)
    return len(due)


def view_of(staff_round: StaffRound) -> RoundView | None:
    """What may be shown of a round; None while it runs."""
    stored = staff_round.view
    if stored is None:
        return None
    found = read_sheets_result(stored)
    return RoundView(found.sheets, stored["codes"], found.criteria)


def lock_round(db: Session, round_id: int) -> None:
    """Until the commit nobody else sends to, adds codes to or closes this round. SQLite has one writer anyway.

    An advisory lock, since a locked row would carry the transaction's number.
    """
    _lock(db, round_id)


def shuffle(db: Session, round_id: int, *, forget_who: bool = False) -> None:
    """Write the round's sheets anew, under new random ids, and its codes, both in random order.

    Where rows lie in the file, and PostgreSQL's transaction numbers, then tell nothing of who sent what or in which
    order. `forget_who`: from now on no code counts as used.
    """
    sheets = [{"id": secrets.token_hex(16), "round_id": round_id, "ratings": each} for each in _sheets(db, round_id)]
    codes = [
        {"code_digest": digest, "round_id": round_id, "sent": sent and not forget_who}
        for digest, sent in db.execute(
            select(StaffCode.code_digest, StaffCode.sent).where(StaffCode.round_id == round_id)
        ).all()
    ]
    for table, rows in ((Sheet, sheets), (StaffCode, codes)):
        db.execute(delete(table).where(table.round_id == round_id))
        if rows:
            _random.shuffle(rows)
            # SQLAlchemy sorts nothing here, and neither database does.
            db.execute(insert(table), rows)


def rewrite_tables(engine: Engine) -> None:
    """PostgreSQL keeps rows that were deleted until it finds time: take them out of the files now.

    If somebody holds the tables, the next close, or PostgreSQL itself, does it.
    """
    if engine.dialect.name != "postgresql":
        return
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET lock_timeout = '2s'"))
            try:
                connection.execute(text("VACUUM FULL sheet, sheet_draft, staff_code"))
            finally:
                connection.execute(text("RESET lock_timeout"))
    except OperationalError:
        log.warning("deleted rows of staff rounds are still in the files: the tables were in use")


def _rewrite_later(db: Session) -> None:
    """After the commit; once, however many rounds it closes."""
    engine = db.get_bind()
    assert isinstance(engine, Engine)  # noqa: S101 - sessions of this application are bound to engines

    def rewrite() -> None:
        db.info.pop(_REWRITES)
        rewrite_tables(engine)

    if _REWRITES not in db.info:
        db.info[_REWRITES] = True
        after_commit(db, rewrite)


def _lock(db: Session, number: int) -> None:
    """Rounds have positive numbers; a negative one is the assessment in which a round is being opened."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:lock, :number)"), {"lock": _LOCK, "number": number})


def _sheets(db: Session, round_id: int) -> list[Any]:
    return list(db.scalars(select(Sheet.ratings).where(Sheet.round_id == round_id)))


def _running(db: Session, assessment: Assessment) -> StaffRound:
    last = find_round(db, assessment.id)
    if last is None or last.closed_at is not None:
        raise Refused(message("No staff round is open."))
    return last


def _check_day(settings: Settings, closes_on: date) -> None:
    first = today(settings.zone)
    if closes_on < first:
        raise Invalid({"closes_on": message("The last day cannot be in the past.")})
    if closes_on > first + LONGEST:
        raise Invalid({"closes_on": message("A staff round lasts at most {days} days.", days=LONGEST.days)})


def _record(db: Session, name: str, actor: Actor | None, assessment: Assessment, **data: Any) -> None:
    record_event(
        db, name, actor=actor, organization_id=assessment.organization_id, assessment_id=assessment.id, data=data
    )
