"""Cycles and what coordinators do with single assessments."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.events import Event
from charter.database.outbox import OutboxMail
from charter.database.packs import PublishedPack
from charter.database.people import Person, Role
from charter.services import packs
from charter.services.assessments import refresh
from tests.integration.application.worlds import World, post_form


@pytest.fixture
def coordinator(world: World) -> Person:
    return world.person("Chan Maly", Role.COORDINATOR)


@pytest.fixture
def client(world: World, coordinator: Person) -> Any:
    return world.client(coordinator)


@pytest.fixture
def published(world: World) -> PublishedPack:
    with world.writing() as db:
        return packs.publish_pack(db, None, "safeguarding-basics")


def prepared(client: Any, published: PublishedPack, **other: str) -> Any:
    data = {"title": "2026", "pack": str(published.id), "opens_on": "2026-02-01", "closes_on": "2026-04-30", **other}
    return post_form(client, "/coalition/cycles/add", data)


def test_a_cycle_is_prepared_members_invited_and_opened(world: World, client: Any, published: PublishedPack) -> None:
    one = world.organization("Hope House", leads=(world.person("Sok Dara", language="km"),))
    other = world.organization("Mekong Kids", leads=(world.person("Keo Nita"),))
    answer = prepared(client, published)
    (cycle,) = world.rows(Cycle)
    assert answer.location == f"/coalition/cycles/{cycle.id}/invite"
    assert client.get(answer.location).text.count("checked") == 2
    assert post_form(client, answer.location, {"members": [str(one.id), str(other.id)]}).status_code == 302
    assert len(world.rows(Assessment)) == 2
    assert not world.rows(OutboxMail)
    assert post_form(client, f"/coalition/cycles/{cycle.id}/open", {}).status_code == 302
    assert {(mail.recipient, mail.language) for mail in world.rows(OutboxMail)} == {
        ("sok.dara@example.org", "km"),
        ("keo.nita@example.org", "en"),
    }
    assert post_form(client, f"/coalition/cycles/{cycle.id}/open", {}).status_code == 409
    assert len(world.rows(OutboxMail)) == 2


def test_members_invited_to_an_open_cycle_are_told_at_once(world: World, client: Any) -> None:
    cycle, _ = world.cycle()
    late = world.organization("Hope House", leads=(world.person("Sok Dara"),))
    address = f"/coalition/cycles/{cycle.id}/invite"
    assert post_form(client, address, {"members": [str(late.id)]}).status_code == 302
    assert [mail.recipient for mail in world.rows(OutboxMail)] == ["sok.dara@example.org"]
    again = client.get(address)
    assert "Everybody is invited" in again.text


def test_whom_the_form_did_not_offer_cannot_be_invited(world: World, client: Any) -> None:
    world.organization("Hope House")
    cycle, _ = world.cycle()
    answer = post_form(client, f"/coalition/cycles/{cycle.id}/invite", {"members": ["999"]})
    assert answer.status_code == 422
    assert not world.rows(Assessment)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"closes_on": "2026-01-01"}, "A cycle cannot close before it opens."),
        ({"title": " "}, "Please fill this in."),
        ({"opens_on": "soon"}, "Write the day like this"),
    ],
)
def test_a_cycle_that_makes_no_sense_is_not_prepared(
    world: World, client: Any, published: PublishedPack, other: dict[str, str], said: str
) -> None:
    answer = prepared(client, published, **other)
    assert answer.status_code == 422
    assert said in answer.text
    assert not world.rows(Cycle)


def test_two_cycles_cannot_have_one_title(world: World, client: Any, published: PublishedPack) -> None:
    prepared(client, published)
    assert "There is a cycle of this name already." in prepared(client, published).text
    assert len(world.rows(Cycle)) == 1


def test_a_closed_cycle_takes_nobody_and_keeps_its_dates(world: World, client: Any) -> None:
    member = world.organization("Hope House")
    cycle, _ = world.cycle()
    page = f"/coalition/cycles/{cycle.id}"
    assert post_form(client, f"{page}/close", {}).status_code == 302
    assert world.rows(Cycle)[0].state is CycleState.CLOSED
    assert post_form(client, f"{page}/close", {}).status_code == 409
    assert post_form(client, f"{page}/dates", {"opens_on": "2026-01-01", "closes_on": "2026-02-01"}).status_code == 409
    assert "This cycle is closed" in client.get(f"{page}/invite").text
    refused = post_form(client, f"{page}/invite", {"members": [str(member.id)]}, page="/coalition/members/add")
    assert refused.status_code == 409
    assert not world.rows(Assessment)


def test_due_dates_follow_the_cycle_except_those_of_their_own(world: World, client: Any) -> None:
    cycle, (one, _other) = world.cycle(world.organization("Hope House"), world.organization("Mekong Kids"))
    assert (
        post_form(
            client, f"/coalition/assessments/{one.id}/due", {"due_on": "2031-01-05", "reason": "Flood"}
        ).status_code
        == 302
    )
    post_form(client, f"/coalition/cycles/{cycle.id}/dates", {"opens_on": "2030-01-01", "closes_on": "2030-05-01"})
    assert [each.due_on for each in world.rows(Assessment)] == [date(2031, 1, 5), date(2030, 5, 1)]
    (event,) = world.rows(Event, name="DueDateChanged")
    assert (event.reason, event.data["after"]) == ("Flood", "2031-01-05")


def test_another_due_date_needs_a_reason(world: World, client: Any) -> None:
    _, (one,) = world.cycle(world.organization("Hope House"))
    answer = post_form(client, f"/coalition/assessments/{one.id}/due", {"due_on": "2031-01-05", "reason": ""})
    assert answer.status_code == 422
    assert world.rows(Assessment)[0].due_on == one.due_on


def test_an_assessment_is_withdrawn_and_invited_again_with_reasons(world: World, client: Any) -> None:
    _, (one,) = world.cycle(world.organization("Hope House"))
    page = f"/coalition/assessments/{one.id}"
    assert post_form(client, f"{page}/withdraw", {"reason": ""}).status_code == 422
    assert world.rows(Assessment)[0].state is AssessmentState.INVITED
    assert post_form(client, f"{page}/withdraw", {"reason": "They moved"}).status_code == 302
    assert world.rows(Assessment)[0].state is AssessmentState.WITHDRAWN
    assert client.get(f"{page}/withdraw").status_code == 404
    assert post_form(client, f"{page}/invite_again", {"reason": "Back again"}).status_code == 302
    assert world.rows(Assessment)[0].state is AssessmentState.ANSWERING
    reasons = {event.name: event.reason for event in world.rows(Event) if event.reason}
    assert reasons == {"AssessmentWithdrawn": "They moved", "AssessmentInvitedAgain": "Back again"}
    assert "They moved" in client.get(page).text


def test_a_closed_assessment_is_opened_again_and_its_result_thawed(world: World, client: Any) -> None:
    _, (one,) = world.cycle(world.organization("Hope House", leads=(world.person("Sok Dara"),)))
    with world.writing() as db:
        assessment = db.get_one(Assessment, one.id)
        assessment.state = AssessmentState.CLOSED
        refresh(db, assessment)
        assert assessment.scores is not None
    answer = post_form(client, f"/coalition/assessments/{one.id}/reopen", {"reason": "An error was found"})
    assert answer.status_code == 302
    with world.reading() as db:
        assessment = db.get_one(Assessment, one.id)
        assert (assessment.state, assessment.result, assessment.scores) == (AssessmentState.SUBMITTED, None, None)
    (mail,) = world.rows(OutboxMail)
    assert "An error was found" in mail.body


def test_a_second_post_of_the_same_move_is_refused(world: World, client: Any) -> None:
    _, (one,) = world.cycle(world.organization("Hope House"))
    page = f"/coalition/assessments/{one.id}/withdraw"
    data = {"reason": "They moved"}
    assert post_form(client, page, data).status_code == 302
    assert post_form(client, page, data, page="/coalition/members/add").status_code == 409
    assert len(world.rows(Event, name="AssessmentWithdrawn")) == 1


def test_moves_of_others_are_not_offered_to_coordinators(world: World, client: Any) -> None:
    _, (one,) = world.cycle(world.organization("Hope House"))
    for name in ("begin", "submit", "close", "reopen"):
        assert client.get(f"/coalition/assessments/{one.id}/{name}").status_code == 404


def test_the_list_of_cycles_counts_members(world: World, client: Any) -> None:
    world.cycle(world.organization("Hope House"), world.organization("Mekong Kids"))
    few = world.count_statements(lambda: client.get("/coalition/cycles"))
    page = client.get("/coalition/cycles").text
    assert '<td class="num">2</td>' in page
    for number in range(4):
        world.cycle(world.organization(f"Member {number}"), title=f"Year {number}")
    assert world.count_statements(lambda: client.get("/coalition/cycles")) == few


def test_without_a_questionnaire_the_page_says_what_to_do_first(client: Any) -> None:
    assert "No questionnaire is published yet" in client.get("/coalition/cycles").text
