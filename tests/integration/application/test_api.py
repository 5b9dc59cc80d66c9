"""The API: who gets in, what each token opens, that everything it gives is as its description says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from schemathesis.core.result import Ok
from sqlalchemy import update
from sqlalchemy.orm import Session

from charter.api.operations import OPERATIONS, Operation
from charter.clock import now, pretend
from charter.config import Settings
from charter.database.api_tokens import ApiToken
from charter.database.assessments import Assessment, AssessmentState
from charter.database.people import Person, Role
from charter.database.plans import Action, Plan, PlanState
from charter.services import api_tokens
from charter.services.api_tokens import Scope
from charter.services.assessments import refresh
from tests.integration.application.plan_rows import action_values, plan_values
from tests.integration.application.worlds import World

ALL = [scope.value for scope in Scope]


class Coalition:
    """Two members, each with a closed assessment and a committed plan; a mentor of the first; a coordinator."""

    def __init__(self, world: World, settings: Settings) -> None:
        self.world, self.settings = world, settings
        self.lead = world.person("Our Lead")
        self.other = world.person("Other Lead")
        self.mentor = world.person("Our Mentor", Role.MENTOR)
        self.coordinator = world.person("Some Coordinator", Role.COORDINATOR)
        self.ours = world.organization("Lotus House", leads=(self.lead,), mentors=(self.mentor,))
        self.theirs = world.organization("Other House", leads=(self.other,))
        self.cycle, (self.assessment, self.their_assessment) = world.cycle(self.ours, self.theirs)
        self.plan = self._planned(self.assessment, self.lead)
        self.their_plan = self._planned(self.their_assessment, self.other)

    def _planned(self, assessment: Assessment, owner: Person) -> Plan:
        with self.world.writing() as db:
            row = db.get_one(Assessment, assessment.id)
            row.state = AssessmentState.CLOSED
            refresh(db, row)
            plan = Plan(**plan_values(row, committed_by_id=owner.id))
            db.add(plan)
            db.flush()
            db.add(an_action(db, plan, owner))
            return plan

    def token(self, person: Person, *scopes: str, days: int = 90) -> str:
        with self.world.writing() as db:
            actor = self.world.actor(db, person)
            chosen = list(scopes) or [scope.value for scope in api_tokens.scopes_for(actor)]
            return api_tokens.make_token(db, actor, self.settings, name="test", scopes=chosen, days=days)[1]

    def ask(self, path: str, token: str | None = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.world.app.test_client().get(f"/api/v1{path}", headers=headers, **options)

    def path(self, operation: Operation) -> str:
        number = self.plan.id if "plans" in operation.path else self.assessment.id
        return operation.path.replace("{number}", str(number)).replace("{name}", "2026")


def an_action(db: Session, plan: Plan, owner: Person) -> Action:
    today = now().date()
    days = {"starts_on": today, "due_on": today + timedelta(days=30)}
    return Action(**action_values(plan, title="Write the rules down", owner_id=owner.id, **days))


@pytest.fixture
def coalition(world: World, settings: Settings) -> Coalition:
    return Coalition(world, settings)


WITH_TOKEN = [each for each in OPERATIONS.values() if each.needs_token]
OPEN = [each for each in OPERATIONS.values() if not each.needs_token]


def test_only_benchmarks_and_the_description_are_open_to_everybody() -> None:
    assert {each.name for each in OPEN} == {"benchmarks", "benchmark", "openapi"}


def test_nothing_else_opens_without_a_token_that_works(coalition: Coalition) -> None:
    ended, foreign = coalition.token(coalition.lead), "charter_" + "x" * 43
    expired = coalition.token(coalition.lead, days=30)
    with coalition.world.writing() as db:
        actor = coalition.world.actor(db, coalition.lead)
        first = min(api_tokens.tokens_of(db, actor, coalition.settings), key=lambda row: row.id)
        api_tokens.end_token(db, actor, first.id)
    logged_in = coalition.world.client(coalition.lead)
    for each in WITH_TOKEN:
        path = coalition.path(each)
        answers = [coalition.ask(path), coalition.ask(path, ended), coalition.ask(path, foreign)]
        answers.append(logged_in.get(f"/api/v1{path}"))  # a cookie is no token
        with pretend(now() + timedelta(days=31)):
            answers.append(coalition.ask(path, expired))
        for answer in answers:
            assert answer.status_code == 401, path
            assert answer.mimetype == "application/problem+json"
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert "Lotus" not in answer.text


def test_a_token_of_somebody_who_may_no_longer_log_in_opens_nothing(coalition: Coalition) -> None:
    token = coalition.token(coalition.lead)
    assert coalition.ask("/me", token).status_code == 200
    with coalition.world.writing() as db:
        db.execute(update(Person).where(Person.id == coalition.lead.id).values(disabled_at=now()))
    assert coalition.ask("/me", token).status_code == 401


def test_each_address_needs_its_scope(coalition: Coalition) -> None:
    tokens = {scope: coalition.token(coalition.coordinator, scope) for scope in ALL}
    for operation in WITH_TOKEN:
        for scope, token in tokens.items():
            expected = 200 if operation.scope in (None, scope) else 403
            assert coalition.ask(coalition.path(operation), token).status_code == expected, operation.name


def test_what_is_of_others_looks_as_if_it_were_not(coalition: Coalition) -> None:
    strangers = [coalition.token(person) for person in (coalition.lead, coalition.mentor)]
    readers = [coalition.token(person) for person in (coalition.other, coalition.coordinator)]
    for operation in WITH_TOKEN:
        if "{number}" not in operation.path:
            continue
        theirs = coalition.their_plan.id if "plans" in operation.path else coalition.their_assessment.id
        path = operation.path.replace("{number}", str(theirs))
        missing = operation.path.replace("{number}", "999999")
        for token in strangers:
            denied, nothing = coalition.ask(path, token), coalition.ask(missing, token)
            assert denied.status_code == nothing.status_code == 404, path
            assert denied.data == nothing.data
        for token in readers:
            assert coalition.ask(path, token).status_code == 200, path


def test_lists_hold_only_what_their_reader_may_read(coalition: Coalition) -> None:
    for person, expected in (
        (coalition.lead, {coalition.ours.id}),
        (coalition.mentor, {coalition.ours.id}),
        (coalition.other, {coalition.theirs.id}),
        (coalition.coordinator, {coalition.ours.id, coalition.theirs.id}),
    ):
        token = coalition.token(person)
        assert {each["id"] for each in coalition.ask("/organizations", token).json["items"]} == expected
        for path in ("/assessments", "/plans"):
            assert {each["organization"] for each in coalition.ask(path, token).json["items"]} == expected
    token = coalition.token(coalition.lead)
    assert coalition.ask(f"/plans?organization={coalition.theirs.id}", token).status_code == 404


def test_a_draft_of_a_plan_is_nobodys_plan_yet(coalition: Coalition) -> None:
    with coalition.world.writing() as db:
        db.get_one(Plan, coalition.plan.id).state = PlanState.DRAFT
    token = coalition.token(coalition.lead)
    assert coalition.ask("/plans", token).json["items"] == []
    assert coalition.ask(f"/plans/{coalition.plan.id}", token).status_code == 404


def test_what_is_given_is_as_described(coalition: Coalition) -> None:
    token, description = coalition.token(coalition.coordinator), coalition.ask("/openapi.json").json
    for operation in WITH_TOKEN:
        answer = coalition.ask(coalition.path(operation), token)
        assert answer.status_code == 200, operation.name
        responses = description["paths"][operation.path]["get"]["responses"]
        jsonschema.validate(answer.json, responses["200"]["content"]["application/json"]["schema"])


def test_pages_of_a_list_come_one_after_the_other(coalition: Coalition) -> None:
    token = coalition.token(coalition.coordinator)
    first = coalition.ask("/organizations?limit=1", token).json
    second = coalition.ask(first["next"].removeprefix("/api/v1"), token).json
    assert [each["name"] for each in first["items"] + second["items"]] == ["Lotus House", "Other House"]
    third = coalition.ask(second["next"].removeprefix("/api/v1"), token).json
    assert third == {"items": [], "next": None}


def test_a_wrong_parameter_is_named(coalition: Coalition) -> None:
    token = coalition.token(coalition.lead)
    for query in ["limit=0", "limit=101", "limit=x", "limit=1&limit=2", "after=-1", "after=99999999999", "colour=red"]:
        answer = coalition.ask(f"/organizations?{query}", token)
        assert answer.status_code == 400
        assert re.split("[=&]", query)[0] in answer.json["detail"]


def test_it_can_only_be_read(coalition: Coalition) -> None:
    headers = {"Authorization": f"Bearer {coalition.token(coalition.coordinator)}"}
    client = coalition.world.app.test_client()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert client.open("/api/v1/organizations", method=method, headers=headers).status_code == 405
        assert client.open("/api/v1/nothing", method=method, headers=headers).status_code == 404


def test_the_day_of_the_last_use_is_kept_once_a_day(coalition: Coalition) -> None:
    token = coalition.token(coalition.lead)
    coalition.ask("/me", token)
    (row,) = coalition.world.rows(ApiToken)
    assert row.last_used_on is not None
    assert token not in str(vars(row))
    again = coalition.world.count_statements(lambda: coalition.ask("/me", token))
    assert again == 2  # the token with its person, and where the person works


def test_lists_take_as_many_statements_whatever_their_length(coalition: Coalition) -> None:
    token = coalition.token(coalition.coordinator)
    paths = ("/organizations", "/assessments", "/plans", f"/plans/{coalition.plan.id}", "/cycles")

    def counted() -> list[int]:
        return [coalition.world.count_statements(partial(coalition.ask, path, token)) for path in paths]

    counted()  # the first use of the day is written down
    before = counted()
    with coalition.world.writing() as db:
        plan = db.get_one(Plan, coalition.plan.id)
        db.add_all([an_action(db, plan, coalition.lead) for _ in range(40)])
    for number in range(8):
        coalition.world.organization(f"House {number}")
    assert counted() == before


@pytest.fixture
def browser(coalition: Coalition) -> Callable[[Person], FlaskClient]:
    return coalition.world.client


def test_a_token_is_made_on_a_page_and_shown_once(
    coalition: Coalition, browser: Callable[[Person], FlaskClient], app: Flask
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = browser(coalition.lead)
    made = client.post("/account/tokens", data={"name": "Yearly report", "scopes": ["plans:read"], "days": "30"})
    (text,) = re.findall(r"charter_[\w-]{40,}", made.text)
    assert coalition.ask("/plans", text).status_code == 200
    assert coalition.ask("/organizations", text).status_code == 403
    page = client.get("/account/tokens").text
    assert "Yearly report" in page and text not in page
    (row,) = coalition.world.rows(ApiToken)
    assert client.post(f"/account/tokens/{row.id}/end").status_code == 302
    assert coalition.ask("/plans", text).status_code == 401


def test_nobody_puts_more_into_a_token_than_is_theirs_or_ends_anothers(
    coalition: Coalition, browser: Callable[[Person], FlaskClient], app: Flask
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client = browser(coalition.lead)
    wrong = client.post("/account/tokens", data={"name": "All", "scopes": ["coalition:read"], "days": "30"})
    assert wrong.status_code == 422
    assert client.post("/account/tokens", data={"name": "", "scopes": [], "days": "7"}).status_code == 422
    assert coalition.world.rows(ApiToken) == []
    token = coalition.token(coalition.other)
    (row,) = coalition.world.rows(ApiToken)
    assert client.post(f"/account/tokens/{row.id}/end").status_code == 404
    assert coalition.ask("/me", token).status_code == 200


def test_schemathesis_finds_nothing(coalition: Coalition) -> None:
    """It asks what the description allows and what it does not, and checks answers against the description."""
    token = coalition.token(coalition.coordinator)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", coalition.world.app)
    asked = set()
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()

        @hypothesis_settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def check(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"})

        check()
        asked.add(operation.path)
    assert asked == {each.path for each in OPERATIONS.values()} - {"/openapi.json"}  # the description itself
