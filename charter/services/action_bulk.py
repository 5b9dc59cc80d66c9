"""One change of many actions of a plan: all of it, or nothing, with what stands against it by action."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from charter.database.plans import Action, ActionStatus, ActionSupporter, Decision, Plan, PlanState
from charter.services.action_details import people_who_can_own
from charter.services.action_states import OPEN, check_days, move_to
from charter.services.actions import clean, make_move, record_action, touch, why_not
from charter.services.actors import Actor
from charter.services.assessments import party_in
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.states import Party
from questionnaires.message import Message, message

STATUSES = (ActionStatus.IN_PROGRESS, ActionStatus.DELAYED, ActionStatus.ON_HOLD)
"""What many can be set to at once. Done is said of each on its own, with its evidence."""
FARTHEST_SHIFT = 366
"""Days."""


@dataclass(frozen=True)
class BulkChange:
    """What is to change; None for what stays. `shift_days` moves the due day, back where negative."""

    status: ActionStatus | None = None
    reason: str | None = None
    owner_id: int | None = None
    shift_days: int | None = None


def change_actions(db: Session, actor: Actor, *, plan: Plan, chosen: Mapping[int, int], change: BulkChange) -> int:
    """Change the chosen actions, by id with the version that was seen; gives how many differ from before.

    Invalid with the problem of each action under its id, and of the change itself under its field; nothing is changed
    then. Each change of each action is an event, as if it were made alone.
    """
    if party_in(actor, plan.organization_id) not in (Party.LEAD, Party.CONTRIBUTOR):
        raise NotFound
    change = _checked(db, plan, chosen, change)
    actions = _locked(db, plan, chosen)
    problems = {
        str(action.id): problem
        for action in actions
        if (problem := _problem(db, actor, action, chosen[action.id], change))
    }
    if problems:
        raise Invalid(problems)
    return sum(_change(db, actor, action, change) for action in actions)


def _checked(db: Session, plan: Plan, chosen: Mapping[int, int], change: BulkChange) -> BulkChange:
    problems: dict[str, Message] = {}
    reason = clean(change.reason, "reason")
    if not chosen:
        problems["chosen"] = message("Choose at least one action.")
    if change.status is None and change.owner_id is None and not change.shift_days:
        problems[""] = message("Choose what to change: status, responsible person or due day.")
    if change.status is not None and change.status not in STATUSES:
        problems["status"] = message("Many actions at once cannot be set to this.")
    if change.status in (ActionStatus.DELAYED, ActionStatus.ON_HOLD) and reason is None:
        problems["reason"] = message("Please give a reason.")
    if change.owner_id is not None and change.owner_id not in people_who_can_own(db, plan.organization_id):
        problems["owner_id"] = message("Choose one of your organization's people.")
    if change.shift_days and abs(change.shift_days) > FARTHEST_SHIFT:
        problems["shift_days"] = message("Please give a number of days, {most} at most.", most=FARTHEST_SHIFT)
    if problems:
        raise Invalid(problems)
    return BulkChange(change.status, reason, change.owner_id, change.shift_days or None)


def _locked(db: Session, plan: Plan, chosen: Mapping[int, int]) -> list[Action]:
    db.refresh(plan, ["state"])
    if plan.state is not PlanState.COMMITTED:
        raise Refused(message("This plan is not being carried out now: nothing of it can be changed here."))
    actions = db.scalars(
        select(Action)
        .where(Action.plan_id == plan.id, Action.id.in_(chosen), Action.decision == Decision.ACT)
        .order_by(Action.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if len(actions) != len(chosen):
        raise NotFound
    return list(actions)


def _problem(db: Session, actor: Actor, action: Action, seen: int, change: BulkChange) -> Message | None:
    if action.version != seen:
        return message("Somebody else changed it in the meantime.")
    if action.status not in OPEN:
        return message("Nothing of it is still to be done, so it stays as it is.")
    if change.status is not None and change.status is not action.status:
        move = move_to(change.status, action.status, party_in(actor, action.organization_id))
        if (problem := why_not(db, actor, action, move)) is not None:
            return problem
    if change.shift_days is not None:
        problems = check_days(action.starts_on, action.due_on + timedelta(days=change.shift_days))
        return next(iter(problems.values()), None)
    return None


def _change(db: Session, actor: Actor, action: Action, change: BulkChange) -> bool:
    before = action.version
    if change.status is not None and change.status is not action.status:
        move = move_to(change.status, action.status, party_in(actor, action.organization_id))
        assert move is not None  # noqa: S101 - checked for all of them before
        make_move(db, actor, action, move, change.reason)
    changes: dict[str, list[Any]] = {}
    if change.owner_id is not None and change.owner_id != action.owner_id:
        changes["owner_id"] = [action.owner_id, change.owner_id]
        action.owner_id = change.owner_id
        db.execute(
            delete(ActionSupporter).where(
                ActionSupporter.action_id == action.id, ActionSupporter.person_id == change.owner_id
            )
        )
        db.expire(action, ["supporters"])
    if change.shift_days is not None:
        due_on = action.due_on + timedelta(days=change.shift_days)
        changes["due_on"] = [action.due_on.isoformat(), due_on.isoformat()]
        action.due_on = due_on
    if changes:
        touch(action)
        record_action(db, "ActionChanged", actor, action, changes=changes)
    return action.version != before
