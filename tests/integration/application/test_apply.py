"""Asking to become a member, and the decision."""

from __future__ import annotations

from typing import Any

import pytest

from charter.database.events import Event
from charter.database.organizations import Organization, OrganizationState
from charter.database.outbox import OutboxMail
from charter.database.people import MemberRole, Membership, Person, Role
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World, post_form

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""

WRITTEN = {
    "name": "Lotus Shelter",
    "province": "Takeo",
    "contact_name": "Sok Dara",
    "contact_email": "dara@example.org",
    "contact_phone": "",
    "language": "km",
    "about": "We shelter children.",
    "website": "",
}


@pytest.fixture
def coordinator(world: World) -> Person:
    return world.person("Chan Maly", Role.COORDINATOR)


def applied(world: World, **other: str) -> Organization:
    assert post_form(world.client(), "/apply", {**WRITTEN, **other}).status_code == 302
    return world.rows(Organization)[-1]


def test_an_application_is_kept_and_every_coordinator_is_told(world: World, coordinator: Person) -> None:
    answer = post_form(world.client(), "/apply", WRITTEN)
    assert answer.location == "/apply/thanks"
    assert world.client().get(answer.location).status_code == 200
    (organization,) = world.rows(Organization)
    assert organization.state is OrganizationState.APPLIED
    assert organization.about == "We shelter children."
    (mail,) = world.rows(OutboxMail)
    assert mail.recipient == coordinator.email
    assert f"/coalition/members/{organization.id}" in mail.body
    assert [event.name for event in world.rows(Event)][-1] == "OrganizationApplied"


def test_who_is_a_member_cannot_be_found_out_by_applying(world: World, coordinator: Person) -> None:
    world.organization("Lotus Shelter", leads=(world.person("Sok Dara"),))
    taken = post_form(world.client(), "/apply", {**WRITTEN, "contact_email": "sok.dara@example.org"})
    free = post_form(world.client(), "/apply", {**WRITTEN, "name": "Mekong Kids"})
    assert (taken.status_code, taken.location, taken.text) == (free.status_code, free.location, free.text)
    assert {each.name for each in world.rows(Organization)} == {"Lotus Shelter", "Lotus Shelter (2)", "Mekong Kids"}


def test_a_program_that_fills_in_the_hidden_field_is_thanked_and_forgotten(world: World) -> None:
    answer = post_form(world.client(), "/apply", {**WRITTEN, "website": "https://spam.example"})
    assert answer.location == "/apply/thanks"
    assert not world.rows(Organization)


def test_the_sixth_application_from_one_place_has_to_wait(world: World) -> None:
    statuses = [
        post_form(world.client(), "/apply", {**WRITTEN, "name": f"Shelter {number}"}).status_code for number in range(8)
    ]
    assert statuses[:5] == [302] * 5
    assert statuses[-1] == 429
    assert len(world.rows(Organization)) < 8


@pytest.mark.parametrize(
    ("field", "value"), [("name", " "), ("contact_email", "nonsense"), ("about", ""), ("about", "x" * 4001)]
)
def test_an_incomplete_application_is_shown_again(world: World, field: str, value: str) -> None:
    answer = post_form(world.client(), "/apply", {**WRITTEN, field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert not world.rows(Organization)


def test_an_admitted_organization_gets_a_lead_who_gets_a_link(world: World, coordinator: Person) -> None:
    made = applied(world)
    client = world.client(coordinator)
    assert "We shelter children." in client.get(f"/coalition/members/{made.id}").text
    data = {
        "name": "Lotus Shelter Takeo",
        "joined_on": "2026-11-01",
        "lead_name": "Sok Dara",
        "lead_email": "dara@example.org",
    }
    address = f"/coalition/members/{made.id}/accept"
    assert post_form(client, address, data).status_code == 302
    (organization,) = world.rows(Organization)
    assert (organization.name, organization.state) == ("Lotus Shelter Takeo", OrganizationState.ACTIVE)
    (membership,) = world.rows(Membership)
    assert membership.role is MemberRole.LEAD
    assert world.rows(OutboxMail)[-1].recipient == "dara@example.org"
    assert post_form(client, address, {**data, "name": "Twice"}).status_code == 409
    assert len(world.rows(Membership)) == 1


def test_admitting_under_a_name_that_is_taken_changes_nothing(world: World, coordinator: Person) -> None:
    world.organization("Hope House")
    made = applied(world)
    data = {"name": "Hope House", "joined_on": "2026-11-01", "lead_name": "A", "lead_email": "a@example.org"}
    answer = post_form(world.client(coordinator), f"/coalition/members/{made.id}/accept", data)
    assert answer.status_code == 422
    assert world.rows(Organization, id=made.id)[0].state is OrganizationState.APPLIED
    assert not world.rows(Membership)


def test_a_refusal_needs_a_reason_and_is_told_in_the_applicants_language(world: World, coordinator: Person) -> None:
    made = applied(world)
    client = world.client(coordinator)
    address = f"/coalition/members/{made.id}/refuse"
    assert post_form(client, address, {"reason": " "}).status_code == 422
    assert post_form(client, address, {"reason": "Not registered yet"}).status_code == 302
    (organization,) = world.rows(Organization)
    assert organization.state is OrganizationState.REFUSED
    mail = world.rows(OutboxMail)[-1]
    assert (mail.recipient, mail.language) == ("dara@example.org", "km")
    assert "Not registered yet" in mail.body
    assert post_form(client, address, {"reason": "Again"}).status_code == 409


def test_only_coordinators_decide(world: World) -> None:
    made = applied(world)
    mentor: Any = world.client(world.person("Lim Bopha", Role.MENTOR))
    assert mentor.get(f"/coalition/members/{made.id}/accept").status_code == 404
