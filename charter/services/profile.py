"""The profile: facts that the pack asks for, kept with the assessment as they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.assessments import Assessment, FactAnswer
from charter.database.cycles import Cycle
from charter.services.actors import Actor
from charter.services.answering import begin_changing, openness
from charter.services.applicability import states_with, stored_ratings
from charter.services.assessments import count_answers
from charter.services.errors import Invalid, NotFound
from charter.services.events import record_event
from charter.services.packs import pack_of
from questionnaires.message import Message, message
from questionnaires.model import Fact, FactType, Pack
from scoring.model import FactValue, State

LARGEST = 1_000_000_000


@dataclass(frozen=True)
class StoredFact:
    """What is stored of one fact; version 0 and no value where nothing is."""

    value: FactValue | None = None
    version: int = 0


@dataclass(frozen=True)
class ProfileSaved:
    """`conflicts`: facts that somebody else changed, with what is stored; they were not saved."""

    changed: tuple[str, ...]
    conflicts: Mapping[str, StoredFact]
    now_asked: frozenset[str]
    no_longer_asked: frozenset[str]


def stored_profile(db: Session, assessment_id: int) -> dict[str, StoredFact]:
    """Every stored fact with its version; one statement."""
    rows = db.execute(
        select(FactAnswer.fact_id, FactAnswer.value, FactAnswer.version).where(
            FactAnswer.assessment_id == assessment_id
        )
    )
    return {row.fact_id: StoredFact(_frozen(row.value), row.version) for row in rows}


def suggested_profile(db: Session, assessment: Assessment) -> tuple[str, dict[str, FactValue]] | None:
    """The latest earlier profile of the organization, as far as it fits this pack, and the title of its cycle."""
    earlier = db.scalar(
        select(Assessment)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(
            Assessment.organization_id == assessment.organization_id,
            Assessment.id != assessment.id,
            Cycle.opens_on < assessment.cycle.opens_on,
            Assessment.id.in_(select(FactAnswer.assessment_id)),
        )
        .options(joinedload(Assessment.cycle))
        .order_by(Cycle.opens_on.desc(), Assessment.id.desc())
        .limit(1)
    )
    if earlier is None:
        return None
    pack = pack_of(db, assessment.published_pack)
    facts: dict[str, FactValue] = {}
    for name, stored in stored_profile(db, earlier.id).items():
        fact = pack.profile.get(name)
        if fact is not None and stored.value is not None and why_wrong(fact, stored.value) is None:
            facts[name] = stored.value
    return (earlier.cycle.title, facts) if facts else None


def save_profile(
    db: Session,
    actor: Actor,
    *,
    assessment: Assessment,
    facts: Mapping[str, FactValue | None],
    known: Mapping[str, int],
) -> ProfileSaved:
    """Store these facts, None for "not stated"; `known` are the versions that the person saw.

    What differs from what is stored, but was changed by somebody else since, is given back and not saved. Invalid for
    values that the pack does not allow; Refused where nothing can be changed; NotFound for facts that it lacks.
    """
    pack = pack_of(db, assessment.published_pack)
    _check(pack, facts)
    begin_changing(db, actor, assessment)
    openness(db, assessment).require()
    rows = {
        row.fact_id: row
        for row in db.scalars(
            select(FactAnswer)
            .where(FactAnswer.assessment_id == assessment.id)
            .execution_options(populate_existing=True)
        )
    }
    before = {name: _frozen(row.value) for name, row in rows.items()}
    changed: list[str] = []
    conflicts: dict[str, StoredFact] = {}
    for name, value in facts.items():
        row = rows.get(name)
        if value == before.get(name):
            continue
        if (row.version if row else 0) != known.get(name, 0):
            conflicts[name] = StoredFact(before.get(name), row.version if row else 0)
            continue
        if row is None:
            row = FactAnswer(assessment_id=assessment.id, fact_id=name, version=0)
            db.add(row)
        row.value = list(value) if isinstance(value, tuple) else value
        row.version += 1
        row.updated_at, row.updated_by_id = now(), actor.id
        changed.append(name)
    if not changed:
        return ProfileSaved((), conflicts, frozenset(), frozenset())
    record_event(
        db,
        "ProfileChanged",
        actor=actor,
        organization_id=assessment.organization_id,
        assessment_id=assessment.id,
        data={"facts": {name: facts[name] for name in changed}},
    )
    after = before | {name: facts[name] for name in changed}
    asked, dropped = _recount(db, assessment, pack, before, after)
    return ProfileSaved(tuple(changed), conflicts, asked, dropped)


def why_wrong(fact: Fact, value: FactValue) -> Message | None:
    """Why a fact cannot have this value; None if it can."""
    match fact.type:
        case FactType.BOOLEAN:
            fits = isinstance(value, bool)
        case FactType.INTEGER:
            if isinstance(value, bool) or not isinstance(value, int) or value > LARGEST:
                return message("Please give a whole number.")
            if fact.minimum is not None and value < fact.minimum:
                return message("Please give a number of at least {minimum}.", minimum=fact.minimum)
            return None
        case FactType.CHOICE:
            fits = isinstance(value, str) and value in fact.options
        case _:
            fits = isinstance(value, tuple) and bool(value) and all(each in fact.options for each in value)
    return None if fits else message("Please choose one of the answers offered.")


def _check(pack: Pack, facts: Mapping[str, FactValue | None]) -> None:
    wrong: dict[str, Message] = {}
    for name, value in facts.items():
        if name not in pack.profile:
            raise NotFound
        problem = None if value is None else why_wrong(pack.profile[name], value)
        if problem is not None:
            wrong[name] = problem
    if wrong:
        raise Invalid(wrong)


def _recount(
    db: Session,
    assessment: Assessment,
    pack: Pack,
    before: Mapping[str, FactValue | None],
    after: Mapping[str, FactValue | None],
) -> tuple[frozenset[str], frozenset[str]]:
    """Keep the counts true; gives the criteria that are asked from now on, and those that no longer are."""
    ratings = stored_ratings(db, assessment.id)
    states = states_with(pack, _given(after), ratings)
    count_answers(assessment, states)
    earlier = states_with(pack, _given(before), ratings)
    asked = {name for name, state in states.items() if state is not State.EXCLUDED}
    asked_before = {name for name, state in earlier.items() if state is not State.EXCLUDED}
    return frozenset(asked - asked_before), frozenset(asked_before - asked)


def _given(facts: Mapping[str, FactValue | None]) -> dict[str, FactValue]:
    return {name: value for name, value in facts.items() if value is not None}


def _frozen(value: object) -> FactValue | None:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
