"""Trainings and resources that help with an action: those that the pack names, then those on its topics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, selectinload

from charter.database.resources import Resource, ResourceTopic
from charter.services.trainings import Offer, offers
from questionnaires.model import Pack

MOST = 5


@dataclass(frozen=True)
class Suggestions:
    """What to look at: trainings with their dates to come, and resources; the closest first."""

    trainings: tuple[Offer, ...]
    resources: tuple[Resource, ...]

    def __bool__(self) -> bool:
        return bool(self.trainings or self.resources)


def suggestions_for(
    db: Session, *, pack: Pack, pack_action: str | None, criteria: Iterable[str], today: date
) -> Suggestions:
    """For an action of a plan: `pack_action` is its id in the pack, if it has one; `criteria` those that it improves.

    A training or resource fits by its key if the action names it, else by a topic: a name that the action gives, one
    of its criteria, or a principle above one of them. At most `MOST` of each; seven statements.
    """
    action = next((each for each in pack.actions if each.id == pack_action), None)
    topics = _topics(pack, criteria)
    return Suggestions(
        _trainings(db, action.trainings if action else (), topics, today),
        _resources(db, action.resources if action else (), topics),
    )


def _topics(pack: Pack, criteria: Iterable[str]) -> dict[str, int]:
    """Criteria and the groups above them, with how far each is from the action: 0 for a criterion itself."""
    wanted = {each for each in criteria if pack.has_criterion(each)}
    found = dict.fromkeys(sorted(wanted), 0)
    for group in pack.all_groups:
        if any(each.id in wanted for each in group.all_criteria()):
            found.setdefault(group.id, 1)
    return found


def _trainings(db: Session, named: tuple[str, ...], topics: dict[str, int], today: date) -> tuple[Offer, ...]:
    ranked: list[tuple[int, bool, int, Offer]] = []
    for offer in offers(db, from_on=today):
        distance = _distance(offer.training.key, [each.topic for each in offer.training.topics], named, topics)
        if distance is not None:
            ranked.append((distance, not offer.dates, len(ranked), offer))
    return tuple(offer for *_, offer in sorted(ranked)[:MOST])


def _resources(db: Session, named: tuple[str, ...], topics: dict[str, int]) -> tuple[Resource, ...]:
    distances = {topic: 2 + far for topic, far in topics.items()} | dict.fromkeys(named, 1)
    if not distances:
        return ()
    about = (
        select(ResourceTopic.resource_id, func.min(case(distances, value=ResourceTopic.topic)).label("distance"))
        .where(ResourceTopic.topic.in_(distances))
        .group_by(ResourceTopic.resource_id)
        .subquery()
    )
    query = (
        select(Resource)
        .outerjoin(about, about.c.resource_id == Resource.id)
        .where(or_(Resource.key.in_(named), about.c.distance.is_not(None)))
        .options(selectinload(Resource.topics), selectinload(Resource.languages))
        .order_by(case((Resource.key.in_(named), 0), else_=about.c.distance), Resource.title_order, Resource.id)
        .limit(MOST)
    )
    return tuple(db.scalars(query))


def _distance(key: str, about: list[str], named: tuple[str, ...], topics: dict[str, int]) -> int | None:
    """0: named by its key; 1: the action names its topic; 2: a criterion; 3: a principle. None: it does not fit."""
    if key in named:
        return 0
    if any(each in named for each in about):
        return 1
    return min((2 + topics[each] for each in about if each in topics), default=None)
