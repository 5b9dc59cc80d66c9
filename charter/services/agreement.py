"""Agreed ratings: each saved on its own, with its version, so that nobody overwrites what they have not seen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, bindparam, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from charter.clock import now
from charter.database.assessments import AgreedRating, Assessment, AssessmentState, RatingKind, RatingVersion
from charter.services.actors import Actor
from charter.services.answering import Openness, begin_changing, is_round_open, openness
from charter.services.applicability import conditions_of, states_with, stored_facts, stored_ratings
from charter.services.assessments import count_answers, refresh
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.events import record_event
from charter.services.packs import pack_of
from questionnaires.khmer import one_order
from questionnaires.message import message
from questionnaires.model import Criterion, Pack
from scoring.model import Choice, State

LONGEST_TEXT = 4000

# Put together once: it is asked with every page of ratings.
_OF_CRITERIA = (
    select(AgreedRating)
    .where(
        AgreedRating.assessment_id == bindparam("assessment"),
        AgreedRating.criterion_id.in_(bindparam("criteria", expanding=True)),
    )
    .options(joinedload(AgreedRating.updated_by, innerjoin=True))
)
_ratings: Any = AgreedRating.__table__
_versions: Any = RatingVersion.__table__
_VALUES = ("rating", "note", "reason", "version", "updated_at", "updated_by_id")
_REPLACE = (
    update(_ratings)
    .where(
        _ratings.c.assessment_id == bindparam("of_assessment"),
        _ratings.c.criterion_id == bindparam("of_criterion"),
        _ratings.c.version == bindparam("known_version"),
    )
    .values({name: bindparam(name) for name in _VALUES})
)
_ADD_VERSION = insert(_versions)

Rating = int | Choice | None


@dataclass(frozen=True)
class Draft:
    """What somebody wants to store for a criterion, and the version that they saw: 0 where there was none."""

    criterion_id: str
    rating: Rating
    note: str | None
    reason: str | None
    known_version: int


@dataclass(frozen=True)
class Saved:
    """What is stored now. `changed` is false where it was so already; `reapplied`: criteria that apply or no longer."""

    row: AgreedRating
    changed: bool
    reapplied: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Conflict:
    """Somebody else saved in between: what this person typed, and what is stored."""

    draft: Draft
    current: AgreedRating


def save_agreed(
    db: Session,
    actor: Actor,
    *,
    assessment: Assessment,
    criterion_id: str,
    rating: Rating,
    note: str | None,
    reason: str | None,
    known_version: int,
) -> Saved:
    """Store what was agreed on for one criterion. The number of statements does not depend on how much is stored.

    Stale, with the row as it is, if it was changed since `known_version`; storing what is stored already never is.
    Refused if the assessment, or this criterion of it, is not open, or staff are rating. Invalid for a rating that the
    scale lacks. NotFound for a criterion that the pack lacks.
    """
    draft = Draft(criterion_id, rating, _clean(note, "note"), _clean(reason, "reason"), known_version)
    _check(_criterion(pack_of(db, assessment.published_pack), criterion_id), rating)
    gate = _opened(db, actor, assessment)
    gate.require(criterion_id)
    row = next(iter(agreed_ratings(db, assessment.id, [criterion_id], again=True)), None)
    saved = _save(db, actor, assessment, draft, row)
    _store(db)
    return saved


def save_drafts(
    db: Session, actor: Actor, *, assessment: Assessment, drafts: Iterable[Draft]
) -> tuple[list[Saved], list[Conflict]]:
    """Store each answer of a page on its own; what its sender did not touch is left alone.

    A conflict about one does not keep the others from being stored. Refused and Invalid as for one.
    """
    drafts = [_cleaned(draft) for draft in drafts]
    rows = {row.criterion_id: row for row in agreed_ratings(db, assessment.id, [one.criterion_id for one in drafts])}
    seen = _seen(db, assessment.id, drafts, rows)
    changed = [draft for draft in drafts if _content(draft) != seen[draft.criterion_id]]
    if not changed:
        return [], []
    pack = pack_of(db, assessment.published_pack)
    for draft in changed:
        _check(_criterion(pack, draft.criterion_id), draft.rating)
    gate = _opened(db, actor, assessment)
    # Read again: from here on nobody else can change them.
    names = [draft.criterion_id for draft in changed]
    rows = {row.criterion_id: row for row in agreed_ratings(db, assessment.id, names, again=True)}
    saved: list[Saved] = []
    conflicts: list[Conflict] = []
    for draft in changed:
        gate.require(draft.criterion_id)
        try:
            saved.append(_save(db, actor, assessment, draft, rows.get(draft.criterion_id)))
        except Stale as stale:
            if stale.current is None:
                raise _too_old() from stale
            conflicts.append(Conflict(draft, stale.current))
    _store(db)
    return saved, conflicts


def agreed_ratings(
    db: Session, assessment_id: int, criterion_ids: Iterable[str], *, again: bool = False
) -> list[AgreedRating]:
    """What is stored for these criteria, each with who saved it last; one statement. `again`: read anew in any case."""
    wanted = {"assessment": assessment_id, "criteria": list(criterion_ids)}
    return list(db.scalars(_OF_CRITERIA, wanted, execution_options={"populate_existing": again}))


def history(db: Session, assessment_id: int, criterion_id: str) -> list[RatingVersion]:
    """Every version of one agreed rating, newest first, with who and when."""
    return list(
        db.scalars(
            select(RatingVersion)
            .where(
                RatingVersion.assessment_id == assessment_id,
                RatingVersion.criterion_id == criterion_id,
                RatingVersion.kind == RatingKind.AGREED,
            )
            .options(joinedload(RatingVersion.by))
            .order_by(RatingVersion.version.desc())
        )
    )


def parse_rating(criterion: Criterion, text: str) -> Rating:
    """A rating as a form sends it. Invalid for what the criterion's scale lacks."""
    if not text:
        return None
    rating: Rating = Choice.NOT_APPLICABLE if text == Choice.NOT_APPLICABLE.value else None
    if rating is None:
        rating = int(text) if text.removeprefix("-").isdecimal() and len(text) < 10 else Choice.DONT_KNOW
    _check(criterion, rating)
    return rating


def _opened(db: Session, actor: Actor, assessment: Assessment) -> Openness:
    """What may be changed now. From here until the commit nobody else changes anything of the assessment."""
    begin_changing(db, actor, assessment)
    return openness(db, assessment, round_open=is_round_open(db, assessment.id))


def _save(db: Session, actor: Actor, assessment: Assessment, draft: Draft, row: AgreedRating | None) -> Saved:
    if row is not None and _content(row) == _content(draft):
        return Saved(row, changed=False)
    if row is None and _content(draft) == (None, None, None):
        raise Invalid({"rating": message("There is nothing to save yet.")})
    if (row.version if row else 0) != draft.known_version:
        raise Stale(row)
    before = row.rating if row else None
    row = _write(db, actor, assessment, draft, row)
    record_event(
        db,
        "RatingAgreed",
        actor=actor,
        organization_id=assessment.organization_id,
        assessment_id=assessment.id,
        data={"criterion": draft.criterion_id, "version": row.version, "rating": draft.rating},
    )
    pack = pack_of(db, assessment.published_pack)
    return Saved(row, changed=True, reapplied=_recount(db, assessment, pack, draft.criterion_id, before, draft.rating))


def _store(db: Session) -> None:
    """Whoever came past the lock on the assessment, the database does not let them write a version twice."""
    try:
        db.flush()
    except IntegrityError as error:
        raise _too_old() from error


def _write(db: Session, actor: Actor, assessment: Assessment, draft: Draft, row: AgreedRating | None) -> AgreedRating:
    """The database decides who was first, whatever else fails: by the version, or by the key of a new row."""
    moment, version = now(), draft.known_version + 1
    values: dict[str, Any] = {"rating": draft.rating, "note": draft.note, "reason": draft.reason}
    values |= {"version": version, "updated_at": moment, "updated_by_id": actor.id}
    key = (assessment.id, draft.criterion_id)
    if row is None:
        row = AgreedRating(assessment_id=key[0], criterion_id=key[1], **values)
        db.add(row)
    else:
        which = {"of_assessment": key[0], "of_criterion": key[1], "known_version": draft.known_version}
        changed = db.execute(_REPLACE, which | values)
        assert isinstance(changed, CursorResult)  # noqa: S101 - what an update gives
        if changed.rowcount == 0:
            raise Stale(db.get(AgreedRating, key, populate_existing=True))
        for name, value in values.items():
            set_committed_value(row, name, value)
        db.expire(row, ["updated_by"])  # a page that is shown after this says who saved, not who did before
    try:
        db.execute(
            _ADD_VERSION,
            {
                "assessment_id": key[0],
                "criterion_id": key[1],
                "kind": RatingKind.AGREED,
                "version": version,
                "rating": draft.rating,
                "note": draft.note,
                "reason": draft.reason,
                "at": moment,
                "by_id": actor.id,
            },
        )
    except IntegrityError as error:
        raise _too_old() from error
    return row


def _too_old() -> Refused:
    return Refused(message("This page is too old. Load it again."))


def _recount(
    db: Session, assessment: Assessment, pack: Pack, criterion_id: str, before: Rating, after: Rating
) -> frozenset[str]:
    """Keep the counts true; gives the criteria that begin or cease to apply with this answer."""
    if not conditions_of(pack).concern(criterion_id):
        if assessment.state is AssessmentState.ANSWERING:
            assessment.answered += (after is not None) - (before is not None)
        else:
            refresh(db, assessment)
        return frozenset()
    facts, ratings = stored_facts(db, assessment.id), stored_ratings(db, assessment.id)
    states = states_with(pack, facts, ratings)
    if assessment.state is AssessmentState.ANSWERING:
        count_answers(assessment, states)
    else:
        refresh(db, assessment)
    earlier = states_with(pack, facts, ratings | {criterion_id: before})
    return frozenset(
        name for name, state in states.items() if (state is State.EXCLUDED) != (earlier[name] is State.EXCLUDED)
    )


def _seen(
    db: Session, assessment_id: int, drafts: list[Draft], rows: dict[str, AgreedRating]
) -> dict[str, tuple[Any, ...]]:
    """What each sender had before their eyes: the content of the version that they know."""
    seen: dict[str, tuple[Any, ...]] = {}
    older: list[tuple[str, int]] = []
    for draft in drafts:
        row = rows.get(draft.criterion_id)
        seen[draft.criterion_id] = (None, None, None)
        if row is not None and row.version == draft.known_version:
            seen[draft.criterion_id] = _content(row)
        elif draft.known_version:
            older.append((draft.criterion_id, draft.known_version))
    if older:
        for version in db.scalars(
            select(RatingVersion).where(
                RatingVersion.assessment_id == assessment_id,
                RatingVersion.kind == RatingKind.AGREED,
                tuple_(RatingVersion.criterion_id, RatingVersion.version).in_(older),
            )
        ):
            seen[version.criterion_id] = _content(version)
    return seen


def _content(one: AgreedRating | RatingVersion | Draft) -> tuple[Any, ...]:
    return (one.rating, one.note, one.reason)


def _cleaned(draft: Draft) -> Draft:
    note, reason = _clean(draft.note, "note"), _clean(draft.reason, "reason")
    return Draft(draft.criterion_id, draft.rating, note, reason, draft.known_version)


def _clean(text: str | None, field: str) -> str | None:
    text = one_order((text or "").replace("\r\n", "\n").strip())
    if len(text) > LONGEST_TEXT:
        problem = message("This has {count} characters; there is room for {most}.", count=len(text), most=LONGEST_TEXT)
        raise Invalid({field: problem})
    if "\x00" in text:
        raise Invalid({field: message("This holds a character that no text has.")})
    return text or None


def _criterion(pack: Pack, criterion_id: str) -> Criterion:
    if not pack.has_criterion(criterion_id):
        raise NotFound
    return pack.criterion(criterion_id)


def _check(criterion: Criterion, rating: Rating) -> None:
    if rating is not None and rating is not Choice.NOT_APPLICABLE and rating not in criterion.scale:
        raise Invalid({"rating": message("This is none of the levels to choose from.")})
