"""Packs and standards that coordinators upload: taking the files out safely, checking them, publishing them."""

from __future__ import annotations

import re
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.packs import ContentKind, PackUpload, PublishedPack
from charter.services.actors import Actor
from charter.services.errors import Invalid, Refused
from charter.services.events import record_event
from charter.services.pack_changes import Change, changes_between
from charter.services.pack_files import Files, read_upload
from charter.services.packs import (
    archived,
    files_in,
    latest_published,
    pack_of,
    publish_pack,
    publish_standard,
    zipped,
)
from questionnaires import Pack, PackError, Problem, Severity, lint, load_pack
from questionnaires.message import message
from questionnaires.places import PACK_FILE, display, project_packs, project_standards

LONGEST_LINE = 300


@dataclass(frozen=True)
class Finding:
    """A problem, with the line of the file that it is about."""

    problem: Problem
    source: str | None


@dataclass(frozen=True)
class Check:
    """What there is to say about files before they are published."""

    kind: ContentKind
    findings: tuple[Finding, ...]
    pack: Pack | None
    """None for standards, and where there are errors in the pack itself."""
    before: PublishedPack | None
    """The version published last."""
    changes: tuple[Change, ...]
    is_published: bool
    """Whether exactly this is published already."""

    @property
    def errors(self) -> int:
        return sum(1 for each in self.findings if each.problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> int:
        return len(self.findings) - self.errors

    @property
    def can_be_published(self) -> bool:
        return self.errors == 0 and not self.is_published


def keep_upload(db: Session, actor: Actor, *, name: str, content: bytes) -> PackUpload:
    """Keep what was uploaded until it is published; what this person uploaded before is dropped. Invalid: `file`."""
    kind, files = read_upload(name, content)
    return _keep(db, actor, kind=kind, name=name, files=files)


def keep_project_pack(db: Session, actor: Actor, pack_id: str) -> PackUpload:
    """The same with a pack that comes with the project. Invalid: `pack`."""
    folder = project_packs().get(pack_id)
    if folder is None:
        raise Invalid({"pack": message("There is no such pack.")})
    files = files_in(archived(folder, load_pack(folder)))
    return _keep(db, actor, kind=ContentKind.PACK, name=pack_id, files=files)


def find_upload(db: Session, actor: Actor, upload_id: str) -> PackUpload | None:
    """What this person uploaded and has not published yet."""
    return db.scalar(select(PackUpload).where(PackUpload.id == upload_id, PackUpload.uploaded_by_id == actor.id))


def discard_upload(db: Session, upload: PackUpload) -> None:
    """Forget it."""
    db.delete(upload)
    db.flush()


def check_upload(db: Session, upload: PackUpload) -> Check:
    """See `check_files`."""
    return check_files(db, upload.kind, files_in(upload.archive))


def publish_upload(db: Session, actor: Actor, upload: PackUpload) -> PublishedPack:
    """Publish and forget the upload. Refused where `check_files` finds errors, or the version exists."""
    published = publish_files(db, actor, upload.kind, files_in(upload.archive))
    discard_upload(db, upload)
    return published


def publish_files(db: Session, actor: Actor | None, kind: ContentKind, files: Files) -> PublishedPack:
    """Freeze these files as a version. Refused where `check_files` finds errors, or the version exists."""
    if check_files(db, kind, files).errors:
        raise Refused(message("This has errors. Mend them, and upload it again."))
    with _unpacked(_complete(db, kind, files)) as folder:
        if kind is ContentKind.PACK:
            return publish_pack(db, actor, folder)
        return publish_standard(db, actor, _standard_file(folder))


def check_files(db: Session, kind: ContentKind, files: Files) -> Check:
    """Every problem, and for a pack what changes since the version that was published last."""
    files = _complete(db, kind, files)
    with _unpacked(files) as folder:
        if kind is ContentKind.STANDARD:
            path = _standard_file(folder)
            findings = _findings(lint(path), folder, files)
            before = latest_published(db, path.stem, kind)
            same = before is not None and files_in(before.archive) == dict(files)
            return Check(kind, findings, None, before, (), same)
        try:
            pack: Pack | None = load_pack(folder)
        except PackError:
            pack = None
        before = latest_published(db, pack.id) if pack else None
        if pack is None or before is None:
            return Check(kind, _findings(lint(folder), folder, files), pack, before, (), False)
        former = pack_of(db, before)
        with _unpacked(files_in(before.archive)) as old:
            found = [each for each in lint(folder, against=old) if not each.file.startswith(display(old))]
        same = pack.fingerprint == former.fingerprint and pack.version == former.version
        return Check(kind, _findings(found, folder, files), pack, before, changes_between(former, pack), same)


def _keep(db: Session, actor: Actor, *, kind: ContentKind, name: str, files: Files) -> PackUpload:
    db.execute(delete(PackUpload).where(PackUpload.uploaded_by_id == actor.id))
    upload = PackUpload(
        id=secrets.token_hex(16),
        kind=kind,
        file_name=name[:200],
        archive=zipped(files),
        uploaded_at=now(),
        uploaded_by_id=actor.id,
    )
    db.add(upload)
    db.flush()
    record_event(db, "PackUploaded", actor=actor, data={"kind": kind.value})
    return upload


def _complete(db: Session, kind: ContentKind, files: Files) -> dict[str, bytes]:
    """With the published standards that the pack names and neither brings nor finds among the project's."""
    found = dict(files)
    if kind is not ContentKind.PACK:
        return found
    text = found.get(PACK_FILE, b"").decode("utf-8", "replace")
    named = set(re.findall(r"\b([a-z][a-z0-9-]*)/[A-Za-z0-9]", text)) - set(project_standards())
    for name in sorted(named):
        if f"standards/{name}.yaml" in found:
            continue
        standard = latest_published(db, name, ContentKind.STANDARD)
        if standard is not None:
            found |= {f"standards/{file}": content for file, content in files_in(standard.archive).items()}
    return found


@contextmanager
def _unpacked(files: Mapping[str, bytes]) -> Iterator[Path]:
    """The files in a folder of their own, as long as they are looked at; names were checked when they were read."""
    with tempfile.TemporaryDirectory(prefix="charter-pack-") as name:
        folder = Path(name).resolve()
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        yield folder


def _standard_file(folder: Path) -> Path:
    """The source of a standard: the one file without a language in its name."""
    return min(folder.glob("*.yaml"), key=lambda path: (path.name.count("."), path.name))


def _findings(problems: tuple[Problem, ...] | list[Problem], folder: Path, files: Files) -> tuple[Finding, ...]:
    prefix = f"{display(folder)}/"
    found = []
    for problem in problems:
        name = problem.file.removeprefix(prefix)
        short = Problem(name, problem.line, problem.column, problem.severity, problem.rule, problem.message)
        found.append(Finding(short, _line(files.get(name, b""), problem.line)))
    return tuple(sorted(found, key=lambda each: each.problem.severity is not Severity.ERROR))


def _line(content: bytes, number: int) -> str | None:
    # Lines as the parser counts them: str.splitlines would count more.
    lines = re.split(r"\r\n|\r|\n", content.decode("utf-8-sig", "replace"))
    return lines[number - 1][:LONGEST_LINE] if 0 < number <= len(lines) else None
