"""What a page weighs: measured on what the server really sent, nothing compressed but where it says so."""

from __future__ import annotations

import gzip

import pytest
from playwright.sync_api import Page, Response

from tests.browser.everything import Everything
from tests.browser.pages import client_of
from tests.browser.sites import Site

KB = 1024
FIRST_VISIT = 100 * KB
REQUESTS = 6
ANSWER_PAGE = 14 * KB


def transfers(page: Page, address: str) -> list[Response]:
    """Everything that was answered until the page was quiet."""
    found: list[Response] = []
    page.on("response", lambda response: found.append(response))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    return found


@pytest.mark.parametrize("language", ["en", "km"])
def test_a_first_visit_is_light_and_asks_nobody_else(site: Site, language: str) -> None:
    plan = site.everything.carried_out.numbers["plan_id"][-1]
    open_to_all = ("/", "/log-in", "/answer", "/benchmarks")
    for role, address in (
        *(("public", each) for each in open_to_all),
        ("contributor", "/"),
        ("contributor", f"/plan/{plan}/actions"),
    ):
        with site.visitor(role, language=language) as page:
            found = transfers(page, address)
            found = [each for each in found if each.status == 200]
            assert all(each.url.startswith(site.address) for each in found)
            assert len(found) <= REQUESTS, [each.url for each in found]
            assert sum(len(each.body()) for each in found) <= FIRST_VISIT


def test_the_page_of_answers_is_small_once_it_is_compressed(everything: Everything) -> None:
    page = client_of(everything, "contributor").get(
        f"/member/assessments/{everything.answering.id}/rate/{everything.largest_group.id}"
    )
    assert page.status_code == 200
    assert len(gzip.compress(page.data)) <= ANSWER_PAGE


def test_pages_of_plans_are_small_once_they_are_compressed(everything: Everything) -> None:
    found, lead = everything.carried_out.numbers, client_of(everything, "lead")
    draft, committed = found["plan_id"]
    for address in (f"/plan/{draft}", f"/plan/{committed}/actions", f"/action/{found['action_id'][0]}"):
        page = lead.get(address)
        assert page.status_code == 200
        assert len(gzip.compress(page.data)) <= ANSWER_PAGE, address


def test_the_page_of_a_respondent_is_small_once_it_is_compressed(everything: Everything) -> None:
    page = client_of(everything, "respondent").get(f"/answer/part/{everything.largest_group.id}")
    assert page.status_code == 200
    assert len(gzip.compress(page.data)) <= ANSWER_PAGE


def test_only_who_reads_khmer_loads_khmer_letters(site: Site) -> None:
    for language, expected in (("en", False), ("vi", False), ("km", True)):
        with site.visitor(language=language) as page:
            found = transfers(page, "/log-in")
            assert any("NotoSansKhmer" in each.url for each in found) is expected
