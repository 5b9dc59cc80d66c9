"""What people decide on a plan's suggestions: to act or not, to change one, to add their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from action_plans.candidates import Gap, state_problem
from charter.clock import now
from charter.database.people import Person
from charter.database.plans import Action, ActionSource, ActionStatus, Decision, Funding, Plan, PlanState
from charter.services.action_states import check_days
from charter.services.actors import Actor
from charter.services.assessments import result_of
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.organizations import people_of
from charter.services.plan_carry_over import repairs_must_do
from charter.services.plan_history import keep_version
from charter.services.plans import lock_draft, lock_plan, record_plan, too_long
from questionnaires.message import Message, message

MOST_DAYS = 9_999
MOST_MONEY = 20_000_000
LONGEST_TITLE, LONGEST_NAME, LONGEST_TEXT = 300, 200, 5_000


@dataclass(frozen=True, kw_only=True)
class ActionValues:
    """What people write about an action. Days and money are in hundredths."""

    title: str
    description: str | None = None
    starts_on: date
    due_on: date
    owner_id: int | None = None
    owner_text: str | None = None
    supporter_ids: tuple[int, ...] = ()
    effort_days: int | None = None
    cost_planned: int | None = None
    funding: Funding | None = None
    help_needed: str | None = None
    indicator: str | None = None
    baseline: str | None = None
    target: str | None = None


def find_action(db: Session, plan: Plan, action_id: int) -> Action:
    """An action of this plan with owner and supporters. NotFound if the plan has none of that number."""
    found = db.scalar(
        select(Action)
        .where(Action.id == action_id, Action.plan_id == plan.id)
        .options(joinedload(Action.owner), selectinload(Action.supporters))
    )
    if found is None:
        raise NotFound
    return found


def decide(
    db: Session,
    actor: Actor,
    *,
    plan: Plan,
    action_id: int,
    version: int,
    decision: Decision,
    reason: str | None = None,
) -> Action:
    """Act on a suggestion, do not, or leave it open again.

    Invalid if a must-do is declined without a reason; Stale, with the action as it is stored, if somebody was faster.
    """
    lock_draft(db, plan)
    action = _known(db, plan, action_id, version)
    reason = (reason or "").strip() or None
    if decision is not Decision.NOT_ACT:
        reason = None
    elif action.must_do and reason is None:
        raise Invalid({"reason": message("This is a must-do. Please say why you do not act on it.")})
    elif reason is not None and len(reason) > LONGEST_TEXT:
        raise Invalid({"reason": too_long(reason)})
    if (action.decision, action.decision_reason) != (decision, reason):
        action.decision, action.decision_reason = decision, reason
        _saved(db, action)
        record_plan(db, "ActionDecided", actor, plan, action=action.id, reason=reason, decision=decision.value)
    return action


def accept_must_dos(db: Session, actor: Actor, *, plan: Plan) -> int:
    """Act on every must-do on which nobody decided yet; gives their number."""
    lock_draft(db, plan)
    waiting = db.scalars(
        select(Action).where(Action.plan_id == plan.id, Action.must_do.is_(True), Action.decision == Decision.OPEN)
    ).all()
    for action in waiting:
        action.decision = Decision.ACT
        _saved(db, action)
        record_plan(db, "ActionDecided", actor, plan, action=action.id, decision=Decision.ACT.value)
    return len(waiting)


def edit_action(db: Session, actor: Actor, *, plan: Plan, action_id: int, version: int, values: ActionValues) -> Action:
    """Change an action of a draft. Invalid names every field that is wrong; Stale if somebody was faster."""
    lock_draft(db, plan)
    action = _known(db, plan, action_id, version)
    people = _people(db, plan, [action.owner_id, *(each.id for each in action.supporters)])
    check_values(values, people)
    changed = write_values(action, values, people)
    if changed:
        _saved(db, action)
        record_plan(db, "ActionEdited", actor, plan, action=action.id, fields=changed)
    return action


def add_action(db: Session, actor: Actor, *, plan: Plan, values: ActionValues, criteria: Sequence[str] = ()) -> Action:
    """An action of the organization's own, on which it acts; each of `criteria` is expected to rise to its target.

    While the plan is a draft lead and mentor add one, afterwards the lead only; then it makes a version of the plan.
    """
    lock_plan(db, plan)
    if plan.state is PlanState.ENDED:
        raise Refused(message("This plan has ended: a later one has taken its place."))
    if plan.state is PlanState.COMMITTED and not actor.is_lead_of(plan.organization_id):
        raise Refused(message("Once the plan is committed only a lead adds an action."))
    people = _people(db, plan, [])
    check_values(values, people)
    pack, _answers, result = result_of(db, plan.assessment)
    unknown = [name for name in criteria if not pack.has_criterion(name)]
    if unknown:
        raise Invalid({"criteria": message("Choose criteria of this questionnaire.")})
    improves = {}
    for name in dict.fromkeys(criteria):
        found = result.criteria[name]
        if found.rating is not None:
            improves[name] = {"from": found.rating, "to": max(found.rating, found.target)}
    moment = now()
    action = Action(
        plan_id=plan.id,
        organization_id=plan.organization_id,
        source=ActionSource.OWN,
        decision=Decision.ACT,
        must_do=repairs_must_do(improves, state_problem(pack, result).gaps.values()),
        improves=improves,
        clauses=[],
        status=ActionStatus.NOT_STARTED,
        created_at=moment,
        updated_at=moment,
    )
    write_values(action, values, people)
    db.add(action)
    db.flush()
    record_plan(db, "ActionAdded", actor, plan, action=action.id)
    if plan.state is PlanState.COMMITTED:
        keep_version(db, actor, plan, event="ActionAdded")
    return action


def gaps_of(db: Session, plan: Plan) -> list[Gap]:
    """What the plan's assessment leaves below its target, in the order of the questionnaire."""
    pack, _answers, result = result_of(db, plan.assessment)
    return list(state_problem(pack, result).gaps.values())


def check_values(values: ActionValues, people: Collection[Person]) -> None:
    """Invalid with a message for each field that cannot be taken; `people` are those who may own or support it."""
    problems: dict[str, Message] = {}
    if not values.title.strip():
        problems["title"] = message("Please give the action a title.")
    for name, longest in (
        ("title", LONGEST_TITLE),
        ("owner_text", LONGEST_NAME),
        ("baseline", LONGEST_NAME),
        ("target", LONGEST_NAME),
        ("description", LONGEST_TEXT),
        ("help_needed", LONGEST_TEXT),
        ("indicator", LONGEST_TEXT),
    ):
        text = getattr(values, name) or ""
        if len(text) > longest:
            problems[name] = message(
                "This has {count} characters; there is room for {most}.", count=len(text), most=longest
            )
    problems |= check_days(values.starts_on, values.due_on)
    known = {person.id for person in people}
    if values.owner_id is not None and values.owner_id not in known:
        problems["owner"] = message("Choose one of the organization's people.")
    if not known.issuperset(values.supporter_ids):
        problems["supporters"] = message("Choose from the organization's people.")
    if values.effort_days is not None and not 0 <= values.effort_days <= MOST_DAYS * 100:
        problems["effort_days"] = message("Please give a number from 0 to {most}.", most=MOST_DAYS)
    if values.cost_planned is not None and not 0 <= values.cost_planned <= MOST_MONEY * 100:
        problems["cost_planned"] = message("Please give a number from 0 to {most}.", most=MOST_MONEY)
    if problems:
        raise Invalid(problems)


def write_values(action: Action, values: ActionValues, people: Collection[Person]) -> list[str]:
    """Put the values into the action; gives the names of what changed."""
    changed = []
    by_id = {person.id: person for person in people}
    wanted = {
        "title": values.title.strip(),
        "owner_id": values.owner_id,
        # Where a person is named the role that the pack suggests is said no longer.
        "owner_text": None if values.owner_id is not None else values.owner_text,
    } | {
        name: getattr(values, name)
        for name in (
            "description",
            "starts_on",
            "due_on",
            "effort_days",
            "cost_planned",
            "funding",
            "help_needed",
            "indicator",
            "baseline",
            "target",
        )
    }
    for name, value in wanted.items():
        if getattr(action, name) != value:
            setattr(action, name, value)
            changed.append(name)
    supporters = [by_id[each] for each in sorted(set(values.supporter_ids)) if each != values.owner_id]
    if {each.id for each in action.supporters} != {each.id for each in supporters}:
        action.supporters = supporters
        changed.append("supporters")
    return changed


def possible_owners(db: Session, plan: Plan, action: Action | None = None) -> list[Person]:
    """Who may own or support an action: the organization's people, and who does already."""
    already = [] if action is None else [action.owner_id, *(each.id for each in action.supporters)]
    return _people(db, plan, already)


def _people(db: Session, plan: Plan, already: Iterable[int | None]) -> list[Person]:
    current = [membership.person for membership in people_of(db, plan.organization_id)]
    missing = {each for each in already if each is not None} - {person.id for person in current}
    if missing:
        current += db.scalars(select(Person).where(Person.id.in_(missing)).order_by(Person.name))
    return current


def _known(db: Session, plan: Plan, action_id: int, version: int) -> Action:
    action = find_action(db, plan, action_id)
    db.refresh(action, ["version"])  # as it is now that the plan is locked, and nobody else can change it
    if action.version != version:
        raise Stale(action)
    return action


def _saved(db: Session, action: Action) -> None:
    action.version += 1
    action.updated_at = now()
    db.flush()
