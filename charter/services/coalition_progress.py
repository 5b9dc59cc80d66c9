"""How the coalition gets on: actions by state and principle, the most common gaps, which trainings are wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState
from charter.reports.common import in_language
from charter.services.action_states import OPEN
from charter.services.coalition_activity import by_principle, by_status, carried_out
from charter.services.cycles import cycles
from charter.services.overview import current_cycle
from charter.services.packs import pack_of
from charter.services.trainings import offers
from questionnaires import Pack
from questionnaires.model import Criterion


@dataclass(frozen=True)
class States:
    """Actions of committed plans: all of them, and those that serve each principle."""

    all: Mapping[ActionStatus, int]
    principles: tuple[tuple[str, Mapping[ActionStatus, int]], ...]


@dataclass(frozen=True)
class Gaps:
    """Of so many members with a result, how many are below the target of a criterion; the most common first.

    `pack` is the questionnaire of the cycle that runs, or ran last; None before the first one.
    """

    pack: Pack | None
    members: int
    criteria: tuple[tuple[Criterion, int], ...]


@dataclass(frozen=True)
class Demand:
    """One training: dates to come, sign-ups for them, and open actions whose questionnaire names it.

    `is_offered` is false for what actions name and the catalogue lacks; its `title` is the name that they give.
    """

    title: str
    is_offered: bool
    dates: int
    taken: int
    waiting: int
    actions: int
    members: int
    """With such an action."""


def action_states(db: Session, *, language: str) -> States:
    """Two statements, whatever the number of members."""
    actions = carried_out(db)
    return States(by_status(actions), by_principle(db, actions, language))


def common_gaps(db: Session, *, language: str) -> Gaps:
    """From each member's latest closed assessment with the questionnaire that runs, whatever its version."""
    cycle = current_cycle(cycles(db))
    if cycle is None:
        return Gaps(None, 0, ())
    pack = in_language(pack_of(db, cycle.published_pack), language)
    rows = db.execute(
        select(Assessment.organization_id, Assessment.gaps)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .join(PublishedPack, PublishedPack.id == Assessment.published_pack_id)
        .join(Organization, Organization.id == Assessment.organization_id)
        .where(
            Assessment.state == AssessmentState.CLOSED,
            Assessment.gaps.is_not(None),
            PublishedPack.pack == pack.id,
            Organization.state == OrganizationState.ACTIVE,
        )
        .order_by(Cycle.opens_on, Assessment.id)
    )
    latest: dict[int, list[str]] = {organization: gaps for organization, gaps in rows}
    names = {past: each.id for each in pack.criteria for past in each.renamed_from}
    counts = Counter(criterion for gaps in latest.values() for criterion in {names.get(name, name) for name in gaps})
    found = [(criterion, counts[criterion.id]) for criterion in pack.criteria if counts[criterion.id]]
    return Gaps(pack, len(latest), tuple(sorted(found, key=lambda each: -each[1])))


def training_demand(db: Session, *, language: str, today: date) -> tuple[Demand, ...]:
    """What most people want first; the number of statements does not grow with members or trainings."""
    named = _named(db)
    found, offered = [], set()
    for offer in offers(db, from_on=today):
        training = offer.training
        names = {training.key, *(each.topic for each in training.topics)} & named.keys()
        offered |= names
        found.append(
            Demand(
                title=training.titles.get(language) or next(iter(training.titles.values())),
                is_offered=True,
                dates=len(offer.dates),
                taken=sum(each.seats.taken for each in offer.dates),
                waiting=sum(each.seats.waiting for each in offer.dates),
                **_numbers(named, names),
            )
        )
    missing = [
        Demand(title=name, is_offered=False, dates=0, taken=0, waiting=0, **_numbers(named, {name}))
        for name in sorted(named.keys() - offered)
    ]
    wanted = [each for each in (*found, *missing) if each.taken or each.waiting or each.actions]
    return tuple(sorted(wanted, key=lambda each: (-(each.taken + each.waiting + each.actions), each.title)))


def _named(db: Session) -> Mapping[str, Mapping[int, int]]:
    """By the name that actions of packs give, the open actions with it, as action id and organization."""
    rows = db.execute(
        select(Action.id, Action.pack_action, Action.organization_id, Assessment.published_pack_id)
        .join(Plan, Plan.id == Action.plan_id)
        .join(Assessment, Assessment.id == Plan.assessment_id)
        .join(Organization, Organization.id == Plan.organization_id)
        .where(
            Plan.state == PlanState.COMMITTED,
            Action.decision == Decision.ACT,
            Action.status.in_(OPEN),
            Action.pack_action.is_not(None),
            Organization.state == OrganizationState.ACTIVE,
        )
    ).all()
    used = {row.published_pack_id for row in rows}
    trainings = {
        (published.id, action.id): action.trainings
        for published in db.scalars(select(PublishedPack).where(PublishedPack.id.in_(used)))
        for action in pack_of(db, published).actions
    }
    found: dict[str, dict[int, int]] = {}
    for row in rows:
        for name in trainings.get((row.published_pack_id, str(row.pack_action)), ()):
            found.setdefault(name, {})[row.id] = row.organization_id
    return found


def _numbers(named: Mapping[str, Mapping[int, int]], names: set[str]) -> dict[str, int]:
    """Each action once, even where it gives several of these names."""
    actions = {id_: organization for name in names for id_, organization in named[name].items()}
    return {"actions": len(actions), "members": len(set(actions.values()))}
