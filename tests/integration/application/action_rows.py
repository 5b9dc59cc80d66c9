"""Committed plans for tests that are about what follows from them, not about how they are made."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from charter.database.assessments import Assessment
from charter.database.people import Person
from charter.database.plans import Action, ActionSource, ActionStatus, ActionSupporter, Decision, Plan, PlanState
from tests.integration.application.worlds import World

MADE_AT = datetime(2026, 12, 1, 3, tzinfo=UTC)


def committed_plan(world: World, assessment: Assessment, *, state: PlanState = PlanState.COMMITTED) -> Plan:
    with world.writing() as db:
        plan = Plan(
            assessment_id=assessment.id,
            organization_id=assessment.organization_id,
            state=state,
            limits={},
            version=1,
            created_at=MADE_AT,
            committed_at=MADE_AT,
        )
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
    with world.writing() as db:
        row = Action(
            plan_id=plan.id,
            organization_id=plan.organization_id,
            source=ActionSource.OWN,
            title=title,
            decision=decision,
            must_do=False,
            improves={},
            clauses=[],
            starts_on=min(due_on, date(2026, 1, 1)),
            due_on=due_on,
            owner_id=owner.id if owner else None,
            status=status,
            created_at=MADE_AT,
            updated_at=MADE_AT,
            **more,
        )
        db.add(row)
        db.flush()
        db.add_all(ActionSupporter(action_id=row.id, person_id=each.id) for each in supporters)
        return row
