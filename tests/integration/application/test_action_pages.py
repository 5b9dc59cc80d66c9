"""The page of one action: what each person finds there, and what their forms do."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.people import Role
from charter.database.plans import ActionStatus, Plan, PlanState, ProgressNote
from charter.stores import store_for
from tests.integration.application.agreements import sent
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.files import PDF
from tests.integration.application.plan_rows import START
from tests.integration.application.tracked import Tracked, a_tracked_member
from tests.integration.application.worlds import World

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


@pytest.fixture
def tracked(world: World) -> Tracked:
    return a_tracked_member(world)


def send(tracked: Tracked, action_id: int, what: str, *, by: Any = None, **data: Any) -> Any:
    client, page = tracked.world.client(by or tracked.member.contributor), f"/action/{action_id}"
    return sent(client, page, f"{page}/{what}", **data)


def test_the_way_of_an_action_through_its_pages(tracked: Tracked) -> None:
    member, action_id = tracked.member, tracked.add("Write a policy")
    page = f"/action/{action_id}"
    assert send(tracked, action_id, "status", name="begin", version=1).location == page
    assert "Add evidence" in tracked.world.client(member.contributor).get(page).text
    upload = {"file-file": (io.BytesIO(PDF), "minutes.pdf"), "file-title": "Signed minutes"}
    assert send(tracked, action_id, "evidence/file", **upload).status_code == 302
    row = tracked.world.rows(Evidence)[0]
    assert row.assessment_id == member.assessment.id and row.criterion_id is None
    assert tracked.world.client(member.mentor).get(f"{page}/evidence/{row.id}").data == PDF
    assert send(tracked, action_id, "status", name="finish", version=2).status_code == 302
    mentors = tracked.world.client(member.mentor)
    assert "Verify it" in mentors.get(page).text
    assert send(tracked, action_id, "review", by=member.mentor, name="verify", version=3).status_code == 302
    assert tracked.action(action_id).status is ActionStatus.VERIFIED
    assert f"Verified by {member.mentor.name}" in tracked.world.client(member.lead).get(page).text


def test_the_page_says_why_what_it_improves_and_how_late_it_is(tracked: Tracked) -> None:
    action_id = tracked.add("Write a policy", clauses=["unknown/1"], improves={"R1": {"from": 1, "to": 3}, "gone": {}})
    client = tracked.world.client(tracked.member.contributor)
    with time_machine.travel(START + timedelta(days=89 + 12, hours=5), tick=False):
        client = tracked.world.client(tracked.member.contributor)
        text = client.get(f"/action/{action_id}").text
    assert "12 days late" in text
    assert "The organization added it." in text
    assert tracked.member.pack.criterion("R1").title in text


def test_a_form_that_saw_an_older_version_shows_both(tracked: Tracked) -> None:
    action_id = tracked.add()
    tracked.move(action_id, "begin", by=tracked.member.lead)
    answer = send(tracked, action_id, "status", name="delay", reason="Rain", version=1)
    assert answer.status_code == 409
    assert "Stored now: In progress. You chose: It is delayed." in answer.text and "Rain" in answer.text
    page = f"/action/{action_id}/details"
    stored = {"starts_on": "2027-01-04", "due_on": "2027-04-03", "percent": "70", "owner_id": "", "version": "1"}
    client = tracked.world.client(tracked.member.lead)
    answer = sent(client, page, page, **stored)
    assert answer.status_code == 409 and 'name="version" value="2"' in answer.text
    assert tracked.action(action_id).percent == 0
    assert sent(client, page, page, **{**stored, "version": "2"}).status_code == 302
    assert tracked.action(action_id).percent == 70


def test_a_form_sent_twice_counts_once(tracked: Tracked) -> None:
    action_id = tracked.add()
    send(tracked, action_id, "status", name="begin", version=1)
    send(tracked, action_id, "status", name="begin", version=1)
    assert len(tracked.world.rows(Event, name="ActionBegun")) == 1
    for _ in range(2):
        assert send(tracked, action_id, "notes", text="We began", percent="10").status_code == 302
    assert len(tracked.world.rows(ProgressNote)) == 1


@pytest.mark.parametrize(
    ("what", "data", "where"),
    [
        ("status", {"name": "delay", "version": "1"}, 'href="#reason"'),
        ("status", {"name": "nonsense", "version": "1"}, None),
        ("notes", {"text": " "}, 'href="#text"'),
        ("notes", {"text": "Half", "percent": "1000"}, 'href="#percent"'),
        ("evidence/link", {"link-url": "http://example.org"}, 'href="#link-url"'),
        ("evidence/file", {}, 'href="#file-file"'),
        ("details", {"starts_on": "2027-02-01", "due_on": "2027-01-01", "version": "1"}, 'href="#due_on"'),
        (
            "details",
            {"starts_on": "2027-01-01", "due_on": "2027-02-01", "cost_spent": "much", "version": "1"},
            'href="#cost_spent"',
        ),
    ],
)
def test_what_cannot_be_taken_is_said_at_its_field(
    tracked: Tracked, what: str, data: dict[str, str], where: str | None
) -> None:
    action_id = tracked.add()
    answer = send(tracked, action_id, what, **data)
    assert answer.status_code == (422 if where else 302)
    assert where is None or where in answer.text
    assert tracked.action(action_id).version == 1 and tracked.world.rows(ProgressNote) == []


def test_details_are_changed_on_their_page(tracked: Tracked) -> None:
    action_id, lead = tracked.add(), tracked.member.lead
    page, client = f"/action/{action_id}/details", tracked.world.client(tracked.member.contributor)
    values = {"starts_on": "2027-01-04", "due_on": "2027-05-01", "cost_planned": "1,250.5".replace(",", "")}
    values |= {"owner_id": str(lead.id), "supporters": str(tracked.member.contributor.id), "funding": "own"}
    assert sent(client, page, page, **values, help_needed="A lawyer", version="1").status_code == 302
    action = tracked.action(action_id)
    assert (action.owner_id, action.cost_planned, action.help_needed) == (lead.id, 125050, "A lawyer")
    text = client.get(f"/action/{action_id}").text
    assert lead.name in text and tracked.member.contributor.name in text and "A lawyer" in text
    assert 'value="1250.50"' in client.get(page).text


def test_others_find_nothing_under_its_address(tracked: Tracked) -> None:
    action_id = tracked.add("Write a policy")
    evidence_id = tracked.show(action_id)
    other = a_tracked_member(tracked.world, "River House", title="Another")
    theirs = other.add()
    for person in (other.member.lead, other.member.mentor):
        client = tracked.world.client(person)
        assert client.get(f"/action/{action_id}").status_code == 404
        assert client.get(f"/plan/{tracked.plan.id}/actions").status_code == 404
        assert client.get(f"/action/{theirs}/evidence/{evidence_id}").status_code == 404
    coordinator = tracked.world.client(tracked.world.person("Some Coordinator", Role.COORDINATOR))
    text = coordinator.get(f"/action/{action_id}").text
    assert "Write a policy" in text and "It is with the member." in text and "<textarea" not in text


def test_evidence_of_an_action_has_no_other_address(tracked: Tracked) -> None:
    member, action_id = tracked.member, tracked.add()
    send(tracked, action_id, "evidence/file", **{"file-file": (io.BytesIO(PDF), "minutes.pdf")})
    (row,) = tracked.world.rows(Evidence)
    client = tracked.world.client(member.lead)
    assert client.get(f"/assessment/{member.assessment.id}/evidence/{row.id}").status_code == 404
    assert client.get(f"{member.address}/evidence/{row.id}/remove").status_code == 404
    page = f"/action/{action_id}/evidence/{row.id}/remove"
    assert "cannot be brought back" in client.get(page).text
    assert sent(client, page, page).status_code == 302
    store = store_for(tracked.world.app.extensions["charter.settings"])
    assert list(store.names()) == []


def test_an_ended_plan_can_be_read_and_a_draft_has_no_actions_yet(tracked: Tracked) -> None:
    action_id = tracked.add("Write a policy")
    client = tracked.world.client(tracked.member.lead)

    def set_state(state: PlanState) -> None:
        with tracked.world.writing() as db:
            db.get_one(Plan, tracked.plan.id).state = state

    set_state(PlanState.ENDED)
    assert "Write a policy" in client.get(f"/plan/{tracked.plan.id}/actions").text
    text = client.get(f"/action/{action_id}").text
    assert "This plan has ended" in text and "<textarea" not in text
    set_state(PlanState.DRAFT)
    assert client.get(f"/plan/{tracked.plan.id}/actions").status_code == 404
    assert client.get(f"/action/{action_id}").status_code == 404


def test_the_quick_button_comes_back_to_the_list(tracked: Tracked) -> None:
    action_id = tracked.add()
    back = f"/plan/{tracked.plan.id}/actions?view=board&by=quarter&page=1"
    answer = send(tracked, action_id, "status", name="begin", version=1, next=back)
    assert answer.location == back
    answer = send(tracked, action_id, "status", name="set_back", version=2, next="https://example.org/")
    assert answer.location == "/"
