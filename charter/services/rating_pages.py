"""What a page of agreed ratings shows: one principle, each criterion with everything that helps to rate it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.database.assessments import AgreedRating, Assessment, AssessmentState, ChangeRequest
from charter.database.cycles import Cycle
from charter.database.evidence import Evidence
from charter.database.packs import PublishedPack
from charter.services.agreement import Draft, agreed_ratings
from charter.services.answering import Openness, open_requests, openness
from charter.services.applicability import around, conditions_of, states_of
from charter.services.errors import NotFound
from charter.services.evidence import evidence_of
from charter.services.packs import pack_of
from charter.services.staff_rounds import find_round, view_of
from questionnaires.message import Message
from questionnaires.model import Criterion, Group, Pack
from questionnaires.wording import condition_in_words
from scoring.model import Choice, StaffView, State

SUBMITTED_ONCE = (AssessmentState.SUBMITTED, AssessmentState.CHANGES_REQUESTED, AssessmentState.CLOSED)


@dataclass(frozen=True)
class Before:
    """What was agreed on in an earlier cycle; `criterion` as it was then, so that its level can be named."""

    cycle: str
    rating: int | Choice
    criterion: Criterion


@dataclass(frozen=True)
class Question:
    """One criterion, with what is stored and what was said. `draft` only where it could not be stored."""

    criterion: Criterion
    agreed: AgreedRating | None
    open: bool
    staff: StaffView | None = None
    before: Before | None = None
    request: ChangeRequest | None = None
    evidence: tuple[Evidence, ...] = ()
    draft: Draft | None = None

    @property
    def version(self) -> int:
        return self.agreed.version if self.agreed else 0

    @property
    def shown(self) -> AgreedRating | Draft | None:
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
    questions = _questions(db, assessment, asked, language=language, may=may, drafts=unsaved)
    return RatePage(
        group=group,
        number=place + 1,
        count=len(groups),
        previous=groups[place - 1] if place else None,
        following=groups[place + 1] if place + 1 < len(groups) else None,
        openness=may,
        questions=tuple(
            replace(each, staff=view.criteria.get(each.criterion.id) if view else None) for each in questions
        ),
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
    last = (
        select(Assessment.id)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(
            Assessment.organization_id == assessment.organization_id,
            Assessment.state.in_(SUBMITTED_ONCE),
            Assessment.id != assessment.id,
            Cycle.opens_on < assessment.cycle.opens_on,
        )
        .order_by(Cycle.opens_on.desc(), Assessment.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    criteria = list(criteria)
    names = [name for each in criteria for name in (each.id, *each.renamed_from)]
    rows = db.execute(
        select(AgreedRating.criterion_id, AgreedRating.rating, Cycle.title, Assessment.published_pack_id)
        .join(Assessment, Assessment.id == AgreedRating.assessment_id)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(AgreedRating.assessment_id == last, AgreedRating.criterion_id.in_(names))
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
) -> list[Question]:
    ids = [criterion.id for criterion in criteria]
    rows = {row.criterion_id: row for row in agreed_ratings(db, assessment.id, ids)}
    before = ratings_before(db, assessment, criteria, language=language)
    evidence = evidence_of(db, assessment.id, ids)
    asked_for = assessment.state is AssessmentState.CHANGES_REQUESTED
    requests = {row.criterion_id: row for row in open_requests(db, assessment.id)} if asked_for else {}
    return [
        Question(
            criterion=each,
            agreed=rows.get(each.id),
            open=may.allows(each.id),
            before=before.get(each.id),
            request=requests.get(each.id),
            evidence=tuple(evidence.get(each.id, ())),
            draft=drafts.get(each.id),
        )
        for each in criteria
    ]


def _excluded(db: Session, assessment: Assessment, pack: Pack, group: Group) -> frozenset[str]:
    under = conditions_of(pack).under
    ids = {criterion.id for criterion in group.criteria}
    if not ids & under:
        return frozenset()
    states = states_of(db, assessment, pack)
    return frozenset(name for name in ids if states[name] is State.EXCLUDED)
