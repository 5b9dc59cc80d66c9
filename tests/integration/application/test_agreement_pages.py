"""The pages on which people rate together."""

from __future__ import annotations

from typing import Any

import pytest

from charter.clock import now
from charter.database.assessments import AgreedRating, AssessmentState
from charter.database.staff_rounds import StaffRound
from scoring.model import Choice
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def answers(**fields: Any) -> dict[str, str]:
    """`R1_rating=3` is the field R1-rating; every answer of the page has a version."""
    data = {name.replace("_", "-", 1): str(value) for name, value in fields.items()}
    for name in ("R1", "R2", "R3"):
        data.setdefault(f"{name}-version", "0")
    return data


def rate(member: Member, data: dict[str, str], *, group: str = "rules", client: Any = None) -> Any:
    page = f"{member.address}/rate/{group}"
    return sent(client or member.world.client(member.lead), page, page, **data)


def test_one_principle_a_page_with_every_level_described(member: Member) -> None:
    page = member.world.client(member.contributor).get(f"{member.address}/rate/rules").text
    assert "Rules that everyone knows" in page and "Part 1 of 4" in page
    assert page.count("<fieldset") == 3
    assert "We do not have it, or we only speak about it." in page
    assert "Ask three people what the policy wants of them." in page
    assert f"{member.address}/rate/people" in page


def test_saving_a_page_keeps_each_answer_that_was_touched(member: Member) -> None:
    response = rate(member, answers(R1_rating=3, R1_note="Minutes of May", R2_rating="", R3_rating=2, go="next"))
    assert response.status_code == 302 and response.location.endswith("/rate/people")
    stored = {row.criterion_id: (row.rating, row.note) for row in member.world.rows(AgreedRating)}
    assert stored == {"R1": (3, "Minutes of May"), "R3": (2, None)}


def test_what_another_person_changed_meanwhile_is_not_touched_by_a_page_that_did_not(member: Member) -> None:
    member.save("R1", 2)
    data = answers(R1_rating=2, R1_version=1, R3_rating=4)  # a page loaded now
    member.save("R1", 4, by=member.contributor)
    assert rate(member, data).status_code == 302
    row = member.stored("R1")
    assert row is not None and (row.rating, row.version) == (4, 2)
    assert member.stored("R3") is not None


def test_a_conflict_shows_both_answers_and_keeps_the_rest(member: Member) -> None:
    member.save("R1", 2)
    member.save("R1", 4, note="Seen it", by=member.contributor)
    response = rate(member, answers(R1_rating=1, R1_note="Not found", R1_version=1, R3_rating=3))
    assert response.status_code == 200
    assert "Helper of Lotus House saved another answer" in response.text
    assert "Keep what is stored" in response.text and "Note: Seen it" in response.text
    assert "Put yours in its place" in response.text and "Note: Not found" in response.text
    row, other = member.stored("R1"), member.stored("R3")
    assert row is not None and (row.rating, row.version) == (4, 2)
    assert other is not None and other.rating == 3


@pytest.mark.parametrize(("take", "rating", "version"), [("mine", 1, 3), ("stored", 4, 2)])
def test_whoever_is_in_conflict_chooses(member: Member, take: str, rating: int, version: int) -> None:
    member.save("R1", 2)
    member.save("R1", 4, by=member.contributor)
    data = answers(R1_rating=1, R1_version=2) | {"R1-conflict": "1", "R1-take": take}
    assert rate(member, data).status_code == 302
    row = member.stored("R1")
    assert row is not None and (row.rating, row.version) == (rating, version)


def test_a_conflict_stays_one_until_somebody_chooses(member: Member) -> None:
    member.save("R1", 2)
    member.save("R1", 4, by=member.contributor)
    response = rate(member, answers(R1_rating=1, R1_version=2) | {"R1-conflict": "1"})
    assert "Put yours in its place" in response.text
    row = member.stored("R1")
    assert row is not None and row.rating == 4


def test_not_applicable_asks_for_its_reason_at_once(member: Member) -> None:
    response = rate(member, answers(R3_rating="not-applicable", go="next"))
    assert response.location.endswith("/rate/rules#c-R3")
    page = member.world.client(member.lead).get(f"{member.address}/rate/rules").text
    assert "Please also say why it does not apply." in page


def test_a_level_from_nowhere_saves_nothing_and_loses_no_text(member: Member) -> None:
    response = rate(member, answers(R1_rating=9, R1_note="Long thoughts", R3_rating=3))
    assert response.status_code == 422
    assert "Nothing was saved yet" in response.text and "Long thoughts" in response.text
    assert member.world.rows(AgreedRating) == []


def test_a_question_that_does_not_apply_is_named_with_its_condition(member: Member) -> None:
    member.save("R1", 1)
    page = member.world.client(member.lead).get(f"{member.address}/rate/rules").text
    assert "1 question does not concern you now" in page
    assert "Asked if “R1” is at least 2." in page
    assert 'name="R2-rating"' not in page


def test_the_first_unanswered_question_is_one_click_away(member: Member) -> None:
    for name in ("R1", "R2", "R3", "P1"):
        member.save(name, 3)
    client = member.world.client(member.lead)
    assert client.get(f"{member.address}/unanswered").location.endswith("/rate/people#c-P2")
    member.answer_everything()
    assert client.get(f"{member.address}/unanswered").location.endswith("/readiness")


def test_last_year_stands_beside_as_a_hint(member: Member) -> None:
    member.submitted()
    with member.world.writing() as db:
        from datetime import timedelta

        from charter.database.cycles import Cycle

        db.query(Cycle).one().opens_on -= timedelta(days=365)
    _, (second,) = member.world.cycle(member.organization, title="Year two")
    page = member.world.client(member.lead).get(f"/member/assessments/{second.id}/rate/rules").text
    assert "Year one: 3 · Working" in page
    assert " checked>" not in page


def staff_round(member: Member, median: int | None, *, n: int | str = 12) -> None:
    view = {"n": n, "median": median, "reaching": "few" if median else None, "agreement": None}
    view |= {"counts": None, "dont_know": None, "not_applicable": None, "consensus": None}
    criteria = {criterion.id: view for criterion in member.pack.criteria}
    with member.world.writing() as db:
        db.add(
            StaffRound(
                assessment_id=member.assessment.id,
                number=1,
                opened_at=now(),
                opened_by_id=member.lead.id,
                closes_on=now().date(),
                closed_at=now(),
                view={"sheets": n, "codes": 12, "criteria": criteria},
            )
        )


def test_what_the_staff_said_is_shown_as_far_as_it_may_be(member: Member) -> None:
    staff_round(member, 2)
    page = member.world.client(member.lead).get(f"{member.address}/rate/rules").text
    assert "Staff, 12 answers: in the middle 2 · Started." in page and "Few reach the target." in page


def test_too_few_sheets_show_nothing_of_what_was_said(member: Member) -> None:
    staff_round(member, None, n="<5")
    page = member.world.client(member.lead).get(f"{member.address}/rate/rules").text
    assert "Too few of the staff answered" in page and "in the middle" not in page


def test_after_submission_the_page_can_only_be_read(member: Member) -> None:
    member.submitted()
    client = member.world.client(member.lead)
    page = client.get(f"{member.address}/rate/rules").text
    assert "nothing can be changed while it is reviewed" in page
    assert page.count(" disabled>") >= 15 and "Save and go on" not in page
    response = sent(
        client, f"{member.address}/rate/rules", f"{member.address}/rate/rules", **answers(R1_rating=1, R1_version=1)
    )
    assert response.status_code == 409
    row = member.stored("R1")
    assert row is not None and row.rating == 3


def test_only_what_the_mentor_named_is_open_and_says_why(member: Member) -> None:
    member.submitted()
    member.ask_for_changes("R1")
    page = member.world.client(member.lead).get(f"{member.address}/rate/rules").text
    assert "Your mentor asks: Please look at R1 again" in page
    assert 'name="R3-version" value="1" disabled' in page and 'name="R1-version" value="1">' in page


def post_answer(member: Member, client: Any = None, **fields: Any) -> Any:
    client = client or member.world.client(member.lead)
    page = f"{member.address}/rate/rules"
    data = {name.replace("_", "-", 1): str(value) for name, value in fields.items()}
    return sent(client, page, f"{member.address}/answer/R1", **data)


def test_the_script_gets_version_time_and_progress(member: Member) -> None:
    response = post_answer(member, R1_rating=3, R1_version=0)
    assert response.status_code == 200
    told = response.json
    assert (told["state"], told["version"], told["reload"]) == ("saved", 1, False)
    assert told["text"].startswith("Saved ") and told["progress"] == "1 of 12 answered"


def test_the_script_hears_of_a_conflict_and_of_questions_that_come_and_go(member: Member) -> None:
    member.save("R1", 3, by=member.contributor)
    response = post_answer(member, R1_rating=1, R1_version=0)
    assert response.status_code == 409
    assert response.json["state"] == "conflict" and "Helper of Lotus House" in response.json["text"]
    assert post_answer(member, R1_rating=1, R1_version=1).json["reload"] is True


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"R1_rating": 7, "R1_version": 0}, 422), ({"R1_rating": 2}, 400), ({"R1_rating": 2, "R1_version": "x"}, 422)],
)
def test_the_script_is_told_what_cannot_be_taken(member: Member, fields: dict[str, Any], status: int) -> None:
    assert post_answer(member, **fields).status_code == status
    assert member.world.rows(AgreedRating) == []


def test_without_the_token_nothing_is_saved(member: Member) -> None:
    client = member.world.client(member.lead)
    assert client.post(f"{member.address}/answer/R1", data={"R1-rating": "3", "R1-version": "0"}).status_code == 400
    assert member.world.rows(AgreedRating) == []


def test_the_history_of_an_answer_names_who_and_when(member: Member) -> None:
    member.save("R1", 2)
    member.save("R1", Choice.NOT_APPLICABLE, reason="New team", by=member.contributor)
    page = member.world.client(member.mentor).get(f"{member.address}/answer/R1/history").text
    assert "2 · Started" in page and "New team" in page and "Helper of Lotus House" in page


def test_other_organizations_see_and_change_nothing(member: Member) -> None:
    member.save("R1", 2)
    other = a_member(member.world, "River House", title="Another")
    client = member.world.client(other.lead)
    pages = (
        "",
        "/rate/rules",
        "/unanswered",
        "/profile",
        "/readiness",
        "/workbook",
        "/evidence/R1",
        "/answer/R1/history",
    )
    for page in pages:
        assert client.get(member.address + page).status_code == 404, page
    response = sent(
        client, f"{other.address}/rate/rules", f"{member.address}/answer/R1", **{"R1-rating": "4", "R1-version": "1"}
    )
    assert response.status_code == 404
    row = member.stored("R1")
    assert row is not None and (row.rating, row.version) == (2, 1)
    mentor = member.world.client(member.mentor)
    assert mentor.get(f"{member.address}/rate/rules").status_code == 404


def test_a_group_or_criterion_that_the_pack_lacks_is_not_found(member: Member) -> None:
    client = member.world.client(member.lead)
    assert client.get(f"{member.address}/rate/nothing").status_code == 404
    assert client.get(f"{member.address}/answer/X9/history").status_code == 404
    assert client.get(f"{member.address}/evidence/X9").status_code == 404


def test_the_page_takes_as_many_statements_however_much_is_stored(member: Member) -> None:
    client = member.world.client(member.lead)
    client.get(f"{member.address}/rate/people")

    def look() -> None:
        assert client.get(f"{member.address}/rate/people").status_code == 200

    few = member.world.count_statements(look)
    member.answer_everything()
    for number in range(3):
        a_member(member.world, f"House {number}", title=f"Cycle {number}").answer_everything()
    assert member.world.count_statements(look) == few <= 6


def test_the_assessment_page_says_one_thing_to_do_next(member: Member) -> None:
    client = member.world.client(member.lead)
    assert "Fill in the profile" in client.get(member.address).text
    member.save("R1", 3)
    assert "Go on rating" in client.get(member.address).text
    member.answer_everything()
    assert "Everything is answered." in client.get(member.address).text
    member.submitted()
    page = client.get(member.address).text
    assert "your mentor reviews the assessment" in page
    member.ask_for_changes("P1")
    page = client.get(member.address).text
    assert "Go to the answer" in page and "Please look at P1 again" in page
    assert member.now().state is AssessmentState.CHANGES_REQUESTED
    member.save("P1", 4)
    assert "Everything is answered." in client.get(member.address).text
