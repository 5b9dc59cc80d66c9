"""Committed plans for tests that are about what follows from them, not about how they are made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.people import Person
from charter.database.plans import Action, ActionSource, ActionStatus, ActionSupporter, Decision, Plan, PlanState
from tests.integration.application.worlds import World

MADE_AT = datetime(2026, 12, 1, 3, tzinfo=UTC)
START = date(2027, 1, 4)


def plan_values(assessment: Assessment, *, at: datetime | None = None, **values: Any) -> dict[str, Any]:
    """A row of a plan that was committed at this moment, now unless said."""
    at = at or now()
    return {
        "assessment_id": assessment.id,
        "organization_id": assessment.organization_id,
        "state": PlanState.COMMITTED,
        "limits": {},
        "created_at": at,
        "committed_at": at,
        **values,
    }


def action_values(plan: Plan, *, title: str, **values: Any) -> dict[str, Any]:
    """A row of an action that nobody has begun."""
    return {
        "plan_id": plan.id,
        "organization_id": plan.organization_id,
        "source": ActionSource.OWN,
        "title": title,
        "decision": Decision.ACT,
        "must_do": False,
        "improves": {"R1": {"from": 1, "to": 3}},
        "clauses": [],
        "starts_on": START,
        "due_on": START + timedelta(days=89),
        "status": ActionStatus.NOT_STARTED,
        "created_at": now(),
        "updated_at": now(),
        **values,
    }


def committed_plan(world: World, assessment: Assessment, **values: Any) -> Plan:
    """An empty one, of long ago."""
    with world.writing() as db:
        plan = Plan(**plan_values(assessment, at=MADE_AT, version=1, **values))
        db.add(plan)
        return plan


def action(
    world: World,
    plan: Plan,
    title: str,
    due_on: date,
    *,
    owner: Person | None = None,
    supporters: tuple[Person, ...] = (),
    status: ActionStatus = ActionStatus.IN_PROGRESS,
    decision: Decision = Decision.ACT,
    **more: Any,
) -> Action:
    """One action of it, as old as the plan."""
    values = {
        "decision": decision,
        "improves": {},
        "starts_on": min(due_on, date(2026, 1, 1)),
        "due_on": due_on,
        "owner_id": owner.id if owner else None,
        "status": status,
        "created_at": MADE_AT,
        "updated_at": MADE_AT,
        **more,
    }
    with world.writing() as db:
        row = Action(**action_values(plan, title=title, **values))
        db.add(row)
        db.flush()
        db.add_all(ActionSupporter(action_id=row.id, person_id=each.id) for each in supporters)
        return row
