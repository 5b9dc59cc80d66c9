"""Who works for a member: invited, named lead, gone; and the mailbox of a demo."""

from __future__ import annotations

import pytest

from charter.database.events import Event
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import MemberRole, Membership, Person, Role
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.test_accounts import link_in, mails
from tests.integration.application.worlds import World, post_form

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""

INVITED = {"name": "Ny Bopha", "email": "bopha@example.org", "role": "contributor", "language": "km"}


def lotus(world: World) -> tuple[Person, Person, Organization]:
    lead, contributor = world.person("Sok Dara"), world.person("Chan Maly")
    return lead, contributor, world.organization("Lotus", leads=(lead,), contributors=(contributor,))


def test_a_lead_invites_a_contributor_who_sets_a_password_and_sees_the_member(world: World) -> None:
    lead, _, organization = lotus(world)
    address = f"/member/{organization.id}/people"
    client = world.client(lead)
    assert post_form(client, f"{address}/invite", INVITED).location == address
    assert "bopha@example.org" in client.get(address).text
    (mail,) = mails(world)
    assert (mail.recipient, mail.language) == ("bopha@example.org", "km")
    new = world.client()
    assert post_form(new, link_in(mail), {"password": "eleven loud mountains"}).status_code == 302
    post_form(new, "/log-in", {"email": "bopha@example.org", "password": "eleven loud mountains"})
    page = new.get(address)
    assert page.status_code == 200
    assert f"{address}/invite" not in page.text, "contributors look on"
    assert {"PersonAdded", "PersonJoinedOrganization"} <= {event.name for event in world.rows(Event)}


def test_somebody_with_an_account_gets_a_mail_without_a_link_and_no_second_account(world: World) -> None:
    lead, _, organization = lotus(world)
    elsewhere = world.person("Ny Bopha")
    answer = post_form(
        world.client(lead), f"/member/{organization.id}/people/invite", {**INVITED, "email": elsewhere.email.upper()}
    )
    assert answer.status_code == 302
    assert "/link/" not in mails(world)[0].body
    assert len(world.rows(Person)) == 3
    assert len(world.rows(Membership, person_id=elsewhere.id)) == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"email": "no address"}, "This is not an e-mail address."),
        ({"name": ""}, "Please fill this in."),
        ({"email": "chan.maly@example.org"}, "Somebody with this address works here already."),
    ],
)
def test_an_invitation_that_cannot_be_sent_says_why_and_sends_nothing(
    world: World, change: dict[str, str], text: str
) -> None:
    lead, _, organization = lotus(world)
    answer = post_form(world.client(lead), f"/member/{organization.id}/people/invite", {**INVITED, **change})
    assert answer.status_code == 422
    assert text in answer.text
    assert mails(world) == []
    assert len(world.rows(Person)) == 2


def test_coalition_staff_are_not_invited(world: World) -> None:
    lead, _, organization = lotus(world)
    mentor = world.person("Ly Sothea", Role.MENTOR)
    answer = post_form(
        world.client(lead), f"/member/{organization.id}/people/invite", {**INVITED, "email": mentor.email}
    )
    assert answer.status_code == 409
    assert world.rows(Membership, person_id=mentor.id) == []


def test_a_new_link_ends_the_old_one_and_is_only_for_who_has_no_password(world: World) -> None:
    lead, contributor, organization = lotus(world)
    client, address = world.client(lead), f"/member/{organization.id}/people"
    post_form(client, f"{address}/invite", INVITED)
    (invited,) = [row for row in world.rows(Membership) if row.person_id not in (lead.id, contributor.id)]
    assert post_form(client, f"{address}/{invited.id}/invite-again", {}, page=address).status_code == 302
    first, second = mails(world)
    assert world.client().get(link_in(first)).status_code == 410
    assert world.client().get(link_in(second)).status_code == 200
    (settled,) = world.rows(Membership, person_id=contributor.id)
    assert post_form(client, f"{address}/{settled.id}/invite-again", {}, page=address).status_code == 409
    assert len(mails(world)) == 2


def test_a_contributor_becomes_a_lead_and_the_first_lead_may_go(world: World) -> None:
    lead, contributor, organization = lotus(world)
    client, address = world.client(lead), f"/member/{organization.id}/people"
    (own,) = world.rows(Membership, person_id=lead.id)
    (other,) = world.rows(Membership, person_id=contributor.id)
    assert post_form(client, f"{address}/{own.id}/end", {}).status_code == 409, "the last lead cannot go"
    assert post_form(client, f"{address}/{other.id}/lead", {}).status_code == 302
    now_lead = world.client(contributor)
    assert f"{address}/invite" in now_lead.get(address).text
    assert post_form(client, f"{address}/{own.id}/end", {}).location == "/"
    assert client.get(address).status_code == 404
    assert now_lead.get(address).status_code == 200
    roles = {row.role for row in world.rows(Membership, person_id=contributor.id) if row.until_at is None}
    assert roles == {MemberRole.LEAD}


def test_whoever_no_longer_works_there_sees_nothing_from_the_next_page_on(world: World) -> None:
    lead, contributor, organization = lotus(world)
    address = f"/member/{organization.id}/people"
    gone = world.client(contributor)
    assert gone.get(address).status_code == 200
    (membership,) = world.rows(Membership, person_id=contributor.id)
    client = world.client(lead)
    assert "Chan Maly" in client.get(f"{address}/{membership.id}/end").text
    assert post_form(client, f"{address}/{membership.id}/end", {}).status_code == 302
    assert gone.get(address).status_code == 404
    assert client.get(f"{address}/{membership.id}/end").status_code == 404, "it has ended"


def test_nobody_but_the_lead_changes_anything_and_no_lead_at_another_member(world: World) -> None:
    lead, contributor, organization = lotus(world)
    stranger = world.person("Ny Bopha")
    world.organization("Reed", leads=(stranger,))
    (membership,) = world.rows(Membership, person_id=contributor.id)
    before = len(world.rows(Event))
    own = f"/member/{organization.id}/people"
    foreign = f"/member/{organization.id + 1}/people"
    for client in (world.client(contributor), world.client(stranger), world.client(world.person("Ly", Role.MENTOR))):
        for address in (own, foreign):
            for action in ("invite", f"{membership.id}/invite-again", f"{membership.id}/lead", f"{membership.id}/end"):
                answer = post_form(client, f"{address}/{action}", INVITED, page="/account")
                if not (address == foreign and action == "invite" and client.get(foreign).status_code == 200):
                    assert answer.status_code == 404, (address, action)
    assert {row.role for row in world.rows(Membership, person_id=contributor.id)} == {MemberRole.CONTRIBUTOR}
    assert world.client(lead).get(foreign).status_code == 404
    names = [event.name for event in world.rows(Event)][before:]
    assert "PersonLeftOrganization" not in names


def test_the_list_needs_no_more_statements_for_more_people(world: World) -> None:
    lead, _, organization = lotus(world)
    client, address = world.client(lead), f"/member/{organization.id}/people"
    few = world.count_statements(lambda: client.get(address))
    for number in range(5):
        post_form(client, f"{address}/invite", {**INVITED, "email": f"n{number}@example.org"})
    client.get(address)
    assert world.count_statements(lambda: client.get(address)) == few


def test_the_mailbox_is_for_coordinators_of_a_demo_only(world: World) -> None:
    lead, _, organization = lotus(world)
    coordinator, mentor = world.person("Keo Rith", Role.COORDINATOR), world.person("Ly Sothea", Role.MENTOR)
    post_form(world.client(lead), f"/member/{organization.id}/people/invite", INVITED)
    (mail,) = world.rows(OutboxMail)
    for address in ("/mailbox", f"/mailbox/{mail.id}"):
        assert world.client(coordinator).get(address).status_code == 404
    world.app.extensions["charter.settings"] = world.app.extensions["charter.settings"].model_copy(
        update={"demo": True}
    )
    for address in ("/mailbox", f"/mailbox/{mail.id}"):
        assert [world.client(each).get(address).status_code for each in (lead, mentor)] == [404, 404]
        assert world.client().get(address).status_code == 302
    client = world.client(coordinator)
    assert "bopha@example.org" in client.get("/mailbox").text
    page = client.get(f"/mailbox/{mail.id}").text
    assert f'<a href="http://127.0.0.1:8000{link_in(mail)}"' in page
    assert client.get("/mailbox/99").status_code == 404
