"""In Khmer, on a small phone: a respondent's way, and the lead's."""

from __future__ import annotations

from playwright.sync_api import expect

from charter.database.assessments import Assessment
from charter.services import agreement
from tests.browser.sites import PHONE
from tests.browser.walks import PARTS, Coalition, choose, go_on, send_sheet, sideways, submit

KHMER = "យើងបានពិភាក្សាគ្នាជាមួយបុគ្គលិកទាំងអស់។"
SHEET = {criterion: "3" for part in PARTS.values() for criterion in part}


def test_a_respondent_rates_and_sends(coalition: Coalition) -> None:
    assessment = coalition.begun()
    code, *_ = coalition.open_round(assessment)
    page = coalition.browser_of(language="km", screen=PHONE)
    page.goto(f"/answer?in=km#{code}")
    expect(page.locator("html")).to_have_attribute("lang", "km")
    expect(page.locator("link[rel=preload][as=font]")).to_have_count(1)  # without it some text stays boxes
    expect(page.locator("input[name=code]")).to_have_value(code)
    assert code not in page.url, "it would stay in the history of the phone"
    send_sheet(page, code, SHEET)
    assert not sideways(page)
    page.goto("/answer/overview")
    assert page.url.endswith("/answer"), "the phone holds nothing any more"


def test_the_lead_rates_and_submits(coalition: Coalition) -> None:
    assessment = coalition.begun()
    pack = coalition.pack(assessment).translated("km")
    _rate_all_but(coalition, assessment, "people")
    page = coalition.browser_of(coalition.lead, language="km", screen=PHONE)
    page.goto(f"/member/assessments/{assessment.id}")
    page.locator("header details.menu summary").first.click()
    page.locator("header button[value=km]").click()
    assert page.url.endswith(f"/member/assessments/{assessment.id}")
    expect(page.locator("html")).to_have_attribute("lang", "km")
    page.locator("main a[href$='/unanswered']").first.click()
    assert page.url.endswith("/rate/people#c-P1")
    expect(page.locator("#c-P1 legend")).to_contain_text(pack.criterion("P1").title)
    for criterion in PARTS["people"]:
        choose(page, criterion, "3", note=KHMER)
    go_on(page)
    assert coalition.stored("P3").note == KHMER
    page.goto(f"/member/assessments/{assessment.id}/readiness")
    submit(page)
    assert coalition.state() == "submitted"


def _rate_all_but(coalition: Coalition, assessment: Assessment, part: str) -> None:
    """What others did before, at a desk."""
    with coalition.world.writing() as db:
        row, actor = db.get_one(Assessment, assessment.id), coalition.world.actor(db, coalition.lead)
        for name, criteria in PARTS.items():
            for criterion in criteria if name != part else ():
                agreement.save_agreed(
                    db,
                    actor,
                    assessment=row,
                    criterion_id=criterion,
                    rating=3,
                    note=None,
                    reason=None,
                    known_version=0,
                )
