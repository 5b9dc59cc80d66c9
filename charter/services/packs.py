"""Published packs: publishing a version, and reading it back."""

from __future__ import annotations

import io
import tempfile
import threading
import zipfile
from collections import OrderedDict
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.packs import ContentKind, PublishedPack
from charter.services.actors import Actor
from charter.services.errors import Refused
from charter.services.events import record_event
from questionnaires import Pack, load_pack
from questionnaires.message import message
from questionnaires.places import find_pack, project_standards
from questionnaires.problems import Problems

MOST_KEPT = 16

_loaded: OrderedDict[str, Pack] = OrderedDict()
_lock = threading.Lock()


def publish_pack(db: Session, actor: Actor | None, folder: Path | str) -> PublishedPack:
    """Freeze the pack in that folder (or with that id). PackError if it has errors; Refused if the version exists."""
    pack = load_pack(folder)
    if find_published(db, pack.id, pack.version):
        raise Refused(
            message(
                "{pack} {version} is published already, and a published version never changes. Give it a new version.",
                pack=pack.id,
                version=pack.version,
            )
        )
    row = PublishedPack(
        kind=ContentKind.PACK,
        pack=pack.id,
        version=pack.version,
        title=pack.title,
        language=pack.language,
        fingerprint=pack.fingerprint,
        archive=archived(folder, pack),
        published_at=now(),
        published_by_id=actor.id if actor else None,
    )
    db.add(row)
    db.flush()
    record_event(
        db,
        "PackPublished",
        actor=actor,
        data={"pack": pack.id, "version": pack.version, "fingerprint": pack.fingerprint},
    )
    return row


def find_published(db: Session, pack: str, version: str) -> PublishedPack | None:
    """That version of that pack."""
    return db.scalar(
        select(PublishedPack).where(
            PublishedPack.kind == ContentKind.PACK, PublishedPack.pack == pack, PublishedPack.version == version
        )
    )


def published_packs(db: Session) -> list[PublishedPack]:
    """Every published version, newest first."""
    return list(db.scalars(select(PublishedPack).order_by(PublishedPack.published_at.desc(), PublishedPack.id.desc())))


def pack_of(db: Session, published: PublishedPack) -> Pack:
    """The pack as it was published; read once per process."""
    key = f"{published.id} {published.fingerprint}"
    with _lock:
        if key in _loaded:
            _loaded.move_to_end(key)
            return _loaded[key]
    pack = unpacked(published.archive)
    with _lock:
        _loaded[key] = pack
        while len(_loaded) > MOST_KEPT:
            _loaded.popitem(last=False)
    return pack


def unpacked(archive: bytes) -> Pack:
    """The pack in an archive that `archived` made."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder)
        return load_pack(folder)


def archived(folder: Path | str, pack: Pack) -> bytes:
    """A ZIP of the pack's files and of every standard that it is read with, so that it stays as it is."""
    found = find_pack(str(folder), Problems())
    assert found is not None  # noqa: S101 - it has just been loaded
    project = project_standards()
    files = {path.name: path for path in sorted(found.glob("*.yaml"))}
    files |= {f"standards/{path.name}": path for path in sorted((found / "standards").glob("*.yaml"))}
    for standard in pack.standards:
        if f"standards/{standard.id}.yaml" not in files and standard.id in project:
            source = project[standard.id]
            files |= {f"standards/{path.name}": path for path in sorted(source.parent.glob(f"{standard.id}.*yaml"))}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
