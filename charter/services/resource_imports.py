"""Importing a library: keep what was uploaded, show what it would change, then change it.

What is known by its key is changed, everything else is new; nothing is ever removed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session, selectinload, undefer

from charter.clock import now
from charter.database.people import Person
from charter.database.resources import Resource, ResourceKind, ResourceUpload
from charter.services.actors import Actor, actor_for
from charter.services.errors import NotFound, Refused
from charter.services.events import record_event
from charter.services.resource_sheets import Problem, read_library
from charter.services.resources import Content, columns_of, content_of, forget_parts, keep_parts
from questionnaires.message import Message, message

KIND = "resource-import"
AT_ONCE = 300
"""More rows are imported by a worker: 3,000 take some seconds."""
_TOGETHER = 500


@dataclass(frozen=True)
class Preview:
    """What importing the good rows would do, and what is wrong with the others, by row and column."""

    new: Sequence[Content]
    changed: Sequence[tuple[Resource, Content]]
    same: int
    problems: Sequence[Problem]
    total: int

    @property
    def good(self) -> int:
        """Rows with nothing wrong."""
        return len(self.new) + len(self.changed) + self.same

    @property
    def has_work(self) -> bool:
        return bool(self.new or self.changed)


def keep_upload(db: Session, actor: Actor, *, name: str, content: bytes) -> ResourceUpload:
    """Read a file and keep what is in it until it is imported. Invalid (`file`) if it is no such file."""
    sheet = read_library(content, name=name)
    db.execute(delete(ResourceUpload).where(ResourceUpload.uploaded_by_id == actor.id))
    upload = ResourceUpload(
        id=secrets.token_hex(16),
        file_name=name[:200],
        rows=[{"row": row.number, **asdict(row.content)} for row in sheet.rows],
        problems=[[each.row, each.column, each.message.text, dict(each.message.values)] for each in sheet.problems],
        total=sheet.total,
        uploaded_at=now(),
        uploaded_by_id=actor.id,
    )
    db.add(upload)
    db.flush()
    return upload


def find_upload(db: Session, actor: Actor, upload_id: str) -> ResourceUpload:
    """What this person uploaded and has not imported yet. NotFound otherwise."""
    found = db.scalar(
        select(ResourceUpload)
        .where(ResourceUpload.id == upload_id, ResourceUpload.uploaded_by_id == actor.id)
        .options(undefer(ResourceUpload.rows), undefer(ResourceUpload.problems))
    )
    if found is None:
        raise NotFound
    return found


def discard_upload(db: Session, upload: ResourceUpload) -> None:
    """Forget it."""
    db.delete(upload)
    db.flush()


def preview(db: Session, upload: ResourceUpload) -> Preview:
    """Compare it with the library as it is now."""
    known = _known(db, [row["key"] for row in upload.rows])
    problems = [Problem(row, column, Message(text, values)) for row, column, text, values in upload.problems]
    new: list[Content] = []
    changed: list[tuple[Resource, Content]] = []
    same = 0
    for row in upload.rows:
        content, stored = _content(row), known.get(row["key"])
        leads_somewhere = content.url or (stored is not None and stored.stored_name)
        if content.kind is not ResourceKind.CONTACT and not leads_somewhere:
            problems.append(Problem(row["row"], "link", message("Give a link; only contacts may have none.")))
        elif content.url and stored is not None and stored.stored_name:
            problems.append(
                Problem(
                    row["row"], "link", message("This item has a file. Remove the link, or change the item by hand.")
                )
            )
        elif stored is None:
            new.append(content)
        elif _same(content, stored):
            same += 1
        else:
            changed.append((stored, content))
    return Preview(new, changed, same, sorted(problems, key=lambda each: each.row), upload.total)


def apply(db: Session, actor: Actor, upload: ResourceUpload, *, only_good: bool) -> tuple[int, int]:
    """Import it and forget the upload; gives the numbers of new and of changed items.

    Refused if any row is wrong, unless `only_good` says to leave those out.
    """
    shown = preview(db, upload)
    refuse_wrong(shown, only_good=only_good)
    moment = now()
    contents: list[tuple[int, Content]] = []
    for some in _chunks(shown.new):
        db.execute(
            insert(Resource),
            [{**columns_of(each), "version": 1, "created_at": moment, "updated_at": moment} for each in some],
        )
        numbered = select(Resource.key, Resource.id).where(Resource.key.in_([each.key for each in some]))
        numbers = {key: number for key, number in db.execute(numbered)}
        contents += [(numbers[each.key or ""], each) for each in some]
    for pairs in _chunks(shown.changed):
        db.execute(
            update(Resource),
            [
                {"id": row.id, **columns_of(content), "version": row.version + 1, "updated_at": moment}
                for row, content in pairs
            ],
        )
        forget_parts(db, [row.id for row, _ in pairs])
        contents += [(row.id, content) for row, content in pairs]
    keep_parts(db, contents)
    counts = {"new": len(shown.new), "changed": len(shown.changed), "left_out": shown.total - shown.good}
    discard_upload(db, upload)
    db.expire_all()
    record_event(db, "ResourcesImported", actor=actor, data=counts)
    return len(shown.new), len(shown.changed)


def refuse_wrong(shown: Preview, *, only_good: bool) -> None:
    """Refused if any row is wrong, unless `only_good` says to leave those out."""
    if shown.problems and not only_good:
        raise Refused(message("Some rows are wrong, so nothing was imported."))


def import_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> Callable[[Session], None]:
    """Arguments: `upload`, `person`, `only_good`. NotFound if the upload is gone."""
    progress(10)

    def write(writing: Session) -> None:
        actor = actor_for(writing, writing.get_one(Person, int(arguments["person"])))
        upload = find_upload(writing, actor, str(arguments["upload"]))
        apply(writing, actor, upload, only_good=bool(arguments["only_good"]))

    return write


def _known(db: Session, keys: Sequence[str]) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    for some in _chunks(keys):
        rows = db.scalars(
            select(Resource)
            .where(Resource.key.in_(some))
            .options(selectinload(Resource.topics), selectinload(Resource.languages))
        )
        found |= {row.key: row for row in rows}
    return found


def _same(content: Content, row: Resource) -> bool:
    stored = content_of(row)
    return (
        (content.kind, content.titles, content.summaries, content.url)
        == (stored.kind, stored.titles, stored.summaries, stored.url)
        and set(content.languages) == set(stored.languages)
        and set(content.topics) == set(stored.topics)
    )


def _content(row: Mapping[str, Any]) -> Content:
    return Content(
        key=row["key"],
        kind=ResourceKind(row["kind"]),
        titles=row["titles"],
        summaries=row["summaries"],
        languages=tuple(row["languages"]),
        topics=tuple(row["topics"]),
        url=row["url"],
    )


def _chunks(items: Sequence[Any]) -> list[Sequence[Any]]:
    return [items[start : start + _TOGETHER] for start in range(0, len(items), _TOGETHER)]
