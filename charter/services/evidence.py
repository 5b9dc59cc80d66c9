"""Evidence: files and links behind agreed ratings. A file is kept if and only if its row is."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, SessionTransaction, joinedload

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.engine import after_commit
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.jobs import Job
from charter.services.actors import Actor
from charter.services.answering import begin_changing, openness
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from charter.services.file_types import UnwantedFile, file_type
from charter.services.packs import pack_of
from charter.stores import Store
from questionnaires.khmer import one_order
from questionnaires.message import message

MOST = 30
"""Pieces of evidence for one criterion."""
LONGEST_TITLE = 200
LONGEST_ADDRESS = 2000
STRAY_AFTER = timedelta(hours=6)
"""Younger files may belong to a transaction that has not ended."""

_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f\\]")

_UNDO = "charter_undo"

log = logging.getLogger(__name__)


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
    if len(content) > limit:
        raise Invalid({"file": message("This file is too large: at most {size} MB.", size=limit // (1024 * 1024))})
    try:
        kind = file_type(content, name=file_name)
    except UnwantedFile as unwanted:
        raise Invalid({"file": unwanted.message}) from unwanted
    _open(db, actor, assessment, criterion_id)
    name = PurePath(_line(PurePath(file_name.replace("\\", "/")).name)).stem[: LONGEST_TITLE - 5] or "file"
    stored = store.put(content)
    _unless_committed(db, lambda: _delete(store, stored))
    row = Evidence(
        kind=EvidenceKind.FILE,
        title=_title(title, name),
        file_name=name + kind.suffix,
        stored_name=stored,
        media_type=kind.media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )
    return _add(db, actor, assessment, criterion_id, row)


def add_link(
    db: Session, actor: Actor, *, assessment: Assessment, criterion_id: str, title: str | None, url: str
) -> Evidence:
    """Keep the address of something on the web. Invalid unless it is an https address."""
    url = url.strip()
    host = _host(url)
    _open(db, actor, assessment, criterion_id)
    same = select(Evidence).where(
        Evidence.assessment_id == assessment.id,
        Evidence.criterion_id == criterion_id,
        Evidence.url == url,
        Evidence.removed_at.is_(None),
    )
    existing = db.scalar(same)
    if existing is not None:
        return existing
    row = Evidence(kind=EvidenceKind.LINK, title=_title(title, host), url=url)
    return _add(db, actor, assessment, criterion_id, row)


def remove_evidence(db: Session, actor: Actor, store: Store, *, assessment: Assessment, evidence_id: int) -> None:
    """Take it away; a file is deleted once that is on disk. Removing it twice is the same as once."""
    row = db.get(Evidence, evidence_id)
    if row is None or row.assessment_id != assessment.id:
        raise NotFound
    if row.removed_at is not None:
        return
    _open(db, actor, assessment, row.criterion_id, adding=False)
    row.removed_at = now()
    _record(db, "EvidenceRemoved", actor, assessment, row)
    stored = row.stored_name
    if stored is not None:
        after_commit(db, lambda: _delete(store, stored))


def evidence_of(
    db: Session, assessment_id: int, criterion_ids: Iterable[str] | None = None
) -> dict[str, list[Evidence]]:
    """What there is by criterion, oldest first, each with who added it; one statement. Of all criteria unless named."""
    query = select(Evidence).where(Evidence.assessment_id == assessment_id, Evidence.removed_at.is_(None))
    if criterion_ids is not None:
        query = query.where(Evidence.criterion_id.in_(list(criterion_ids)))
    found: dict[str, list[Evidence]] = {}
    for row in db.scalars(query.options(joinedload(Evidence.added_by)).order_by(Evidence.id)):
        found.setdefault(row.criterion_id, []).append(row)
    return found


def find_evidence(db: Session, assessment: Assessment, evidence_id: int) -> Evidence:
    """What is there under this number. NotFound if it is of another assessment, or was removed."""
    row = db.get(Evidence, evidence_id)
    if row is None or row.assessment_id != assessment.id or row.removed_at is not None:
        raise NotFound
    return row


def read_file(store: Store, row: Evidence) -> bytes:
    """The content of a file. NotFound for a link, or if the store has lost it."""
    if row.stored_name is None:
        raise NotFound
    try:
        return store.get(row.stored_name)
    except FileNotFoundError as error:
        log.error("evidence %s is not in the store", row.id)
        raise NotFound from error


def remove_strays(db: Session, store: Store) -> int:
    """Delete files that no row holds, left by a process that died between the two; gives their number."""
    held = set(db.scalars(select(Evidence.stored_name).where(Evidence.removed_at.is_(None))))
    held |= set(db.scalars(select(Job.stored_name)))
    before = now() - STRAY_AFTER
    strays = [name for name, since in store.names() if name not in held and since < before]
    for name in strays:
        store.delete(name)
    return len(strays)


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


def _host(url: str) -> str:
    wrong = Invalid({"url": message("Please give an address that begins with https://")})
    if len(url) > LONGEST_ADDRESS or _SPACE_OR_CONTROL.search(url):
        raise wrong
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise wrong from error
    if parts.scheme != "https" or not host or "." not in host or "@" in parts.netloc:
        raise wrong
    return host


def _title(title: str | None, otherwise: str) -> str:
    return (_line(title or "") or otherwise)[:LONGEST_TITLE]


def _line(text: str) -> str:
    """One line without characters that only steer: what people typed, nothing that could rearrange a page."""
    return one_order(" ".join("".join(each if each.isprintable() else " " for each in text).split()))


def _delete(store: Store, name: str) -> None:
    try:
        store.delete(name)
    except Exception:
        # Whoever waits for an answer cannot help; the sweep will.
        log.exception("a file could not be deleted from the store")


def _unless_committed(db: Session, undo: Callable[[], None]) -> None:
    """Undo something outside of the database if the transaction ends in any other way than a commit."""
    if _UNDO not in db.info:
        db.info[_UNDO] = []
        event.listen(db, "after_commit", _keep)
        event.listen(db, "after_transaction_end", _undo)
    db.info[_UNDO].append(undo)


def _keep(db: Session) -> None:
    if not db.in_nested_transaction():
        db.info[_UNDO].clear()


def _undo(db: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        while db.info[_UNDO]:
            db.info[_UNDO].pop()()
