"""The profile of an assessment."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from charter.database.assessments import AssessmentState, FactAnswer
from charter.database.cycles import Cycle
from charter.services.assessments import find_assessment
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.profile import ProfileSaved, save_profile
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def save(member: Member, facts: dict[str, Any], **known: int) -> ProfileSaved:
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        return save_profile(db, member.world.actor(db, member.lead), assessment=found, facts=facts, known=known)


def stored(member: Member) -> dict[str, Any]:
    return {row.fact_id: row.value for row in member.world.rows(FactAnswer, assessment_id=member.assessment.id)}


def fill(member: Member, address: str | None = None, **fields: Any) -> Any:
    page = f"{address or member.address}/profile"
    data = {name.replace("__", "-"): value for name, value in fields.items()}
    return sent(member.world.client(member.lead), page, page, **data)


def test_every_kind_of_fact_is_kept_as_it_was_said(member: Member) -> None:
    response = fill(member, fact__team_size="12", fact__overnight_care="no", fact__serves=["children", "adults"])
    assert response.status_code == 302
    assert stored(member) == {"team_size": 12, "overnight_care": False, "serves": ["children", "adults"]}
    assert member.now().state is AssessmentState.ANSWERING
    page = member.world.client(member.lead).get(f"{member.address}/profile").text
    assert 'value="12"' in page and page.count(" checked") == 3


def test_what_is_left_open_is_not_stated_and_hides_no_question(member: Member) -> None:
    fill(member, fact__team_size="", fact__overnight_care="")
    assert stored(member) == {}
    assert member.now().to_answer == 12


def test_a_fact_changes_which_questions_apply_and_the_page_says_so(member: Member) -> None:
    client = member.world.client(member.lead)
    page = f"{member.address}/profile"
    sent(client, page, page, **{"fact-overnight_care": "no", "fact-team_size": "3"})
    assert member.now().to_answer == 10
    assert "Questions that no longer concern you: 2. Their answers are kept." in client.get(member.address).text
    sent(client, page, page, **{"fact-overnight_care": "yes", "fact-team_size": "3", "version-overnight_care": "1"})
    assert member.now().to_answer == 11
    assert "New questions that concern you now: 1." in client.get(member.address).text


@on_sqlite_only
@pytest.mark.parametrize("value", ["0", "-3", "many", "99999999999"])
def test_a_number_that_cannot_be_is_told_at_its_field(member: Member, value: str) -> None:
    response = fill(member, fact__team_size=value)
    assert response.status_code == 422
    assert 'href="#fact-team_size"' in response.text
    assert stored(member) == {}


def test_an_option_that_is_none_is_refused(member: Member) -> None:
    assert fill(member, fact__serves=["ghosts"]).status_code == 422
    assert fill(member, fact__overnight_care="perhaps").status_code == 422
    with pytest.raises(Invalid):
        save(member, {"serves": ("ghosts",)})
    with pytest.raises(NotFound):
        save(member, {"colour": "red"})


def test_a_fact_that_somebody_else_changed_is_not_overwritten(member: Member) -> None:
    save(member, {"team_size": 5, "overnight_care": True})
    save(member, {"team_size": 8}, team_size=1)
    result = save(member, {"team_size": 6, "overnight_care": False}, team_size=1, overnight_care=1)
    assert result.changed == ("overnight_care",)
    assert result.conflicts["team_size"].value == 8
    assert stored(member)["team_size"] == 8


def test_the_page_shows_both_values_of_a_conflict_and_saving_again_decides(member: Member) -> None:
    save(member, {"team_size": 5})
    save(member, {"team_size": 8}, team_size=1)
    response = fill(member, fact__team_size="6", version__team_size="1")
    assert response.status_code == 200
    assert "stored is “8”" in response.text
    assert 'name="version-team_size" value="2"' in response.text and 'value="6"' in response.text
    fill(member, fact__team_size="6", version__team_size="2")
    assert stored(member)["team_size"] == 6


def test_the_profile_before_is_suggested_but_not_stored(member: Member) -> None:
    save(member, {"team_size": 7, "serves": ("children",)})
    with member.world.writing() as db:
        db.query(Cycle).one().opens_on -= timedelta(days=365)
    _, (second,) = member.world.cycle(member.organization, title="Year two")
    page = member.world.client(member.lead).get(f"/member/assessments/{second.id}/profile").text
    assert "Filled in from Year one." in page and 'value="7"' in page
    assert member.world.rows(FactAnswer, assessment_id=second.id) == []


def test_after_submission_the_profile_stays(member: Member) -> None:
    member.submitted()
    with pytest.raises(Refused):
        save(member, {"team_size": 7})
    member.ask_for_changes("R1")
    with pytest.raises(Refused):
        save(member, {"team_size": 7})
    assert (
        "The profile stays as it was submitted."
        in member.world.client(member.lead).get(f"{member.address}/profile").text
    )
