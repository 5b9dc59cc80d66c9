"""Published packs and standards: publishing a version, and reading it back."""

from __future__ import annotations

import io
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.packs import ContentKind, PublishedPack
from charter.services.actors import Actor
from charter.services.errors import Refused
from charter.services.events import record_event
from questionnaires import Pack, PackError, load_pack
from questionnaires.fingerprint import fingerprint
from questionnaires.loader import read_standard
from questionnaires.message import message
from questionnaires.places import find_pack, project_standards
from questionnaires.problems import Problems

MOST_KEPT = 16

_loaded: OrderedDict[str, Pack] = OrderedDict()
_lock = threading.Lock()


def publish_pack(db: Session, actor: Actor | None, folder: Path | str) -> PublishedPack:
    """Freeze the pack in that folder (or with that id). PackError if it has errors; Refused if the version exists."""
    pack = load_pack(folder)
    row = PublishedPack(
        kind=ContentKind.PACK,
        pack=pack.id,
        version=pack.version,
        title=pack.title,
        language=pack.language,
        fingerprint=pack.fingerprint,
        archive=archived(folder, pack),
    )
    return _publish(db, actor, row)


def publish_standard(db: Session, actor: Actor | None, path: Path) -> PublishedPack:
    """Freeze the standard in that file, with its translations. PackError if it has errors; Refused as for packs."""
    problems = Problems()
    source = read_standard(path, problems)
    if source is None or problems.errors:
        raise PackError(problems.sorted())
    raw = source.raw
    translations = {language: each.raw for language, each in source.translations.items()}
    row = PublishedPack(
        kind=ContentKind.STANDARD,
        pack=str(raw["standard"]),
        version=str(raw["version"]),
        title=str(raw["title"]),
        language=str(raw["language"]),
        fingerprint=fingerprint({"standard": raw, "translations": translations}),
        archive=_zipped({file.name: file for file in path.parent.glob(f"{path.stem}.*yaml")}),
    )
    return _publish(db, actor, row)


def find_published(db: Session, pack: str, version: str, kind: ContentKind = ContentKind.PACK) -> PublishedPack | None:
    """That version of that pack, or standard."""
    return db.scalar(
        select(PublishedPack).where(
            PublishedPack.kind == kind, PublishedPack.pack == pack, PublishedPack.version == version
        )
    )


def find_published_pack(db: Session, published_id: int) -> PublishedPack | None:
    """The published pack with this id; no standard."""
    found = db.get(PublishedPack, published_id)
    return found if found is not None and found.kind is ContentKind.PACK else None


def published_packs(db: Session, kind: ContentKind = ContentKind.PACK) -> list[PublishedPack]:
    """Every published version, newest first."""
    return list(
        db.scalars(
            select(PublishedPack)
            .where(PublishedPack.kind == kind)
            .order_by(PublishedPack.published_at.desc(), PublishedPack.id.desc())
        )
    )


def latest_published(db: Session, pack: str, kind: ContentKind = ContentKind.PACK) -> PublishedPack | None:
    """The version that was published last."""
    return db.scalar(
        select(PublishedPack)
        .where(PublishedPack.kind == kind, PublishedPack.pack == pack)
        .order_by(PublishedPack.published_at.desc(), PublishedPack.id.desc())
        .limit(1)
    )


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
    return _zipped(files)


def files_in(archive: bytes) -> dict[str, bytes]:
    """The files of an archive that was made here, by name."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        return {name: files.read(name) for name in files.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP that is the same whenever it is made."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _zipped(files: Mapping[str, Path]) -> bytes:
    return zipped({name: path.read_bytes() for name, path in files.items()})


def _publish(db: Session, actor: Actor | None, row: PublishedPack) -> PublishedPack:
    frozen = Refused(
        message(
            "{pack} {version} is published already, and a published version never changes. Give it a new version.",
            pack=row.pack,
            version=row.version,
        )
    )
    if find_published(db, row.pack, row.version, row.kind):
        raise frozen
    row.published_at = now()
    row.published_by_id = actor.id if actor else None
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError as error:  # somebody published it in between
        raise frozen from error
    record_event(
        db,
        "PackPublished" if row.kind is ContentKind.PACK else "StandardPublished",
        actor=actor,
        data={row.kind.value: row.pack, "version": row.version, "fingerprint": row.fingerprint},
    )
    return row
