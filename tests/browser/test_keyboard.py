"""The keyboard alone, and what the page says to whoever uses it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.everything import Everything
from tests.browser.sites import Site
from tests.integration.application.worlds import PASSWORD


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard never reaches {selector}")


def test_the_first_key_leads_past_the_menus(site: Site) -> None:
    with site.visitor() as page:
        page.goto("/log-in")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.closest('main') !== null")


def test_log_in_with_the_keyboard_alone(site: Site, everything: Everything) -> None:
    with site.visitor() as page:
        page.goto("/log-in")
        tab_to(page, "input[name=email]")
        page.keyboard.type(everything.contributor.email)
        tab_to(page, "input[name=password]")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.locator("h1")).to_have_text("Hope House")


def test_what_is_wrong_gets_the_focus_and_leads_to_its_field(site: Site) -> None:
    with site.visitor() as page:
        page.goto("/log-in")
        tab_to(page, "main button[type=submit]")
        page.keyboard.press("Enter")
        expect(page.locator("#problems")).to_be_focused()
        tab_to(page, "#problems a")
        page.keyboard.press("Enter")
        expect(page.locator("input[name=email]")).to_be_focused()


def test_rate_with_the_keyboard_alone(site: Site, everything: Everything) -> None:
    group = everything.largest_group
    with site.visitor("lead") as page:
        page.goto(f"/member/assessments/{everything.answering.id}/rate/{group.id}")
        name = page.locator("fieldset.rating input[type=radio]").first.get_attribute("name")
        tab_to(page, f"input[name='{name}']")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        chosen = page.locator(f"input[name='{name}']:checked")
        expect(chosen).to_have_count(1)
        value = chosen.get_attribute("value")
        tab_to(page, "button[name=go]")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        page.goto(f"/member/assessments/{everything.answering.id}/rate/{group.id}")
        expect(page.locator(f"input[name='{name}'][value='{value}']")).to_be_checked()


def test_the_language_changes_without_a_script_and_the_page_stays(site: Site) -> None:
    with site.visitor(java_script_enabled=False) as page:
        page.goto("/log-in")
        page.locator("details.menu summary").focus()
        page.keyboard.press("Enter")
        page.locator("button[value=vi]").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.url.endswith("/log-in")
        expect(page.locator("html")).to_have_attribute("lang", "vi")


def test_a_menu_closes_on_escape_and_gives_the_focus_back(site: Site) -> None:
    with site.visitor("lead") as page:
        page.goto("/")
        tab_to(page, "details.menu summary")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(page.locator("details.menu summary").first).to_be_focused()
        expect(page.locator("details.menu[open]")).to_have_count(0)
