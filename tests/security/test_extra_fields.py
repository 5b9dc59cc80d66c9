"""Mass assignment: fields that a form does not have change nothing, whatever they are called."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from charter.database import Base
from charter.database.assessments import AgreedRating, Assessment
from charter.database.grants import Grant
from charter.database.organizations import Organization
from charter.database.people import Membership, Person, Role
from charter.services.api_tokens import Scope
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.plan_rows import action, committed_plan
from tests.integration.application.worlds import PASSWORD, World, post_form

EXTRA: dict[str, Any] = {
    "id": "999",
    "role": "coordinator",
    "is_admin": "1",
    "is_coordinator": "true",
    "email": "evil@example.org",
    "password_hash": "x",
    "disabled_at": "2020-01-01",
    "organization_id": "2",
    "assessment_id": "2",
    "person_id": "2",
    "state": "closed",
    "version": "77",
    "overall": "10000",
    "approved": "100000",
    "decided_by_id": "1",
    "updated_by_id": "2",
    "created_at": "2020-01-01",
    "verified_at": "2020-01-01",
    "totp_secret": "x",
    "actor.person.role": "coordinator",
    "__class__": "x",
    "memberships-0-role": "lead",
}


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def without(*names: str) -> dict[str, Any]:
    """The extra fields, but for those that this form does have."""
    return {name: value for name, value in EXTRA.items() if name not in names}


def test_nobody_makes_oneself_a_coordinator(member: Member) -> None:
    world, before = member.world, member.world.rows(Person, id=member.lead.id)[0]
    fields = {"name": "New Name", "language": "vi", **without()}
    assert sent(world.client(member.lead), "/account/details", "/account/details", **fields).status_code == 302
    (after,) = world.rows(Person, id=member.lead.id)
    assert (after.name, after.language) == ("New Name", "vi")  # the control: the rest of the form is taken
    for column in set(Person.__table__.columns.keys()) - {"name", "language"}:
        assert getattr(after, column) == getattr(before, column), column


def test_a_lead_invites_nobody_into_the_coalition_or_another_member(member: Member) -> None:
    world = member.world
    other = a_member(world, "River House", title="Another")
    page = f"/member/{member.organization.id}/people/invite"
    fields = {"name": "New", "language": "en", **without(), "email": "new@example.org"}
    for role in ("coordinator", "mentor", "admin", ""):
        assert sent(world.client(member.lead), page, page, **{**fields, "role": role}).status_code == 422
    assert sent(world.client(member.lead), page, page, **{**fields, "role": "contributor"}).status_code == 302
    (person,) = world.rows(Person, email="new@example.org")
    assert person.role is None and person.password_hash is None
    (membership,) = world.rows(Membership, person_id=person.id)
    assert membership.organization_id == member.organization.id != other.organization.id


def test_who_applies_is_no_member_yet(world: World) -> None:
    fields = {
        "name": "New House",
        "contact_name": "X",
        "contact_email": "x@example.org",
        "language": "en",
        "about": "x",
    }
    assert post_form(world.client(), "/apply", {**fields, **without(), "state": "active"}).status_code == 302
    (made,) = world.rows(Organization, name="New House")
    assert made.state.value == "applied" and made.joined_on is None and made.id != 999


def test_an_answer_moves_neither_state_nor_score(member: Member) -> None:
    page = f"{member.address}/rate/rules"
    fields = {
        "R1-version": "0",
        "R1-rating": "2",
        **{f"R1-{name}": value for name, value in without("version").items()},
    }
    assert sent(member.world.client(member.lead), page, page, **fields, **without("version")).status_code == 302
    after = member.now()
    assert (after.state.value, after.overall, after.organization_id) == ("answering", None, member.organization.id)
    (row,) = member.world.rows(AgreedRating)
    assert (row.assessment_id, row.version, row.updated_by_id) == (after.id, 1, member.lead.id)


def test_a_lead_approves_no_grant_for_oneself(member: Member) -> None:
    page = f"/organizations/{member.organization.id}/grants/new"
    course = action(member.world, committed_plan(member.world, member.assessment), "A course", date(2027, 6, 1))
    fields = {
        "actions": str(course.id),
        "title": "Locks",
        "kind": "learning",
        "purpose": "x",
        "requested": "10",
        "starts_on": "2027-01-01",
        "ends_on": "2027-02-01",
    }
    answer = sent(member.world.client(member.lead), page, page, **fields, **without(), decision="approve", paid="1")
    assert answer.status_code == 302
    (grant,) = member.world.rows(Grant)
    assert (grant.state.value, grant.approved, grant.decided_by_id) == ("requested", None, None)
    assert (grant.organization_id, grant.requested, grant.version) == (member.organization.id, 1000, 1)


def test_a_token_opens_no_more_than_its_form_offers(member: Member) -> None:
    client = member.world.client(member.lead)
    fields = {"name": "x", "days": "90", "scopes": Scope.COALITION.value}
    assert sent(client, "/account/tokens", "/account/tokens", **fields).status_code == 422
    fields = {"name": "x", "days": "36500", "scopes": Scope.PLANS.value}
    assert sent(client, "/account/tokens", "/account/tokens", **fields).status_code == 422


def test_the_same_field_twice_counts_once(world: World) -> None:
    """Which of two values counts is the same for the check and for what is done."""
    person = world.person("Sok Dara")
    answer = post_form(
        world.client(), "/log-in", {"email": ["nobody@example.org", person.email], "password": [PASSWORD, "x"]}
    )
    assert answer.status_code == 422


def test_no_table_but_the_right_one_is_written(member: Member) -> None:
    """Rows of every other table are as many as before."""
    world = member.world
    expected = {"person", "event", "login_session"}

    def counts() -> dict[str, int]:
        with world.reading() as db:
            return {table.name: len(db.execute(table.select()).all()) for table in Base.metadata.sorted_tables}

    before = counts()
    sent(world.client(member.lead), "/account/details", "/account/details", name="N", language="en", **without())
    after = counts()
    assert {name for name in after if after[name] != before[name]} <= expected
    assert world.rows(Assessment)[0].state.value == "invited"
    assert [person.role for person in world.rows(Person, id=member.lead.id)] == [None]
    assert Role.COORDINATOR not in {person.role for person in world.rows(Person)}
