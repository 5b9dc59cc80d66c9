"""The plan that follows a closed assessment: suggestions, decisions, committing, the mentor's agreement."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy.orm import Session

from action_plans import Month, propose
from action_plans.model import Limits
from charter.clock import today
from charter.database.plans import Action, Decision, Plan
from charter.demo.actions import tell_actions
from charter.demo.case import Case, Story
from charter.demo.coalition import IN_LOGINS, Coalition, Member
from charter.demo.days import DAY
from charter.services import plan_decisions, plans
from charter.services.assessments import result_of
from charter.services.plan_proposals import proposal_json, take_proposal
from questionnaires.model import Action as PackAction

SECONDS = 120.0
"""For a planner on a busy machine; it needs a second."""
GOOD = 0.7
"""From this strength on the planner is asked: the fewer gaps there are, the quicker it is. Others write their own."""


class Ending(enum.Enum):
    """How far the plan comes."""

    DRAFT = enum.auto()
    WAITING = enum.auto()
    AGREED = enum.auto()


def tell_plan(
    coalition: Coalition, member: Member, year: int, *, closed_on: date, step: Callable[[date, Story], None]
) -> None:
    """Plan what happens after an assessment was closed that day."""
    ending = _ending(coalition, member, closed_on)
    by_planner = year > 0 and (member.number == IN_LOGINS or member.strength(year) >= GOOD)
    step(closed_on + 2 * DAY, _begin_with_proposal if by_planner else _begin_with_own)
    if ending is Ending.DRAFT:
        return
    step(closed_on + 4 * DAY, _decide)
    step(closed_on + 6 * DAY, _commit)
    if ending is Ending.WAITING:
        return
    if member.number % 9 == 4:
        step(closed_on + 7 * DAY, _ask_back)
        step(closed_on + 9 * DAY, _commit)
    step(closed_on + 11 * DAY, _agree)


def _ending(coalition: Coalition, member: Member, closed_on: date) -> Ending:
    """Those of earlier years are agreed; of the running one some are not yet."""
    if closed_on < coalition.days.ago(100):
        return Ending.AGREED
    return (Ending.DRAFT, Ending.WAITING, Ending.AGREED, Ending.WAITING)[member.number // 6 % 4]


def _begin_with_proposal(db: Session, case: Case) -> None:
    day = today(case.coalition.settings.zone)
    plan = plans.begin_plan(db, case.lead, case.assessment, today=day)
    pack, _, result = result_of(db, case.assessment)
    # Small, so that the planner proves its plan the best in a moment: only then is it always the same.
    start = Month(day.year, day.month).plus(1)
    limits = Limits(start=start, months=9, capacity_days=Fraction(4), max_actions=4)
    proposal = propose(pack, result, limits, time_limit=SECONDS)
    take_proposal(db, case.lead, plan, proposal, proposal_json(pack, result, proposal))


def _begin_with_own(db: Session, case: Case) -> None:
    day = today(case.coalition.settings.zone)
    plan = plans.begin_plan(db, case.lead, case.assessment, today=day)
    gaps = {gap.criterion: gap for gap in plan_decisions.gaps_of(db, plan)}
    useful = [
        each
        for each in case.coalition.pack.actions
        if not each.after and any(name in gaps and gaps[name].rating < to for name, to in each.improves.items())
    ]
    chance = case.chance("own actions")
    carried = len(plans.suggestions_of(db, plan))
    for pack_action in chance.sample(useful, k=min(len(useful), max(4 - carried, 1))):
        criteria = [name for name in pack_action.improves if name in gaps]
        values = _values(case, pack_action, begins_on=day + chance.randint(10, 120) * DAY)
        plan_decisions.add_action(db, case.lead, plan=plan, values=values, criteria=criteria)


def _values(case: Case, pack_action: PackAction, *, begins_on: date) -> plan_decisions.ActionValues:
    return plan_decisions.ActionValues(
        title=pack_action.title,
        starts_on=begins_on,
        due_on=begins_on + timedelta(days=30 * pack_action.duration_months),
        owner_id=case.chance(pack_action.id).choice(case.member.people),
        effort_days=int(pack_action.effort_days * 100),
        cost_planned=int(pack_action.cost * 100),
        indicator=pack_action.indicator,
    )


def _decide(db: Session, case: Case) -> None:
    """Must-dos are acted on, and all but one of the others; each gets somebody who owns it."""
    plan = _plan(db, case)
    plan_decisions.accept_must_dos(db, case.lead, plan=plan)
    declined = False
    for action in plans.suggestions_of(db, plan):
        if action.decision is Decision.OPEN:
            decision = Decision.ACT if declined else Decision.NOT_ACT
            reason = None if declined else "Not this year: we finish what we have begun first."
            declined = True
            plan_decisions.decide(
                db,
                case.lead,
                plan=plan,
                action_id=action.id,
                version=action.version,
                decision=decision,
                reason=reason,
            )
        if action.owner_id is None and action.decision is Decision.ACT:
            _give_to(db, case, plan, action)


def _give_to(db: Session, case: Case, plan: Plan, action: Action) -> None:
    chance = case.chance(f"owner {action.title}")
    owner, *others = chance.sample(case.member.people, k=len(case.member.people))
    values = plan_decisions.ActionValues(
        title=action.title,
        description=action.description,
        starts_on=action.starts_on,
        due_on=action.due_on,
        owner_id=owner,
        supporter_ids=tuple(others[:1]),
        effort_days=action.effort_days,
        cost_planned=action.cost_planned,
        indicator=action.indicator,
        target=action.target,
    )
    plan_decisions.edit_action(db, case.lead, plan=plan, action_id=action.id, version=action.version, values=values)


def _commit(db: Session, case: Case) -> None:
    plan = _plan(db, case)
    _, left_out = plans.undecided(plans.suggestions_of(db, plan))
    address = _address(case, plan)
    if plans.why_not_committed(plans.suggestions_of(db, plan)) is not None:
        return  # nothing to improve is left
    plans.commit_plan(db, case.lead, plan=plan, left_out=[action.id for action in left_out], address=address)


def _ask_back(db: Session, case: Case) -> None:
    plan = _plan(db, case)
    comment = "Who stands in for the owner while they are on leave? Please say it for the first action."
    plans.ask_back(db, case.mentor, plan=plan, comment=comment, address=_address(case, plan))


def _agree(db: Session, case: Case) -> None:
    plan = _plan(db, case)
    plans.agree_to_plan(db, case.mentor, plan=plan, address=_address(case, plan))
    tell_actions(case, plans.suggestions_of(db, plan))


def _plan(db: Session, case: Case) -> Plan:
    begun = plans.plan_of_assessment(db, case.assessment.id)
    found = plans.find_plan(db, begun.id) if begun is not None else None
    assert found is not None  # noqa: S101 - begun before
    return found


def _address(case: Case, plan: Plan) -> str:
    return f"{case.coalition.settings.public_url}/plan/{plan.id}"
