"""The history of a plan: what the whole of it was after each change, readable for ever."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload, undefer

from charter.clock import now
from charter.database.plans import Action, Plan, PlanVersion
from charter.services.actors import Actor
from charter.services.assessments import result_of
from charter.services.errors import NotFound
from charter.services.plan_forecasts import outlook
from scoring.writing import rounded


def keep_version(db: Session, actor: Actor | None, plan: Plan, *, event: str, note: str | None = None) -> PlanVersion:
    """Keep the plan as it stands now, under the next number. `event` is the name of the one that made it."""
    db.flush()
    actions = db.scalars(
        select(Action)
        .where(Action.plan_id == plan.id)
        .options(joinedload(Action.owner), selectinload(Action.supporters))
        .order_by(Action.starts_on, Action.id)
    ).all()
    plan.version += 1
    version = PlanVersion(
        plan_id=plan.id,
        number=plan.version,
        event=event,
        content=_content(db, plan, actions, note),
        at=now(),
        by_id=actor.id if actor else None,
    )
    db.add(version)
    db.flush()
    return version


def versions_of(db: Session, plan: Plan) -> list[PlanVersion]:
    """Every version without its content, newest first, with who made it."""
    return list(
        db.scalars(
            select(PlanVersion)
            .where(PlanVersion.plan_id == plan.id)
            .options(joinedload(PlanVersion.by))
            .order_by(PlanVersion.number.desc())
        )
    )


def version_of(db: Session, plan: Plan, number: int) -> PlanVersion:
    """One version with its content. NotFound if there is none of that number."""
    found = db.scalar(
        select(PlanVersion)
        .where(PlanVersion.plan_id == plan.id, PlanVersion.number == number)
        .options(joinedload(PlanVersion.by), undefer(PlanVersion.content))
    )
    if found is None:
        raise NotFound
    return found


def _content(db: Session, plan: Plan, actions: Sequence[Action], note: str | None) -> dict[str, Any]:
    pack, _answers, result = result_of(db, plan.assessment)
    ahead = outlook(pack, result, plan, actions)
    return {
        "limits": plan.limits,
        "note": note,
        "forecast": None
        if ahead is None
        else {
            "today": rounded(ahead.today),
            "months": [{"month": str(month), "score": rounded(score)} for month, score in ahead.months],
        },
        "actions": [_action(action) for action in actions],
    }


def _action(action: Action) -> dict[str, Any]:
    plain = (
        "id",
        "pack_action",
        "title",
        "description",
        "decision_reason",
        "must_do",
        "improves",
        "effort_days",
        "cost_planned",
        "percent",
        "help_needed",
        "indicator",
        "baseline",
        "target",
    )
    return {name: getattr(action, name) for name in plain} | {
        "source": action.source.value,
        "decision": action.decision.value,
        "status": action.status.value,
        "funding": action.funding.value if action.funding else None,
        "starts_on": action.starts_on.isoformat(),
        "due_on": action.due_on.isoformat(),
        "owner": action.owner.name if action.owner else action.owner_text,
        "supporters": [person.name for person in action.supporters],
    }
