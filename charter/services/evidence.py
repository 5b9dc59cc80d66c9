"""Evidence behind agreed ratings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.evidence import Evidence
from charter.services.actors import Actor
from charter.services.answering import begin_changing, openness
from charter.services.errors import NotFound, Refused
from charter.services.events import record_event
from charter.services.evidence_files import MOST, checked_file, file_row, forget_file, link_row
from charter.services.packs import pack_of
from charter.stores import Store
from questionnaires.message import message


def add_file(
    db: Session,
    actor: Actor,
    store: Store,
    *,
    assessment: Assessment,
    criterion_id: str,
    title: str | None,
    file_name: str,
    content: bytes,
    limit: int,
) -> Evidence:
    """Keep a file of at most `limit` bytes. Invalid for one that is not taken; Refused where nothing can be changed.

    If the transaction fails, so that there is no row, the file is deleted again.
    """
    kind = checked_file(content, name=file_name, limit=limit)
    _open(db, actor, assessment, criterion_id)
    row = file_row(db, store, kind, title=title, file_name=file_name, content=content)
    return _add(db, actor, assessment, criterion_id, row)


def add_link(
    db: Session, actor: Actor, *, assessment: Assessment, criterion_id: str, title: str | None, url: str
) -> Evidence:
    """Keep the address of something on the web. Invalid unless it is an https address."""
    row = link_row(title=title, url=url)
    _open(db, actor, assessment, criterion_id)
    same = select(Evidence).where(
        Evidence.assessment_id == assessment.id,
        Evidence.criterion_id == criterion_id,
        Evidence.url == row.url,
        Evidence.removed_at.is_(None),
    )
    existing = db.scalar(same)
    if existing is not None:
        return existing
    return _add(db, actor, assessment, criterion_id, row)


def remove_evidence(db: Session, actor: Actor, store: Store, *, assessment: Assessment, evidence_id: int) -> None:
    """Take it away; a file is deleted once that is on disk. Removing it twice is the same as once."""
    row = db.get(Evidence, evidence_id)
    if row is None or row.assessment_id != assessment.id or row.criterion_id is None:
        raise NotFound
    if row.removed_at is not None:
        return
    _open(db, actor, assessment, row.criterion_id, adding=False)
    forget_file(db, store, row)
    _record(db, "EvidenceRemoved", actor, assessment, row)


def evidence_of(
    db: Session, assessment_id: int, criterion_ids: Iterable[str] | None = None
) -> dict[str, list[Evidence]]:
    """What there is by criterion, oldest first, each with who added it; one statement. Of all criteria unless named."""
    query = select(Evidence).where(
        Evidence.assessment_id == assessment_id, Evidence.criterion_id.is_not(None), Evidence.removed_at.is_(None)
    )
    if criterion_ids is not None:
        query = query.where(Evidence.criterion_id.in_(list(criterion_ids)))
    found: dict[str, list[Evidence]] = {}
    for row in db.scalars(query.options(joinedload(Evidence.added_by)).order_by(Evidence.id)):
        found.setdefault(row.criterion_id or "", []).append(row)
    return found


def find_evidence(db: Session, assessment: Assessment, evidence_id: int) -> Evidence:
    """What is there under this number. NotFound if it is of another assessment, of an action, or was removed."""
    row = db.get(Evidence, evidence_id)
    if row is None or row.assessment_id != assessment.id or row.criterion_id is None or row.removed_at is not None:
        raise NotFound
    return row


def _open(db: Session, actor: Actor, assessment: Assessment, criterion_id: str, *, adding: bool = True) -> None:
    if not pack_of(db, assessment.published_pack).has_criterion(criterion_id):
        raise NotFound
    begin_changing(db, actor, assessment)
    openness(db, assessment).require(criterion_id)
    count = select(func.count()).where(
        Evidence.assessment_id == assessment.id,
        Evidence.criterion_id == criterion_id,
        Evidence.removed_at.is_(None),
    )
    if adding and (db.scalar(count) or 0) >= MOST:
        raise Refused(message("There are {most} pieces of evidence here already. Remove one first.", most=MOST))


def _add(db: Session, actor: Actor, assessment: Assessment, criterion_id: str, row: Evidence) -> Evidence:
    row.assessment_id = assessment.id
    row.criterion_id = criterion_id
    row.added_at = now()
    row.added_by_id = actor.id
    db.add(row)
    db.flush()
    _record(db, "EvidenceAdded", actor, assessment, row)
    return row


def _record(db: Session, name: str, actor: Actor, assessment: Assessment, row: Evidence) -> None:
    data: dict[str, Any] = {"evidence": row.id, "criterion": row.criterion_id, "sha256": row.sha256}
    record_event(
        db, name, actor=actor, organization_id=assessment.organization_id, assessment_id=assessment.id, data=data
    )
