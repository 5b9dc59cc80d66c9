"""What a page of agreed ratings shows: one principle, each criterion with everything that helps to rate it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.orm import Session

from charter.database.assessments import AgreedRating, Assessment, AssessmentState, ChangeRequest
from charter.database.cycles import Cycle
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.packs import PublishedPack
from charter.database.people import Person
from charter.services.agreement import Draft
from charter.services.answering import Openness, open_requests, openness
from charter.services.applicability import (
    around,
    conditions_of,
    states_of,
    states_with,
    stored_facts,
    stored_ratings,
)
from charter.services.errors import NotFound
from charter.services.packs import pack_of
from charter.services.staff_rounds import find_round, view_of
from questionnaires.message import Message
from questionnaires.model import Criterion, Group, Pack
from questionnaires.wording import condition_in_words
from scoring.model import Choice, StaffView, State

SUBMITTED_ONCE = (AssessmentState.SUBMITTED, AssessmentState.CHANGES_REQUESTED, AssessmentState.CLOSED)

# Put together once, of columns and not of objects: they are asked with every page of ratings.
_ratings, _assessments, _cycles = AgreedRating.__table__.c, Assessment.__table__.c, Cycle.__table__.c
_people, _proofs = Person.__table__.c, Evidence.__table__.c
_CRITERIA: BindParameter[Any] = bindparam("criteria", expanding=True)
_AGREED = (
    select(
        _ratings.criterion_id,
        _ratings.rating,
        _ratings.note,
        _ratings.reason,
        _ratings.version,
        _ratings.updated_at,
        _people.name,
    )
    .join(Person.__table__, _people.id == _ratings.updated_by_id)
    .where(_ratings.assessment_id == bindparam("assessment"), _ratings.criterion_id.in_(_CRITERIA))
)
_EVIDENCE = (
    select(_proofs.criterion_id, _proofs.id, _proofs.kind, _proofs.title, _proofs.url)
    .where(
        _proofs.assessment_id == bindparam("assessment"),
        _proofs.criterion_id.in_(_CRITERIA),
        _proofs.removed_at.is_(None),
    )
    .order_by(_proofs.id)
)
_LAST_SUBMITTED = (
    select(_assessments.id)
    .join(Cycle.__table__, _cycles.id == _assessments.cycle_id)
    .where(
        _assessments.organization_id == bindparam("organization"),
        _assessments.state.in_(SUBMITTED_ONCE),
        _assessments.id != bindparam("assessment"),
        _cycles.opens_on < bindparam("opens_on"),
    )
    .order_by(_cycles.opens_on.desc(), _assessments.id.desc())
    .limit(1)
    .scalar_subquery()
)
_AGREED_BEFORE = (
    select(_ratings.criterion_id, _ratings.rating, _cycles.title, _assessments.published_pack_id)
    .join(Assessment.__table__, _assessments.id == _ratings.assessment_id)
    .join(Cycle.__table__, _cycles.id == _assessments.cycle_id)
    .where(_ratings.assessment_id == _LAST_SUBMITTED, _ratings.criterion_id.in_(_CRITERIA))
)


@dataclass(frozen=True)
class Before:
    """What was agreed on in an earlier cycle; `criterion` as it was then, so that its level can be named."""

    cycle: str
    rating: int | Choice
    criterion: Criterion


@dataclass(frozen=True)
class Stored:
    """What is agreed on for a criterion, and who saved it last."""

    rating: int | Choice | None
    note: str | None
    reason: str | None
    version: int
    updated_at: datetime
    saved_by: str


@dataclass(frozen=True)
class Proof:
    """A piece of evidence; `url` for a link only."""

    id: int
    kind: EvidenceKind
    title: str
    url: str | None


@dataclass(frozen=True)
class Question:
    """One criterion, with what is stored and what was said. `draft` only where it could not be stored."""

    criterion: Criterion
    agreed: Stored | None
    open: bool
    staff: StaffView | None = None
    before: Before | None = None
    request: ChangeRequest | None = None
    evidence: tuple[Proof, ...] = ()
    draft: Draft | None = None

    @property
    def version(self) -> int:
        return self.agreed.version if self.agreed else 0

    @property
    def shown(self) -> Stored | Draft | None:
        """What stands in the fields: what could not be stored, or else what is stored."""
        return self.draft or self.agreed


@dataclass(frozen=True)
class NotAsked:
    """A criterion that does not apply now, and the conditions under which it would."""

    criterion: Criterion
    conditions: tuple[Message, ...]


@dataclass(frozen=True)
class RatePage:
    """One principle. `number` of `count`; `sheets` is the size of the closed staff round, or `<k`, None without one."""

    group: Group
    number: int
    count: int
    previous: Group | None
    following: Group | None
    openness: Openness
    questions: tuple[Question, ...]
    not_asked: tuple[NotAsked, ...] = ()
    sheets: int | str | None = None
    round_open: bool = False


def principles(pack: Pack) -> tuple[Group, ...]:
    """The groups that hold criteria, in pack order: a page each."""
    return tuple(group for group in pack.all_groups if group.criteria)


def principle_of(pack: Pack, criterion_id: str) -> Group:
    """The group that holds a criterion. NotFound if none does."""
    for group in principles(pack):
        if any(criterion.id == criterion_id for criterion in group.criteria):
            return group
    raise NotFound


def rate_page(
    db: Session, assessment: Assessment, group_id: str, *, language: str, drafts: Iterable[Draft] = ()
) -> RatePage:
    """The page of one principle; `drafts` could not be stored. NotFound for a group without criteria of its own.

    The number of statements depends neither on the criteria nor on how many assessments there are.
    """
    pack = pack_of(db, assessment.published_pack)
    shown = pack.translated(language) if language in pack.languages else pack
    groups = principles(shown)
    place = next((position for position, group in enumerate(groups) if group.id == group_id), None)
    if place is None:
        raise NotFound
    group = groups[place]
    excluded = _excluded(db, assessment, pack, group)
    unsaved = {draft.criterion_id: draft for draft in drafts}
    asked = [each for each in group.criteria if each.id not in excluded or each.id in unsaved]
    last = find_round(db, assessment.id)
    view = view_of(last) if last else None
    round_open = last is not None and last.closed_at is None
    may = openness(db, assessment, round_open=round_open)
    staff = view.criteria if view else {}
    return RatePage(
        group=group,
        number=place + 1,
        count=len(groups),
        previous=groups[place - 1] if place else None,
        following=groups[place + 1] if place + 1 < len(groups) else None,
        openness=may,
        questions=_questions(db, assessment, asked, language=language, may=may, drafts=unsaved, staff=staff),
        not_asked=tuple(
            NotAsked(each, tuple(condition_in_words(one, shown) for one in around(shown, each.id)))
            for each in group.criteria
            if each.id in excluded and each.id not in unsaved
        ),
        sheets=view.sheets if view else None,
        round_open=round_open,
    )


def first_unanswered(db: Session, assessment: Assessment) -> tuple[Group, str] | None:
    """Where to go on: the first criterion that applies and has no rating, with its principle; None if all have one."""
    pack = pack_of(db, assessment.published_pack)
    for name, state in states_of(db, assessment, pack).items():
        if state is State.UNRATED:
            return principle_of(pack, name), name
    return None


def ratings_before(
    db: Session, assessment: Assessment, criteria: Iterable[Criterion], *, language: str
) -> dict[str, Before]:
    """What the organization agreed on when it last submitted, also under names that criteria have had since."""
    criteria = list(criteria)
    rows = db.execute(
        _AGREED_BEFORE,
        {
            "organization": assessment.organization_id,
            "assessment": assessment.id,
            "opens_on": assessment.cycle.opens_on,
            "criteria": [name for each in criteria for name in (each.id, *each.renamed_from)],
        },
    ).all()
    if not rows:
        return {}
    published = assessment.published_pack
    if rows[0].published_pack_id != published.id:
        published = db.get_one(PublishedPack, rows[0].published_pack_id)
    pack = pack_of(db, published)
    pack = pack.translated(language) if language in pack.languages else pack
    by_name = {row.criterion_id: row for row in rows if row.rating is not None and pack.has_criterion(row.criterion_id)}
    found: dict[str, Before] = {}
    for each in criteria:
        name = next((name for name in (each.id, *each.renamed_from) if name in by_name), None)
        if name is not None:
            found[each.id] = Before(by_name[name].title, by_name[name].rating, pack.criterion(name))
    return found


def _questions(
    db: Session,
    assessment: Assessment,
    criteria: list[Criterion],
    *,
    language: str,
    may: Openness,
    drafts: Mapping[str, Draft],
    staff: Mapping[str, StaffView],
) -> tuple[Question, ...]:
    ids = [criterion.id for criterion in criteria]
    wanted = {"assessment": assessment.id, "criteria": ids}
    agreed = {name: Stored(*values) for name, *values in db.execute(_AGREED, wanted)}
    evidence: dict[str, list[Proof]] = {}
    for name, *values in db.execute(_EVIDENCE, wanted):
        evidence.setdefault(name, []).append(Proof(*values))
    before = ratings_before(db, assessment, criteria, language=language)
    asked_for = assessment.state is AssessmentState.CHANGES_REQUESTED
    requests = {row.criterion_id: row for row in open_requests(db, assessment.id)} if asked_for else {}
    return tuple(
        Question(
            criterion=each,
            agreed=agreed.get(each.id),
            open=may.allows(each.id),
            staff=staff.get(each.id),
            before=before.get(each.id),
            request=requests.get(each.id),
            evidence=tuple(evidence.get(each.id, ())),
            draft=drafts.get(each.id),
        )
        for each in criteria
    )


def _excluded(db: Session, assessment: Assessment, pack: Pack, group: Group) -> frozenset[str]:
    conditions = conditions_of(pack)
    ids = {criterion.id for criterion in group.criteria}
    if not ids & conditions.under:
        return frozenset()
    # Which apply depends on no other ratings than those that conditions read.
    ratings = stored_ratings(db, assessment.id) if conditions.read else {}
    states = states_with(pack, stored_facts(db, assessment.id), ratings)
    return frozenset(name for name in ids if states[name] is State.EXCLUDED)
