"""A sheet, seen from whoever holds its code: what is asked, the draft, and sending it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session, joinedload

from charter.clock import now, today
from charter.config import Settings
from charter.database.assessments import Assessment, AssessmentState
from charter.database.row_security import seeing_everything
from charter.database.sessions import Attempt
from charter.database.staff_rounds import Sheet, SheetDraft, StaffCode, StaffRound
from charter.security import keyed_hash
from charter.services.applicability import stored_facts
from charter.services.attempts import network_of
from charter.services.errors import Refused
from charter.services.events import record_event
from charter.services.packs import pack_of
from charter.services.staff_codes import code_digest, draft_place, seal, unseal
from charter.services.staff_rounds import lock_round, shuffle
from questionnaires.message import message
from questionnaires.model import Criterion, Group, Pack
from scoring import Answers, states
from scoring.model import Choice, State

MOST_WRONG = 60
"""Wrong codes from one address in an hour: a whole office may share one. Guessing 80 bits is hopeless at any rate."""
_KIND = "staff-code"
_OVER = frozenset({AssessmentState.CLOSED, AssessmentState.WITHDRAWN})

Rating = int | Choice

# Put together once: they are asked with every page.
_BY_DIGEST = (
    select(StaffCode.sent, StaffRound, Assessment)
    .join(StaffRound, StaffRound.id == StaffCode.round_id)
    .join(Assessment, Assessment.id == StaffRound.assessment_id)
    .where(StaffCode.code_digest == bindparam("digest"))
    .options(joinedload(Assessment.organization, innerjoin=True), joinedload(Assessment.published_pack, innerjoin=True))
)
_DRAFT = select(SheetDraft.ciphertext).where(SheetDraft.draft_key == bindparam("place"))


@dataclass(frozen=True)
class Respondent:
    """Whoever holds this code, for the time of one request."""

    code: str = field(repr=False)
    round: StaffRound
    assessment: Assessment
    sent: bool
    accepts: bool
    """Whether the round takes answers today."""


@dataclass(frozen=True)
class Page:
    """What is asked together: a group that holds criteria, and those of them that may concern the organization."""

    group: Group
    parent: Group | None
    criteria: tuple[Criterion, ...]


def find_respondent(db: Session, settings: Settings, code: str) -> Respondent | None:
    """What that code opens; None if there is no such code. One statement."""
    with seeing_everything(db):  # the code says whose it is
        row = db.execute(_BY_DIGEST, {"digest": code_digest(settings.key, code)}).one_or_none()
    if row is None:
        return None
    sent, staff_round, assessment = row
    return Respondent(code, staff_round, assessment, sent, _accepts(settings, staff_round, assessment))


def pages_of(db: Session, respondent: Respondent, *, language: str) -> tuple[Pack, list[Page]]:
    """The questionnaire in that language, and what it asks. One statement.

    A criterion is left out only if a fact that the organization stated says so; what is not known hides nothing.
    """
    pack = pack_of(db, respondent.assessment.published_pack)
    shown = pack.translated(language) if language in pack.languages else pack
    found = states(pack, Answers(pack.id, pack.version, facts=stored_facts(db, respondent.assessment.id)))
    parents = {inner.id: group for group in shown.all_groups for inner in group.groups}
    pages = []
    for group in shown.all_groups:
        asked = tuple(each for each in group.criteria if found[each.id] is not State.EXCLUDED)
        if asked:
            pages.append(Page(group, parents.get(group.id), asked))
    return shown, pages


def read_draft(db: Session, settings: Settings, respondent: Respondent) -> dict[str, Rating]:
    """What is saved under this code so far. One statement."""
    place = draft_place(settings.key, respondent.code)
    sealed = db.scalar(_DRAFT, {"place": place})
    return {} if sealed is None else unseal(settings.key, respondent.code, sealed)


def save_ratings(
    db: Session, settings: Settings, respondent: Respondent, ratings: Mapping[str, Rating | None]
) -> dict[str, Rating]:
    """Put these ratings into the draft; None takes one back. What is not named stays, so that tabs lose nothing.

    Gives the draft as it is now. Refused if the sheet was sent or the round takes none any more.
    """
    lock_round(db, respondent.round.id)
    _must_accept(db, settings, respondent)
    merged: dict[str, Rating | None] = {**read_draft(db, settings, respondent), **ratings}
    draft = {name: rating for name, rating in merged.items() if rating is not None}
    place = draft_place(settings.key, respondent.code)
    db.execute(delete(SheetDraft).where(SheetDraft.draft_key == place))
    if draft:
        sealed = seal(settings.key, respondent.code, draft)
        db.add(SheetDraft(draft_key=place, round_id=respondent.round.id, ciphertext=sealed))
        db.flush()
    return draft


def send_sheet(db: Session, settings: Settings, respondent: Respondent) -> None:
    """The draft becomes a sheet that nobody can trace to the code, and is deleted. It cannot be changed any more.

    Refused if it was sent before, says nothing, or the round takes none any more.
    """
    lock_round(db, respondent.round.id)
    _must_accept(db, settings, respondent)
    _pack, pages = pages_of(db, respondent, language="")
    asked = {criterion.id for page in pages for criterion in page.criteria}
    draft = read_draft(db, settings, respondent)
    ratings = {name: draft[name] for name in sorted(draft) if name in asked}
    if not ratings:
        raise Refused(message("There is nothing to send yet: no question has been answered."))
    round_id = respondent.round.id
    db.execute(delete(SheetDraft).where(SheetDraft.draft_key == draft_place(settings.key, respondent.code)))
    db.add(Sheet(id=secrets.token_hex(16), round_id=round_id, ratings=ratings))
    db.execute(
        update(StaffCode).where(StaffCode.code_digest == code_digest(settings.key, respondent.code)).values(sent=True)
    )
    db.flush()
    shuffle(db, round_id)
    # Of no assessment: on its page of events a lead could count them, and learn who has answered.
    midnight = datetime.combine(today(settings.zone), time.min, settings.zone).astimezone(UTC)
    record_event(db, "SheetSent", actor=None, at=midnight)


def is_blocked(db: Session, settings: Settings, address: str) -> bool:
    """Whether too many wrong codes came from this address within the hour."""
    hour = _this_hour()
    wrong = select(func.count()).where(
        Attempt.kind == _KIND, Attempt.key == _sender(settings, address, hour), Attempt.at >= hour
    )
    return (db.scalar(wrong) or 0) >= MOST_WRONG


def note_wrong_code(db: Session, settings: Settings, address: str) -> None:
    """Count a wrong code: with the hour, under a key of the day that cannot be turned back into the address."""
    hour = _this_hour()
    db.execute(delete(Attempt).where(Attempt.kind == _KIND, Attempt.at < hour))
    db.add(Attempt(kind=_KIND, key=_sender(settings, address, hour), at=hour))
    db.flush()


def _accepts(settings: Settings, staff_round: StaffRound, assessment: Assessment) -> bool:
    return (
        staff_round.closed_at is None
        and today(settings.zone) <= staff_round.closes_on
        and assessment.state not in _OVER
    )


def _must_accept(db: Session, settings: Settings, respondent: Respondent) -> None:
    """As it is now, under the lock, not as it was when the request began."""
    db.refresh(respondent.round)
    digest = code_digest(settings.key, respondent.code)
    if db.scalar(select(StaffCode.sent).where(StaffCode.code_digest == digest)) is not False:
        raise Refused(message("This sheet was sent before. It cannot be changed any more."))
    if not _accepts(settings, respondent.round, respondent.assessment):
        raise Refused(message("This staff round is closed. No more answers can be given."))


def _this_hour() -> datetime:
    return now().replace(minute=0, second=0, microsecond=0)


def _sender(settings: Settings, address: str, hour: datetime) -> str:
    return keyed_hash(settings.key, f"staff codes of {hour.date().isoformat()}", network_of(address))
