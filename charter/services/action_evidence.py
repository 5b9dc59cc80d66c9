"""Evidence that an action was done. It can be added until the action is verified, and removed until it is done."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.evidence import Evidence
from charter.database.plans import Action, ActionStatus
from charter.services.action_states import OPEN
from charter.services.actions import begin_action, count_evidence, record_action
from charter.services.actors import Actor
from charter.services.assessments import party_in
from charter.services.errors import NotFound, Refused
from charter.services.evidence_files import MOST, checked_file, file_row, forget_file, link_row
from charter.services.states import Party
from charter.stores import Store
from questionnaires.message import message

ADDABLE = (*OPEN, ActionStatus.DONE)
"""Where evidence can still be added."""


def add_action_file(
    db: Session,
    actor: Actor,
    store: Store,
    *,
    action: Action,
    title: str | None,
    file_name: str,
    content: bytes,
    limit: int,
) -> Evidence:
    """Keep a file of at most `limit` bytes. Invalid for one that is not taken; Refused where nothing can be added."""
    kind = checked_file(content, name=file_name, limit=limit)
    _require_room(db, actor, action)
    row = file_row(db, store, kind, title=title, file_name=file_name, content=content)
    return _add(db, actor, action, row)


def add_action_link(db: Session, actor: Actor, *, action: Action, title: str | None, url: str) -> Evidence:
    """Keep the address of something on the web, once. Invalid unless it is an https address."""
    row = link_row(title=title, url=url)
    _require_room(db, actor, action)
    same = select(Evidence).where(
        Evidence.action_id == action.id, Evidence.url == row.url, Evidence.removed_at.is_(None)
    )
    return db.scalar(same) or _add(db, actor, action, row)


def remove_action_evidence(db: Session, actor: Actor, store: Store, *, action: Action, evidence_id: int) -> None:
    """Take it away; a file is deleted once that is on disk. Removing it twice is the same as once.

    Refused once the action is done: what was said to be shown must stay, until the action is taken back.
    """
    row = db.get(Evidence, evidence_id)
    if row is None or row.action_id != action.id:
        raise NotFound
    if row.removed_at is not None:
        return
    _begin(db, actor, action)
    if action.status not in OPEN:
        raise Refused(message("What shows that the action is done cannot be removed. Take the action back first."))
    forget_file(db, store, row)
    record_action(db, "EvidenceRemoved", actor, action, evidence=row.id, sha256=row.sha256)


def evidence_of_action(db: Session, action_id: int) -> list[Evidence]:
    """What there is, oldest first, each with who added it."""
    return list(
        db.scalars(
            select(Evidence)
            .where(Evidence.action_id == action_id, Evidence.removed_at.is_(None))
            .options(joinedload(Evidence.added_by))
            .order_by(Evidence.id)
        )
    )


def find_action_evidence(db: Session, action: Action, evidence_id: int) -> Evidence:
    """What is there under this number. NotFound if it is of something else, or was removed."""
    row = db.get(Evidence, evidence_id)
    if row is None or row.action_id != action.id or row.removed_at is not None:
        raise NotFound
    return row


def _begin(db: Session, actor: Actor, action: Action) -> None:
    if party_in(actor, action.organization_id) not in (Party.LEAD, Party.CONTRIBUTOR):
        raise NotFound
    begin_action(db, actor, action)


def _require_room(db: Session, actor: Actor, action: Action) -> None:
    _begin(db, actor, action)
    if action.status not in ADDABLE:
        raise Refused(message("Evidence can be added only until the action is verified or dropped."))
    if count_evidence(db, action.id) >= MOST:
        raise Refused(message("There are {most} pieces of evidence here already. Remove one first.", most=MOST))


def _add(db: Session, actor: Actor, action: Action, row: Evidence) -> Evidence:
    row.assessment_id = action.plan.assessment_id
    row.action_id = action.id
    row.added_at = now()
    row.added_by_id = actor.id
    db.add(row)
    db.flush()
    record_action(db, "EvidenceAdded", actor, action, evidence=row.id, sha256=row.sha256)
    return row
