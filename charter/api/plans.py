"""Committed plans and their actions."""

from __future__ import annotations

from typing import Any

from charter.api import schemas
from charter.api.members import readable_organization
from charter.api.operations import operation
from charter.api.requests import actor, database, listed, page
from charter.services.api_tokens import Scope
from charter.services.browsing import may_read, plan_with_actions, plans_for
from charter.services.errors import NotFound


@operation(
    "/plans",
    summary="Committed plans, of one organization only with the parameter `organization`",
    scope=Scope.PLANS,
    schema=schemas.PLAN,
    is_list=True,
    filters=("organization",),
)
def plans() -> dict[str, Any]:
    after, limit = page()
    rows = plans_for(database(), actor(), organization_id=readable_organization(), after=after, limit=limit)
    return listed(rows, schemas.plan_json)


@operation("/plans/{number}", summary="One plan with its actions", scope=Scope.PLANS, schema=schemas.PLAN_WITH_ACTIONS)
def plan(number: int) -> dict[str, Any]:
    found = plan_with_actions(database(), number)
    if found is None or not may_read(actor(), found[0].organization_id):
        raise NotFound
    return {**schemas.plan_json(found[0]), "actions": [schemas.action_json(row) for row in found[1]]}
