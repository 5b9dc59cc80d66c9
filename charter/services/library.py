"""Finding in the library: by words in three languages, with filters, page by page.

All words must be there; the last may be a beginning. What has them in the title comes first. The same on every
database: only equal texts, ranges by code point and sums are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from charter.database.resources import Resource, ResourceKind, ResourceLanguage, ResourceTopic, ResourceWord
from charter.services.search_words import SHORTEST_RUN, Term, search_terms

PER_PAGE = 20
MOST_TOPICS = 100
"""Topics to choose from, the most frequent ones."""
_LAST = "\U0010ffff"


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for; empty means everything."""

    text: str = ""
    language: str | None = None
    kind: ResourceKind | None = None
    topic: str | None = None

    @property
    def is_filtered(self) -> bool:
        return bool(self.language or self.kind or self.topic)


@dataclass(frozen=True)
class Found:
    """One page of what was found. `fewer`: where nothing was, each part of the search and how many it finds alone."""

    rows: Sequence[Resource]
    total: int
    page: int
    pages: int
    fewer: tuple[tuple[str, int], ...] = ()


def search(db: Session, wanted: Wanted, *, page: int = 1) -> Found:
    """One page, best first, with topics and languages: four statements at most, however large the library is."""
    terms = search_terms(wanted.text)
    where = [*_filters(wanted), *_conditions(terms)]
    total = db.scalar(select(func.count()).select_from(Resource).where(*where)) or 0
    if not total:
        return Found((), 0, 1, 1, _alone(db, wanted, terms))
    pages = -(-total // PER_PAGE)
    page = min(max(page, 1), pages)
    query = (
        _ranked(select(Resource).where(*where), terms)
        .options(selectinload(Resource.topics), selectinload(Resource.languages))
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    return Found(db.scalars(query).all(), total, page, pages)


def topics(db: Session) -> list[str]:
    """The topics that most resources have, in order of the alphabet; one statement."""
    rows = db.execute(
        select(ResourceTopic.topic, func.count()).group_by(ResourceTopic.topic).order_by(func.count().desc())
    )
    counted = Counter({topic: number for topic, number in rows})
    return sorted((topic for topic, _ in counted.most_common(MOST_TOPICS)), key=str.casefold)


def _filters(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        found.append(Resource.kind == wanted.kind)
    if wanted.language:
        found.append(
            Resource.id.in_(select(ResourceLanguage.resource_id).where(ResourceLanguage.language == wanted.language))
        )
    if wanted.topic:
        found.append(Resource.id.in_(select(ResourceTopic.resource_id).where(ResourceTopic.topic == wanted.topic)))
    return found


def _conditions(terms: Sequence[Term]) -> list[ColumnElement[bool]]:
    return [_has(term, is_last=number == len(terms)) for number, term in enumerate(terms, start=1)]


def _has(term: Term, *, is_last: bool) -> ColumnElement[bool]:
    words = [
        Resource.id.in_(select(ResourceWord.resource_id).where(_is(word, begins=is_last and number == len(term.words))))
        for number, word in enumerate(term.words, start=1)
    ]
    together = and_(*words)
    if len(term.run) < SHORTEST_RUN:
        return together
    # Cut otherwise where it stands, a run of Khmer is still the same letters.
    return or_(together, Resource.folded.contains(term.run))


def _is(word: str, *, begins: bool) -> ColumnElement[bool]:
    if not begins:
        return ResourceWord.word == word
    return and_(ResourceWord.word >= word, ResourceWord.word < word + _LAST)


def _ranked(query: Select[Any], terms: Sequence[Term]) -> Select[Any]:
    words = [word for term in terms for word in term.words]
    if not words:
        return query.order_by(Resource.title_order, Resource.id)
    wanted = or_(*(_is(word, begins=number == len(words)) for number, word in enumerate(words, start=1)))
    weights = (
        select(ResourceWord.resource_id, func.sum(ResourceWord.weight).label("weight"))
        .where(wanted)
        .group_by(ResourceWord.resource_id)
        .subquery()
    )
    return query.outerjoin(weights, weights.c.resource_id == Resource.id).order_by(
        func.coalesce(weights.c.weight, 0).desc(), Resource.title_order, Resource.id
    )


def _alone(db: Session, wanted: Wanted, terms: Sequence[Term]) -> tuple[tuple[str, int], ...]:
    """How many resources each part finds by itself; those that find some, in one statement."""
    if len(terms) < 2 and not any(len(term.words) > 1 for term in terms):
        return ()
    parts = [*terms] if len(terms) > 1 else [Term((word,)) for term in terms for word in term.words]
    counts = [
        select(func.count()).select_from(Resource).where(*_filters(wanted), _has(part, is_last=True)).scalar_subquery()
        for part in parts
    ]
    numbers = db.execute(select(*counts)).one()
    return tuple((part.text, number) for part, number in zip(parts, numbers, strict=True) if number)
