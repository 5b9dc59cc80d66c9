"""Actions that are carried out: finding one, moving it on, writing how it goes. Only those of a committed plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Text, func, select, type_coerce
from sqlalchemy.orm import Session, contains_eager, joinedload

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState, ProgressNote
from charter.services.action_states import OPEN, ActionMove, action_moves_from, find_action_move
from charter.services.actors import Actor
from charter.services.assessments import party_in
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.events import record_event
from charter.services.states import Party
from questionnaires.khmer import one_order
from questionnaires.message import Message, message

LONGEST_NOTE = 5000

_COLUMNS = [column.key for column in Action.__table__.columns]


def find_action(db: Session, action_id: int) -> Action | None:
    """An action that is or was carried out, with its plan, assessment and people; one statement."""
    return db.scalar(
        select(Action)
        .join(Action.plan)
        .where(Action.id == action_id, Action.decision == Decision.ACT, Plan.state != PlanState.DRAFT)
        .options(
            contains_eager(Action.plan).joinedload(Plan.organization),
            contains_eager(Action.plan).joinedload(Plan.assessment).joinedload(Assessment.published_pack),
            contains_eager(Action.plan).joinedload(Plan.assessment).joinedload(Assessment.cycle),
            joinedload(Action.owner),
            joinedload(Action.done_by),
            joinedload(Action.verified_by),
        )
    )


def days_late(action: Action, *, today: date) -> int:
    """Days since it was due; 0 unless something is still to be done and that day is over."""
    return max((today - action.due_on).days, 0) if action.status in OPEN else 0


def moves_of(actor: Actor, action: Action) -> tuple[ActionMove, ...]:
    """What this actor may do with it now, evidence aside."""
    if action.plan.state is not PlanState.COMMITTED:
        return ()
    found = action_moves_from(action.status, party_in(actor, action.organization_id))
    return tuple(each for each in found if not (each.needs_second_person and action.done_by_id == actor.id))


def move_action(
    db: Session, actor: Actor, *, action: Action, name: str, known_version: int, reason: str | None = None
) -> None:
    """Move the action on by `name`, with its event.

    Refused where its status, the actor, or missing evidence forbid it; Invalid (`reason`) without a reason that is
    needed; Stale, with the action as it is, if it was changed since `known_version`.
    """
    begin_action(db, actor, action, known_version=known_version)
    move = find_action_move(name, action.status)
    reason = clean(reason, "reason")
    problem = why_not(db, actor, action, move)
    if problem is not None:
        raise Refused(problem)
    assert move is not None  # noqa: S101 - otherwise there was a problem
    if move.needs_reason and reason is None:
        raise Invalid({"reason": message("Please give a reason.")})
    make_move(db, actor, action, move, reason)


def add_note(db: Session, actor: Actor, *, action: Action, text: str, percent: int | None = None) -> ProgressNote:
    """Write how it goes; a note is never changed. `percent` also says how far it is, which only its people may.

    Sent twice it is kept once. Invalid without words, or for a percentage that is none.
    """
    begin_action(db, actor, action)
    words = clean(text, "text")
    if words is None:
        raise Invalid({"text": message("Please write in a sentence how it goes.")})
    if percent is not None and percent != action.percent:
        if party_in(actor, action.organization_id) not in (Party.LEAD, Party.CONTRIBUTOR):
            raise NotFound
        if action.status not in OPEN:
            raise Refused(message("How far it is can be changed only while something is still to be done."))
        check_percent(percent)
    last = db.scalar(
        select(ProgressNote).where(ProgressNote.action_id == action.id).order_by(ProgressNote.id.desc()).limit(1)
    )
    if last is not None and (last.by_id, last.text) == (actor.id, words) and percent in (None, action.percent):
        return last
    data: dict[str, Any] = {}
    if percent is not None and percent != action.percent:
        data["percent"] = [action.percent, percent]
        action.percent = percent
        touch(action)
    note = ProgressNote(
        action_id=action.id, text=words, status=action.status, percent=action.percent, at=now(), by_id=actor.id
    )
    db.add(note)
    db.flush()
    record_action(db, "ProgressNoted", actor, action, note=note.id, **data)
    return note


def notes_of(db: Session, action_id: int) -> list[ProgressNote]:
    """Every note, newest first, with who wrote it."""
    return list(
        db.scalars(
            select(ProgressNote)
            .where(ProgressNote.action_id == action_id)
            .options(joinedload(ProgressNote.by))
            .order_by(ProgressNote.id.desc())
        )
    )


def action_events(db: Session, action: Action) -> list[Event]:
    """What happened to one action, newest first, with who did it."""
    # Canonical JSON sorts its keys, and "action" is the first of them in every event of an action.
    return list(
        db.scalars(
            select(Event)
            .where(
                Event.assessment_id == action.plan.assessment_id,
                type_coerce(Event.data, Text).startswith(f'{{"action":{action.id},'),
            )
            .options(joinedload(Event.actor))
            .order_by(Event.id.desc())
        )
    )


def begin_action(db: Session, actor: Actor, action: Action, *, known_version: int | None = None) -> None:
    """Before a change: read again where it stands, and let nobody else change it until the commit.

    NotFound for whoever has no part in it; Refused unless its plan is carried out now; Stale for an older version.
    """
    if party_in(actor, action.organization_id) in (None, Party.COORDINATOR):
        raise NotFound
    db.refresh(action, _COLUMNS, with_for_update=True)
    db.refresh(action.plan, ["state"])
    if action.plan.state is PlanState.ENDED:
        raise Refused(message("This plan has ended: a later one has taken its place."))
    if action.plan.state is not PlanState.COMMITTED or action.decision is not Decision.ACT:
        raise Refused(message("This plan is being changed. Go on once it is committed again."))
    if known_version is not None and action.version != known_version:
        raise Stale(action)


def why_not(db: Session, actor: Actor, action: Action, move: ActionMove | None) -> Message | None:
    """Why this actor cannot make this move, None if they can; a missing reason aside."""
    if move is None or party_in(actor, action.organization_id) not in move.parties:
        return message("This cannot be done now: the action has moved on in the meantime.")
    if move.needs_second_person and action.done_by_id == actor.id:
        return message("Whoever said that it is done cannot verify it: that takes a second person.")
    if move.needs_evidence and not count_evidence(db, action.id):
        return message("Add at least one piece of evidence first: a document, a photo or a link.")
    return None


def make_move(db: Session, actor: Actor, action: Action, move: ActionMove, reason: str | None) -> None:
    """Make a move that nothing speaks against."""
    moment = now()
    if move.end is ActionStatus.DONE:
        action.done_at, action.done_by_id = moment, actor.id
    elif move.end is ActionStatus.VERIFIED:
        action.verified_at, action.verified_by_id = moment, actor.id
    else:
        # Who had said so before stays in the events.
        action.done_at = action.done_by_id = action.verified_at = action.verified_by_id = None
    action.status, action.status_reason = move.end, reason
    touch(action)
    db.flush()
    db.expire(action, ["done_by", "verified_by"])
    record_action(db, move.event, actor, action, reason=reason, status=[move.start.value, move.end.value])


def touch(action: Action) -> None:
    """Count a change."""
    action.version += 1
    action.updated_at = now()


def record_action(
    db: Session, name: str, actor: Actor, action: Action, *, reason: str | None = None, **data: Any
) -> None:
    """The event of a change of one action."""
    record_event(
        db,
        name,
        actor=actor,
        organization_id=action.organization_id,
        assessment_id=action.plan.assessment_id,
        reason=reason,
        data={"action": action.id, "version": action.version, **data},
    )


def count_evidence(db: Session, action_id: int) -> int:
    """Pieces of evidence that it has now."""
    query = select(func.count()).where(Evidence.action_id == action_id, Evidence.removed_at.is_(None))
    return db.scalar(query) or 0


def check_percent(percent: int) -> None:
    """Invalid unless it lies between 0 and 100."""
    if not 0 <= percent <= 100:
        raise Invalid({"percent": message("Please give a number from 0 to 100.")})


def clean(text: str | None, field: str) -> str | None:
    """What was typed, tidied; None where nothing was. Invalid if it is too long or no text."""
    text = one_order((text or "").replace("\r\n", "\n").strip())
    if len(text) > LONGEST_NOTE:
        problem = message("This has {count} characters; there is room for {most}.", count=len(text), most=LONGEST_NOTE)
        raise Invalid({field: problem})
    if "\x00" in text:
        raise Invalid({field: message("This holds a character that no text has.")})
    return text or None
