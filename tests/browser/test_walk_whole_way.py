"""The whole way, as people go it: from an invitation to a result that a mentor has looked at, on paper."""

from __future__ import annotations

import io
import re
from datetime import timedelta

from playwright.sync_api import Page, expect
from pypdf import PdfReader

from charter.clock import now
from charter.database.assessments import RatingVersion
from tests.browser.sites import PHONE
from tests.browser.walks import (
    PARTS,
    Coalition,
    box,
    choose,
    codes_on,
    decide,
    go_on,
    open_criteria,
    review,
    save_state,
    sees,
    send_sheet,
    submit,
)
from tests.integration.application.worlds import PASSWORD

STAFF = (1, 2, 2, 3, 3, 4, 4)
"""What the seven of the staff say of the first question."""


def test_from_an_invitation_to_a_verified_result_on_paper(coalition: Coalition) -> None:
    _invite(coalition)
    lead = coalition.browser_of()
    _begin(coalition, lead)
    home = lead.url

    codes = _open_round(lead)
    assert len(codes) == len(set(codes)) == 7
    for number, (code, first) in enumerate(zip(codes, STAFF, strict=True)):
        parts = list(PARTS) if number == 0 else ["rules"]  # most have little time
        send_sheet(coalition.browser_of(screen=PHONE), code, _sheet(first, *parts))
    _close_round(lead)

    contributor = coalition.browser_of(coalition.contributor)
    _rate_at_the_same_time(coalition, lead, contributor, home)
    _rate_the_rest(lead)
    _show_evidence(lead)
    submit(lead)
    assert coalition.state() == "submitted"

    mentor = coalition.browser_of(coalition.mentor)
    _ask_for_a_change(mentor)
    assert coalition.state() == "changes-requested"
    _change_what_was_asked_for(coalition, lead, home)
    assert coalition.state() == "submitted"
    mentor.reload()
    mentor.get_by_role("button", name="Close the review").click()
    sees(mentor, "Closed. The result is frozen")
    assert coalition.state() == "closed"

    lead.goto(home)
    lead.get_by_role("link", name="See the result").click()
    _take_the_report(coalition, lead)


def _invite(coalition: Coalition) -> None:
    """The coordinator prepares a cycle, invites all members and opens it; the lead gets a mail."""
    page = coalition.browser_of(coalition.coordinator)
    page.goto("/coalition/cycles")
    page.get_by_role("link", name="Prepare a cycle").click()
    page.get_by_label("Title").fill("Year one")
    page.get_by_label("Due on").fill((now() + timedelta(days=60)).date().isoformat())
    page.get_by_role("button", name="Prepare the cycle").click()
    page.get_by_role("button", name="Invite the chosen members").click()
    page.get_by_role("link", name="Open the cycle").click()
    sees(page, "Members invited: 1.")
    page.get_by_role("button", name="Open the cycle").click()
    sees(page, "The cycle is open.")
    page.get_by_role("link", name="Mailbox").click()
    expect(page.locator("table")).to_contain_text("Year one: you can begin")
    expect(page.locator("table")).to_contain_text(coalition.lead.email)


def _begin(coalition: Coalition, page: Page) -> None:
    """The lead logs in, and says what the organization is like."""
    page.goto("/log-in")
    page.get_by_label("E-mail").fill(coalition.lead.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.locator(".next-step a.button").click()
    page.get_by_role("link", name="Fill in the profile").click()
    page.get_by_label("Staff and volunteers together").fill("14")
    page.get_by_label("Yes").check()
    page.get_by_label("Children", exact=True).check()
    page.get_by_role("button", name="Save the profile").click()
    sees(page, "Your profile is saved.")


def _open_round(page: Page) -> list[str]:
    page.get_by_role("link", name="Begin a staff round").click()
    sees(page, "It is of use only if at least 5 people send a sheet.")
    page.get_by_label("How many people will answer?").fill("7")
    page.get_by_role("button", name="Open the round and make the codes").click()
    sees(page, "7 new codes")
    codes = codes_on(page)
    page.get_by_role("link", name="Done: to the staff round").click()
    sees(page, "How many have sent a sheet is shown to nobody")
    return codes


def _sheet(first: int, *parts: str) -> dict[str, str]:
    """The same of everything but the first question and D1."""
    others = {criterion: "3" for part in parts for criterion in PARTS[part]}
    return {each: {"R1": str(first), "D1": "dont-know"}.get(each, rating) for each, rating in others.items()}


def _close_round(page: Page) -> None:
    page.reload()
    page.get_by_role("link", name="Close the round").click()
    page.get_by_role("button", name="Close it for good").click()
    expect(page.locator("dl.facts")).to_contain_text("7")
    first = page.get_by_role("row").filter(has_text="A written safeguarding policy")
    expect(first).to_contain_text("Working")
    expect(page.get_by_role("row").filter(has_text="Risks are looked at")).to_contain_text("not shown")


def _rate_at_the_same_time(coalition: Coalition, lead: Page, contributor: Page, home: str) -> None:
    """Two have the same page open; both answer one question, and each another one."""
    address = f"{home}/rate/rules"
    for page in (lead, contributor):
        page.goto(address)
        expect(box(page, "R1")).to_contain_text("Staff, 7 answers: in the middle 3 · Working")

    choose(lead, "R1", "3")
    expect(save_state(lead, "R1")).to_contain_text("Saved")
    choose(lead, "R2", "2")
    expect(save_state(lead, "R2")).to_contain_text("Saved")
    choose(contributor, "R3", "4")
    expect(save_state(contributor, "R3")).to_contain_text("Saved")
    choose(contributor, "R1", "2", note="The board has not seen it.")
    expect(save_state(contributor, "R1")).to_contain_text("Not saved: Sok Dara saved another answer")
    assert coalition.stored("R1").rating == 3

    contributor.get_by_role("button", name="Compare and choose").click()
    expect(box(contributor, "R1")).to_contain_text("Keep what is stored3 · Working")
    expect(box(contributor, "R1")).to_contain_text("Put yours in its place2 · Started")
    assert coalition.stored("R1").rating == 3, "not before somebody has chosen"
    decide(contributor, "R1", "mine")
    agreed = coalition.stored("R1")
    assert (agreed.rating, agreed.note, agreed.version, agreed.by) == (
        2,
        "The board has not seen it.",
        2,
        coalition.contributor.id,
    )

    # The lead's page is older than that; saving it whole changes nothing that the lead did not touch.
    go_on(lead)
    assert [coalition.stored(each).rating for each in PARTS["rules"]] == [2, 2, 4]
    versions = coalition.world.rows(RatingVersion, criterion_id="R1")
    assert sorted((each.version, each.rating) for each in versions) == [(1, 3), (2, 2)]


def _rate_the_rest(page: Page) -> None:
    """From the second part on. The script saves each answer; what does not apply needs a reason."""
    for part in ("people", "speaking-up", "daily-work"):
        assert page.url.endswith(f"/rate/{part}")
        for criterion in PARTS[part]:
            away = criterion == "D1"
            choose(page, criterion, "not-applicable" if away else "3", reason="We have no activities." if away else "")
        go_on(page)


def _show_evidence(page: Page) -> None:
    """The list names the highest level without evidence; a file and a link settle it."""
    sees(page, "The highest level, without evidence")
    address = page.url
    page.get_by_role("link", name="Everyone has signed a code of conduct").first.click()
    box(page, "R3").get_by_role("link", name="Evidence (0)").click()
    content = b"Signed by all fourteen of us."
    page.locator("input[type=file]").set_input_files({"name": "code.txt", "mimeType": "text/plain", "buffer": content})
    page.get_by_role("button", name="Upload").click()
    sees(page, "code.txt")
    page.locator("input[name=url], input[name$='-url']").fill("https://example.org/code")
    page.locator("form[action$='/link'] input[name$=title]").fill("The code of conduct")
    page.get_by_role("button", name="Add the link").click()
    sees(page, "The code of conduct")
    page.goto(address)
    expect(page.locator("main")).not_to_contain_text("The highest level, without evidence")


def _ask_for_a_change(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Review")).first.click()
    review(page, change="P2", comment="Who was trained this year?")
    sees(page, "Sent. The member can change 1 of its answers now.")


def _change_what_was_asked_for(coalition: Coalition, page: Page, home: str) -> None:
    page.goto(home)
    page.get_by_role("link", name="Go to the answer").click()
    sees(page, "Who was trained this year?")
    assert open_criteria(page) == ["P2"]
    page.goto(f"{home}/rate/rules")
    assert open_criteria(page) == []
    page.go_back()
    choose(page, "P2", "2", note="Nine of fourteen.")
    go_on(page)
    assert coalition.stored("P2").rating == 2
    page.goto(f"{home}/readiness")
    submit(page)


def _take_the_report(coalition: Coalition, page: Page) -> None:
    """The result, and the same as a PDF, which the worker makes."""
    sees(page, "A written safeguarding policy is approved and known to the team")
    row = page.get_by_role("row").filter(has_text="Everyone is trained in safeguarding")
    expect(row.first).to_contain_text("Started")
    chart = page.locator("figure.chart img").first
    chart.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 100", arg=chart.element_handle())
    page.get_by_label("As what").select_option("pdf")
    page.locator("form[action$='/reports'] button[type=submit]").click()
    sees(page, "It is being made.")
    with coalition.worker() as worker:
        assert worker.run_waiting() == 1
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile(r"^Save .*\.pdf")).click()
    report = PdfReader(io.BytesIO(download.value.path().read_bytes()))
    assert len(report.pages) > 3
    assert "Hope House" in report.pages[0].extract_text()
