"""Files and links as evidence, whatever they stand behind. A file is kept if and only if its row is."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import PurePath
from urllib.parse import urlsplit

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

from charter.clock import now
from charter.database.engine import after_commit
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.jobs import Job
from charter.database.resources import Resource
from charter.services.errors import Invalid, NotFound
from charter.services.file_types import FileType, UnwantedFile, file_type
from charter.stores import Store
from questionnaires.khmer import one_order
from questionnaires.message import message

MOST = 30
"""Pieces of evidence for one thing."""
LONGEST_TITLE = 200
LONGEST_ADDRESS = 2000
STRAY_AFTER = timedelta(hours=6)
"""Younger files may belong to a transaction that has not ended."""

_SPACE_OR_CONTROL = re.compile(r"[\s\x00-\x1f\x7f\\]")

_UNDO = "charter_undo"

log = logging.getLogger(__name__)


def checked_file(content: bytes, *, name: str, limit: int) -> FileType:
    """What the file is. Invalid for one that is not taken: of another kind, or of more than `limit` bytes."""
    if len(content) > limit:
        raise Invalid({"file": message("This file is too large: at most {size} MB.", size=limit // (1024 * 1024))})
    try:
        return file_type(content, name=name)
    except UnwantedFile as unwanted:
        raise Invalid({"file": unwanted.message}) from unwanted


def file_row(
    db: Session, store: Store, kind: FileType, *, title: str | None, file_name: str, content: bytes
) -> Evidence:
    """Put a checked file into the store; gives its row, which its caller adds.

    If the transaction fails, so that there is no row, the file is deleted again.
    """
    name = PurePath(_line(PurePath(file_name.replace("\\", "/")).name)).stem[: LONGEST_TITLE - 5] or "file"
    stored = store.put(content)
    _unless_committed(db, lambda: _delete(store, stored))
    return Evidence(
        kind=EvidenceKind.FILE,
        title=_title(title, name),
        file_name=name + kind.suffix,
        stored_name=stored,
        media_type=kind.media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
    )


def link_row(*, title: str | None, url: str) -> Evidence:
    """The row of something on the web, which its caller adds. Invalid unless it is an https address."""
    url = url.strip()
    return Evidence(kind=EvidenceKind.LINK, title=_title(title, _host(url)), url=url)


def forget_file(db: Session, store: Store, row: Evidence) -> None:
    """Mark the row as removed; its file is deleted once that is on disk."""
    row.removed_at = now()
    stored = row.stored_name
    if stored is not None:
        after_commit(db, lambda: _delete(store, stored))


def read_file(store: Store, row: Evidence) -> bytes:
    """The content of a file. NotFound for a link, or if the store has lost it."""
    if row.stored_name is None:
        raise NotFound
    try:
        return store.get(row.stored_name)
    except FileNotFoundError as error:
        log.error("evidence %s is not in the store", row.id)
        raise NotFound from error


def remove_strays(sessions: sessionmaker[Session], store: Store) -> int:
    """Delete files that no row holds, left by a process that died between the two; gives their number.

    A store in a network may take minutes to list: no transaction is open meanwhile, nor while files are deleted.
    A file listed here is old, so a row that holds it was there before the list or never will be.
    """
    before = now() - STRAY_AFTER
    old = [name for name, since in store.names() if since < before]
    if not old:
        return 0
    with sessions() as db:
        held = _held(db)
    strays = [name for name in old if name not in held]
    for name in strays:
        store.delete(name)
    return len(strays)


def _held(db: Session) -> set[str | None]:
    return {
        *db.scalars(select(Evidence.stored_name).where(Evidence.removed_at.is_(None))),
        *db.scalars(select(Job.stored_name)),
        *db.scalars(select(Resource.stored_name)),
    }


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
