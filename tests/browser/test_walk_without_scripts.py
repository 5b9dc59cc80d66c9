"""Without JavaScript: everything that people do on the way works with forms and links alone."""

from __future__ import annotations

from playwright.sync_api import expect

from charter.database.assessments import RatingVersion
from tests.browser.walks import (
    PARTS,
    Coalition,
    box,
    choose,
    decide,
    go_on,
    open_criteria,
    press,
    review,
    sees,
    send_sheet,
    submit,
)


def test_a_respondent_rates_and_sends(coalition: Coalition) -> None:
    code, *_ = coalition.open_round(coalition.begun())
    page = coalition.browser_of(java_script_enabled=False)
    send_sheet(page, code, {criterion: "2" for part in PARTS.values() for criterion in part})
    sees(page, "Your sheet is sent and mixed with the others.")
    page.goto("/answer/overview")
    assert page.url.endswith("/answer")


def test_two_people_agree_with_a_conflict_the_lead_submits_and_the_mentor_reviews(coalition: Coalition) -> None:
    assessment = coalition.begun()
    home = f"/member/assessments/{assessment.id}"
    lead = coalition.browser_of(coalition.lead, java_script_enabled=False)
    contributor = coalition.browser_of(coalition.contributor, java_script_enabled=False)
    for page in (lead, contributor):
        page.goto(f"{home}/rate/rules")

    choose(lead, "R1", "3")
    choose(lead, "R2", "3")
    choose(contributor, "R1", "1", note="It was never approved.")
    choose(contributor, "R3", "2")
    go_on(lead)
    go_on(contributor)
    sees(contributor, "Somebody else saved in the meantime")
    expect(box(contributor, "R1")).to_contain_text("Sok Dara saved another answer")
    assert [coalition.stored(each).rating for each in PARTS["rules"]] == [3, 3, 2], "only the conflict waits"
    press(contributor, "button[name=go][value=stay]")
    sees(contributor, "Somebody else saved in the meantime")
    assert coalition.stored("R1").rating == 3, "not before somebody has chosen"
    decide(contributor, "R1", "mine")
    agreed = coalition.stored("R1")
    assert (agreed.rating, agreed.note, agreed.version) == (1, "It was never approved.", 2)
    versions = coalition.world.rows(RatingVersion, criterion_id="R1")
    assert sorted((each.version, each.rating) for each in versions) == [(1, 3), (2, 1)]

    for part in ("people", "speaking-up", "daily-work"):
        assert lead.url.endswith(f"/rate/{part}")
        for criterion in PARTS[part]:
            choose(lead, criterion, "3")
        go_on(lead)
    submit(lead)
    assert coalition.state() == "submitted"

    mentor = coalition.browser_of(coalition.mentor, java_script_enabled=False)
    mentor.goto(f"/mentor/assessments/{assessment.id}")
    review(mentor, change="S3", comment="Please add the steps.")
    lead.goto(f"{home}/rate/speaking-up")
    assert open_criteria(lead) == ["S3"]
    choose(lead, "S3", "2")
    go_on(lead)
    lead.goto(f"{home}/readiness")
    submit(lead)
    assert coalition.stored("S3").rating == 2
    mentor.reload()
    press(mentor, "form[action$='/close'] button[type=submit]")
    assert coalition.state() == "closed"
    sees(mentor, "Closed. The result is frozen")
