"""What somebody reads of the organizations that are theirs to read: who they are, their assessments and results."""

from __future__ import annotations

from typing import Any

from charter.api import schemas
from charter.api.operations import operation
from charter.api.requests import actor, database, listed, number, page, scopes
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import CycleState
from charter.services.api_tokens import Scope
from charter.services.browsing import (
    assessment_with_result,
    assessments_for,
    may_read,
    organizations_for,
    ratings_for,
)
from charter.services.errors import NotFound


@operation("/me", summary="Whose token this is", with_token=True, schema=schemas.PERSON)
def me() -> dict[str, Any]:
    someone = actor()
    return {
        "id": someone.id,
        "name": someone.person.name,
        "role": someone.person.role.value if someone.person.role else None,
        "organizations": [{"id": each, "role": role.value} for each, role in sorted(someone.memberships.items())],
        "scopes": scopes(),
    }


@operation(
    "/organizations",
    summary="Organizations that you may read",
    scope=Scope.ASSESSMENTS,
    schema=schemas.ORGANIZATION,
    is_list=True,
)
def organizations() -> dict[str, Any]:
    after, limit = page()
    return listed(organizations_for(database(), actor(), after=after, limit=limit), schemas.organization_json)


@operation(
    "/assessments",
    summary="Assessments, of one organization only with the parameter `organization`",
    scope=Scope.ASSESSMENTS,
    schema=schemas.ASSESSMENT,
    is_list=True,
    filters=("organization",),
)
def assessments() -> dict[str, Any]:
    after, limit = page()
    rows = assessments_for(database(), actor(), organization_id=readable_organization(), after=after, limit=limit)
    return listed(rows, schemas.assessment_json)


@operation("/assessments/{number}", summary="One assessment", scope=Scope.ASSESSMENTS, schema=schemas.ASSESSMENT)
def assessment(number: int) -> dict[str, Any]:
    return schemas.assessment_json(_assessment(number))


@operation(
    "/assessments/{number}/ratings",
    summary="Agreed and verified ratings of one assessment",
    scope=Scope.ASSESSMENTS,
    schema=schemas.RATINGS,
)
def ratings(number: int) -> dict[str, Any]:
    found = _assessment(number)
    agreed, verified = ratings_for(database(), found.id)
    if found.state is not AssessmentState.CLOSED and actor().works_for(found.organization_id):
        verified = ()  # as on the page of the result: a review is shown to the member once it is done
    return schemas.ratings_json(
        found.id, {row.criterion_id: row for row in agreed}, {row.criterion_id: row for row in verified}
    )


@operation(
    "/assessments/{number}/result",
    summary="The frozen result of one closed assessment",
    scope=Scope.ASSESSMENTS,
    schema=schemas.RESULT,
)
def result(number: int) -> dict[str, Any]:
    found = _assessment(number)
    if found.state is not AssessmentState.CLOSED or found.result is None:
        raise NotFound
    return {"assessment": found.id, "result": found.result}


def readable_organization() -> int | None:
    """The organization that the address names; NotFound if the actor may not read it."""
    found = number("organization")
    if found is not None and not may_read(actor(), found):
        raise NotFound
    return found


def _assessment(assessment_id: int) -> Assessment:
    found = assessment_with_result(database(), assessment_id)
    if found is None or found.cycle.state is CycleState.DRAFT or not may_read(actor(), found.organization_id):
        raise NotFound
    return found
