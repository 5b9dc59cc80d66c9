"""Which criteria apply, from what is stored; and which of them no condition has anything to do with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from charter.database.assessments import AgreedRating, Assessment, FactAnswer
from questionnaires.conditions import Condition
from questionnaires.model import Group, Pack
from scoring import Answers, states
from scoring.model import Answer, Choice, FactValue, State

# Put together once, of columns and not of objects: they are asked with every page of questions.
_facts, _ratings = FactAnswer.__table__.c, AgreedRating.__table__.c
_FACTS = select(_facts.fact_id, _facts.value).where(_facts.assessment_id == bindparam("assessment"))
_RATINGS = select(_ratings.criterion_id, _ratings.rating).where(_ratings.assessment_id == bindparam("assessment"))


@dataclass(frozen=True)
class Conditions:
    """What conditions of a pack reach: `under` one stand some criteria, `read` by one are some ratings."""

    under: frozenset[str]
    read: frozenset[str]

    def concern(self, criterion_id: str) -> bool:
        """Whether this criterion's rating may change which apply, or others may change whether it does."""
        return criterion_id in self.under or criterion_id in self.read


def conditions_of(pack: Pack) -> Conditions:
    """Found once per pack."""
    if pack.fingerprint not in _found:
        _found[pack.fingerprint] = _conditions(pack)
    return _found[pack.fingerprint]


def around(pack: Pack, criterion_id: str) -> list[Condition]:
    """Every condition that a criterion stands under, the outermost first."""
    criterion = pack.criterion(criterion_id)
    groups = [group for group in pack.all_groups if any(each.id == criterion_id for each in group.all_criteria())]
    return [one for one in (*(group.applies_when for group in groups), criterion.applies_when) if one is not None]


def stored_facts(db: Session, assessment_id: int) -> dict[str, FactValue]:
    """What the organization says about itself; facts that it says nothing of are absent."""
    db.flush()  # columns alone do not make the session do it
    rows = db.execute(_FACTS, {"assessment": assessment_id})
    return {name: tuple(value) if isinstance(value, list) else value for name, value in rows if value is not None}


def stored_ratings(db: Session, assessment_id: int) -> dict[str, int | Choice | None]:
    """Every agreed rating by criterion."""
    db.flush()
    return {name: rating for name, rating in db.execute(_RATINGS, {"assessment": assessment_id})}


def states_of(db: Session, assessment: Assessment, pack: Pack) -> dict[str, State]:
    """Where each criterion stands by what is agreed on; two statements."""
    return states_with(pack, stored_facts(db, assessment.id), stored_ratings(db, assessment.id))


def states_with(
    pack: Pack, facts: Mapping[str, FactValue], ratings: Mapping[str, int | Choice | None]
) -> dict[str, State]:
    """Where each criterion would stand."""
    given = {name: Answer(rating) for name, rating in ratings.items()}
    return dict(states(pack, Answers(pack.id, pack.version, facts=facts, ratings=given)))


_found: dict[str, Conditions] = {}


def _conditions(pack: Pack) -> Conditions:
    under: set[str] = set()
    read: set[str] = set()
    for group in pack.all_groups:
        if group.applies_when is not None:
            under.update(criterion.id for criterion in group.all_criteria())
        for condition in _own(group):
            read.update(each.subject for each in condition.comparisons() if each.is_rating)
        under.update(criterion.id for criterion in group.criteria if criterion.applies_when is not None)
    return Conditions(frozenset(under), frozenset(read))


def _own(group: Group) -> Iterator[Condition]:
    for one in (group.applies_when, *(criterion.applies_when for criterion in group.criteria)):
        if one is not None:
            yield one
