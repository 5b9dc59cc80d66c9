"""The library: what may stand in it, adding, changing and removing. Finding is in library.py."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session, selectinload

from charter.clock import now
from charter.database.base import Base
from charter.database.engine import after_commit
from charter.database.resources import Resource, ResourceKind, ResourceLanguage, ResourceTopic, ResourceWord
from charter.i18n import LANGUAGES
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound
from charter.services.events import record_event
from charter.services.evidence_files import checked_file, file_row, link_row
from charter.services.search_words import fold, word_weights
from charter.stores import Store
from questionnaires.khmer import one_order
from questionnaires.message import Message, message

LONGEST_TITLE = 300
LONGEST_SUMMARY = 5000
LONGEST_TOPIC = 80
MOST_TOPICS = 20
IN_TITLE, IN_TOPICS, IN_SUMMARY = 8, 4, 1
"""How much a word counts, by where it stands."""

_KEY = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Content:
    """What a resource says of itself. Titles and summaries by language. `key` None: one is made."""

    key: str | None
    kind: ResourceKind
    titles: Mapping[str, str]
    summaries: Mapping[str, str]
    languages: tuple[str, ...]
    topics: tuple[str, ...]
    url: str | None = None


def find_resource(db: Session, resource_id: int) -> Resource:
    """With topics and languages. NotFound if there is none."""
    found = db.scalar(
        select(Resource)
        .where(Resource.id == resource_id)
        .options(selectinload(Resource.topics), selectinload(Resource.languages))
    )
    if found is None:
        raise NotFound
    return found


def content_of(row: Resource) -> Content:
    """What is stored."""
    return Content(
        row.key,
        row.kind,
        row.titles,
        row.summaries,
        tuple(each.language for each in row.languages),
        tuple(each.topic for each in row.topics),
        row.url,
    )


def clean_content(content: Content) -> tuple[Content, dict[str, Message]]:
    """The content in one spelling, and what is wrong with it by field; all of it at once."""
    problems: dict[str, Message] = {}
    titles = _texts(content.titles, "title", LONGEST_TITLE, problems)
    summaries = _texts(content.summaries, "summary", LONGEST_SUMMARY, problems)
    if not titles and not any(field.startswith("title") for field in problems):
        problems["title"] = message("Give a title in at least one language.")
    key = content.key.strip().lower() if content.key and content.key.strip() else None
    if key is not None and not _KEY.fullmatch(key):
        problems["key"] = message(
            "A key has up to 80 letters a-z, digits, dots and dashes, such as child-protection-1."
        )
    topics = clean_topics(content.topics, problems)
    languages = tuple(each for each in LANGUAGES if each in content.languages)
    if not languages:
        problems["languages"] = message("Choose at least one language.")
    url = (content.url or "").strip() or None
    if url is not None:
        try:
            link_row(title=None, url=url)
        except Invalid as invalid:
            problems |= invalid.messages
    return replace(
        content, key=key, titles=titles, summaries=summaries, topics=topics, languages=languages, url=url
    ), problems


def clean_topics(topics: Iterable[str], problems: dict[str, Message]) -> tuple[str, ...]:
    """Each once, on one line. What is wrong goes to `topics` of the problems."""
    found = tuple(dict.fromkeys(line for each in topics if (line := one_order(" ".join(each.split())))))
    if len(found) > MOST_TOPICS:
        problems["topics"] = message(
            "There are {count} topics; give {most} at most.", count=len(found), most=MOST_TOPICS
        )
    elif any(len(each) > LONGEST_TOPIC for each in found):
        problems["topics"] = message("A topic has {most} characters at most.", most=LONGEST_TOPIC)
    return found


def add_resource(
    db: Session,
    actor: Actor,
    store: Store,
    *,
    content: Content,
    file_name: str = "",
    file: bytes = b"",
    limit: int,
) -> Resource:
    """A new resource, with a link or a file of at most `limit` bytes. Invalid, with everything that is wrong."""
    made = Resource(created_at=now(), version=0)
    return _save(db, actor, store, made, content, file_name=file_name, file=file, limit=limit, event="ResourceAdded")


def change_resource(
    db: Session,
    actor: Actor,
    store: Store,
    *,
    resource: Resource,
    content: Content,
    file_name: str = "",
    file: bytes = b"",
    limit: int,
) -> Resource:
    """Change it; its file stays unless a new one or a link is given. Invalid, with everything that is wrong."""
    return _save(
        db, actor, store, resource, content, file_name=file_name, file=file, limit=limit, event="ResourceChanged"
    )


def remove_resource(db: Session, actor: Actor, store: Store, *, resource: Resource) -> None:
    """Take it out of the library for good, with its file."""
    _forget_file(db, store, resource)
    forget_words(db, [resource.id])
    key, number = resource.key, resource.id
    db.delete(resource)
    db.flush()
    record_event(db, "ResourceRemoved", actor=actor, data={"resource": number, "key": key})


def _save(
    db: Session,
    actor: Actor,
    store: Store,
    row: Resource,
    content: Content,
    *,
    file_name: str,
    file: bytes,
    limit: int,
    event: str,
) -> Resource:
    content, problems = clean_content(content)
    kind = None
    if file:
        try:
            kind = checked_file(file, name=file_name, limit=limit)
        except Invalid as invalid:
            problems |= invalid.messages
    if content.url and file:
        problems["url"] = message("Give a link or a file, not both.")
    if content.kind is not ResourceKind.CONTACT and not (content.url or file or row.stored_name):
        problems["url"] = message("Give a link, or upload a file.")
    if content.key and (other := db.scalar(select(Resource.id).where(Resource.key == content.key))) not in (
        None,
        row.id,
    ):
        problems["key"] = message("Another item has this key (number {number}).", number=other or 0)
    if problems:
        raise Invalid(problems)
    content = replace(content, key=content.key or row.key or f"item-{secrets.token_hex(4)}")
    if file or content.url:
        _forget_file(db, store, row)
        row.stored_name = row.file_name = row.media_type = row.size = None
    if kind is not None:
        kept = file_row(db, store, kind, title=None, file_name=file_name, content=file)
        row.file_name, row.stored_name = kept.file_name, kept.stored_name
        row.media_type, row.size = kept.media_type, kept.size
    for column, value in columns_of(content).items():
        setattr(row, column, value)
    row.updated_at = now()
    row.version += 1
    db.add(row)
    db.flush()
    _keep_parts(db, [(row.id, content)])
    db.expire(row, ["topics", "languages"])
    record_event(db, event, actor=actor, data={"resource": row.id, "key": row.key})
    return row


def columns_of(content: Content) -> dict[str, Any]:
    """The columns of a checked content, with what the search needs."""
    folded = [text for text, _ in _weighted(content)]
    return {
        "key": content.key,
        "kind": content.kind,
        "titles": dict(content.titles),
        "summaries": dict(content.summaries),
        "title_order": folded[0][:120],
        "folded": "\n".join(folded),
        "url": content.url,
    }


def _keep_parts(db: Session, contents: Sequence[tuple[int, Content]]) -> None:
    forget_parts(db, [number for number, _ in contents])
    keep_parts(db, contents)


def keep_parts(db: Session, contents: Iterable[tuple[int, Content]]) -> None:
    """Store topics, languages and words of resources that have none yet, by their number."""
    topics, languages, words = [], [], []
    for number, content in contents:
        topics += [{"resource_id": number, "topic": each} for each in content.topics]
        languages += [{"resource_id": number, "language": each} for each in content.languages]
        words += [
            {"resource_id": number, "word": word, "weight": weight}
            for word, weight in sorted(word_weights(_weighted(content)).items())
        ]
    for table, rows in ((ResourceTopic, topics), (ResourceLanguage, languages), (ResourceWord, words)):
        if rows:
            # The table itself: a third of the time that the mapped class takes.
            db.execute(insert(Base.metadata.tables[table.__tablename__]), rows)


def forget_parts(db: Session, numbers: Sequence[int]) -> None:
    """Delete topics, languages and words of resources."""
    for table in (ResourceTopic, ResourceLanguage):
        db.execute(delete(table).where(table.resource_id.in_(numbers)).execution_options(synchronize_session=False))
    forget_words(db, numbers)


def forget_words(db: Session, numbers: Sequence[int]) -> None:
    """Delete the words of resources."""
    db.execute(
        delete(ResourceWord).where(ResourceWord.resource_id.in_(numbers)).execution_options(synchronize_session=False)
    )


def _weighted(content: Content) -> list[tuple[str, int]]:
    found = [(fold(text), IN_TITLE) for text in content.titles.values()]
    found += [(fold(each.replace("-", " ")), IN_TOPICS) for each in content.topics]
    return found + [(fold(text), IN_SUMMARY) for text in content.summaries.values()]


def _texts(texts: Mapping[str, str], name: str, longest: int, problems: dict[str, Message]) -> dict[str, str]:
    """Those that say something, in the order of the languages; what is wrong goes to `<name>_<language>`."""
    found = {}
    for language in LANGUAGES:
        text = one_order((texts.get(language) or "").replace("\r\n", "\n").strip())
        if len(text) > longest:
            problems[f"{name}_{language}"] = message(
                "This has {count} characters; there is room for {most}.", count=len(text), most=longest
            )
        if text:
            found[language] = text
    return found


def _forget_file(db: Session, store: Store, row: Resource) -> None:
    stored = row.stored_name
    if stored is not None:
        after_commit(db, lambda: store.delete(stored))
