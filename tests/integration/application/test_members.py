"""Members, their people and mentors, and the coalition's own staff, as coordinators manage them."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from charter.clock import now
from charter.database.events import Event
from charter.database.organizations import Organization, OrganizationState
from charter.database.outbox import OutboxMail
from charter.database.people import MemberRole, Membership, Mentorship, Person, Role
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World, post_form

NEW = {
    "name": "Lotus Shelter",
    "province": "Takeo",
    "language": "km",
    "joined_on": "2026-02-01",
    "lead_name": "Sok Dara",
    "lead_email": "Dara@Example.org",
}


@pytest.fixture
def coordinator(world: World) -> Person:
    return world.person("Chan Maly", Role.COORDINATOR)


@pytest.fixture
def client(world: World, coordinator: Person) -> Any:
    return world.client(coordinator)


def test_a_member_is_added_and_its_lead_gets_a_mail(world: World, client: Any) -> None:
    answer = post_form(client, "/coalition/members/add", NEW)
    assert answer.status_code == 302
    (organization,) = world.rows(Organization)
    assert (organization.name, organization.province, organization.language) == ("Lotus Shelter", "Takeo", "km")
    (membership,) = world.rows(Membership)
    (mail,) = world.rows(OutboxMail)
    assert membership.role is MemberRole.LEAD
    assert (mail.recipient, mail.language) == ("dara@example.org", "km")
    assert "Lotus Shelter" in client.get(answer.location).text


@on_sqlite_only
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Please fill this in."),
        ("lead_email", "no address", "This is not an e-mail address."),
        ("joined_on", "tomorrow", "Write the day like this"),
        ("lead_name", "x" * 121, "there is room for 120"),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_is_kept(
    world: World, client: Any, field: str, value: str, said: str
) -> None:
    answer = post_form(client, "/coalition/members/add", {**NEW, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'href="#{field}"' in answer.text
    assert not world.rows(Organization)
    assert not world.rows(OutboxMail)


def test_a_name_that_is_taken_is_said_at_the_field(world: World, client: Any) -> None:
    world.organization("Lotus Shelter")
    answer = post_form(client, "/coalition/members/add", NEW)
    assert answer.status_code == 422
    assert "There is an organization of this name already." in answer.text


def test_the_list_filters_and_searches(world: World, client: Any) -> None:
    mentor = world.person("Lim Bopha", Role.MENTOR)
    world.organization("Hope House", mentors=(mentor,))
    world.organization("Mekong Kids")
    with world.writing() as db:
        db.get_one(Organization, 2).province = "Takeo"
    assert "Hope House" in client.get("/coalition/members").text
    found = client.get("/coalition/members?text=hope").text
    assert "Hope House" in found
    assert "Mekong Kids" not in found
    found = client.get("/coalition/members?province=Takeo").text
    assert "Mekong Kids" in found
    assert "Hope House" not in found
    found = client.get(f"/coalition/members?mentor={mentor.id}").text
    assert "Hope House" in found
    assert "Mekong Kids" not in found
    assert "No application waits" in client.get("/coalition/members?show=applied").text
    assert client.get("/coalition/members?show=nonsense&mentor=x").status_code == 200


def test_a_search_ignores_the_invisible_spaces_of_khmer(world: World, client: Any) -> None:
    world.organization("ផ្ទះ\u200bសង្ឃឹម")
    assert "ផ្ទះ" in client.get("/coalition/members?text=ផ្ទះសង្ឃឹម").text.split("<tbody>")[1]


def test_the_list_takes_as_many_statements_for_many_members_as_for_few(world: World, client: Any) -> None:
    mentor = world.person("Lim Bopha", Role.MENTOR)
    world.organization("Member 0", mentors=(mentor,))
    few = world.count_statements(lambda: client.get("/coalition/members"))
    for number in range(1, 12):
        world.organization(f"Member {number}", mentors=(mentor,))
    assert world.count_statements(lambda: client.get("/coalition/members")) == few


def test_a_long_list_has_pages_that_keep_the_filters(world: World, client: Any) -> None:
    with world.writing() as db:
        for number in range(150):
            row = {"name": f"Member {number:03}", "province": "Kep" if number < 120 else "Takeo"}
            db.add(Organization(state=OrganizationState.ACTIVE, language="en", created_at=now(), **row))
    few = world.count_statements(lambda: client.get("/coalition/members?province=Nowhere"))
    first = client.get("/coalition/members?province=Kep").text
    assert "120 organizations" in first and "Page 1 of 2" in first
    assert "Member 099" in first and "Member 100" not in first
    link = re.search(r'href="(/coalition/members\?page=2[^"]*)"', first)
    assert link is not None
    address = html.unescape(link[1])
    last = client.get(address).text
    assert "Member 119" in last and "Member 120" not in last and "Next page" not in last
    assert world.count_statements(lambda: client.get(address)) == few


def test_facts_are_changed_and_the_event_names_fields_not_values(world: World, client: Any) -> None:
    member = world.organization("Hope House")
    answer = post_form(
        client,
        f"/coalition/members/{member.id}/edit",
        {"name": "Hope Home", "province": "Kep", "language": "en", "contact_email": "office@example.org"},
    )
    assert answer.status_code == 302
    (organization,) = world.rows(Organization)
    assert (organization.name, organization.contact_email) == ("Hope Home", "office@example.org")
    (event,) = world.rows(Event, name="OrganizationChanged")
    assert event.data == {"fields": ["contact_email", "name", "province"]}


def test_people_are_added_and_their_access_ended(world: World, client: Any) -> None:
    lead = world.person("Sok Dara")
    member = world.organization("Hope House", leads=(lead,))
    page = f"/coalition/members/{member.id}"
    data = {"name": "Keo Nita", "email": "nita@example.org", "role": "contributor", "language": "en"}
    assert post_form(client, f"{page}/people/add", data).status_code == 302
    again = post_form(client, f"{page}/people/add", data)
    assert again.status_code == 422
    assert "works here already" in again.text
    (nita,) = world.rows(Membership, role=MemberRole.CONTRIBUTOR)
    assert post_form(client, f"{page}/people/{nita.id}/end", {}).status_code == 302
    (nita,) = world.rows(Membership, role=MemberRole.CONTRIBUTOR)
    assert nita.until_at is not None


def test_the_last_lead_cannot_be_taken_away(world: World, client: Any) -> None:
    member = world.organization("Hope House", leads=(world.person("Sok Dara"),))
    (lead,) = world.rows(Membership)
    answer = post_form(client, f"/coalition/members/{member.id}/people/{lead.id}/end", {})
    assert answer.status_code == 409
    assert world.rows(Membership)[0].until_at is None


def test_the_membership_of_another_organization_cannot_be_ended_through_this_one(world: World, client: Any) -> None:
    one = world.organization("Hope House", leads=(world.person("Sok Dara"),))
    world.organization("Mekong Kids", leads=(world.person("Keo Nita"), world.person("Ros Thida")))
    (other,) = [each for each in world.rows(Membership) if each.organization_id != one.id][:1]
    assert client.get(f"/coalition/members/{one.id}/people/{other.id}/end").status_code == 404
    assert all(each.until_at is None for each in world.rows(Membership))


def test_mentors_are_assigned_and_released(world: World, client: Any) -> None:
    mentor = world.person("Lim Bopha", Role.MENTOR)
    member = world.organization("Hope House")
    page = f"/coalition/members/{member.id}"
    assert post_form(client, f"{page}/mentors/add", {"mentor": str(mentor.id)}).status_code == 302
    (mentorship,) = world.rows(Mentorship)
    assert "Lim Bopha" in client.get(page).text
    assert post_form(client, f"{page}/mentors/{mentorship.id}/end", {}).status_code == 302
    (mentorship,) = world.rows(Mentorship)
    assert mentorship.until_at is not None


def test_only_mentors_can_be_assigned(world: World, client: Any, coordinator: Person) -> None:
    world.person("Lim Bopha", Role.MENTOR)
    member = world.organization("Hope House")
    answer = post_form(client, f"/coalition/members/{member.id}/mentors/add", {"mentor": str(coordinator.id)})
    assert answer.status_code == 422
    assert not world.rows(Mentorship)


def test_a_mentor_is_added_with_a_mail(world: World, client: Any) -> None:
    data = {"name": "Lim Bopha", "email": "bopha@example.org", "role": "mentor", "language": "en"}
    assert post_form(client, "/coalition/people/add", data).status_code == 302
    (mentor,) = world.rows(Person, role=Role.MENTOR)
    assert mentor.password_hash is None
    assert [mail.recipient for mail in world.rows(OutboxMail)] == ["bopha@example.org"]
    again = post_form(client, "/coalition/people/add", data)
    assert again.status_code == 422
    assert "has an account already" in again.text


def test_closing_an_account_logs_out_and_it_can_be_opened_again(world: World, client: Any) -> None:
    other = world.person("Keo Sophal", Role.COORDINATOR)
    theirs = world.client(other)
    assert theirs.get("/coalition/people").status_code == 200
    assert post_form(client, f"/coalition/people/{other.id}/disable", {}).status_code == 302
    assert theirs.get("/coalition/people").status_code == 302
    answer = post_form(client, f"/coalition/people/{other.id}/enable", {}, page="/coalition/people")
    assert answer.status_code == 302
    assert world.rows(Person, id=other.id)[0].disabled_at is None


def test_nobody_closes_the_own_account_or_that_of_the_last_coordinator(
    world: World, client: Any, coordinator: Person
) -> None:
    assert post_form(client, f"/coalition/people/{coordinator.id}/disable", {}).status_code == 409
    assert world.rows(Person, id=coordinator.id)[0].disabled_at is None


def test_the_account_of_a_lead_is_not_closed_here(world: World, client: Any) -> None:
    lead = world.person("Sok Dara")
    assert client.get(f"/coalition/people/{lead.id}/disable").status_code == 404


@on_sqlite_only
@pytest.mark.parametrize("address", ["", "/members", "/members/add", "/people", "/cycles", "/packs", "/audit"])
def test_these_pages_are_closed_to_mentors_and_members(world: World, address: str) -> None:
    lead = world.person("Sok Dara")
    member = world.organization("Hope House", leads=(lead,))
    mentor = world.person("Lim Bopha", Role.MENTOR)
    for person in (lead, mentor):
        client = world.client(person)
        assert client.get(f"/coalition{address}").status_code == 404
        assert client.get(f"/coalition/members/{member.id}").status_code == 404


def test_a_member_that_does_not_exist_is_not_found(world: World, client: Any) -> None:
    assert client.get("/coalition/members/999").status_code == 404
    assert world.rows(Organization) == []
