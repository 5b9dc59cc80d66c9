"""axe finds nothing on any page: everybody who may see it, on a phone and on a desk.

Every page in Khmer, whose words are the longest and whose letters the highest, in the role that sees most of it. In the
dark only colours differ. With CHARTER_AXE=all every address of every
role in every language, which takes many minutes.
"""

from __future__ import annotations

import os
from collections import defaultdict

import pytest

from tests.browser.everything import Everything
from tests.browser.pages import Pages, Seen, rules_of
from tests.browser.sites import DESK, PHONE, Site, problems_of

LANGUAGES = ("en", "km", "vi")
EVERYTHING = os.environ.get("CHARTER_AXE") == "all"
CASES = [(role, language) for role in Everything.ROLES for language in LANGUAGES if EVERYTHING or language == "km"]


def test_every_page_is_seen_by_somebody(pages: Pages, everything: Everything) -> None:
    """Otherwise a page could hide from the tests below."""
    seen = {each.endpoint for found in pages.values() for each in found}
    assert {rule.endpoint for rule in rules_of(everything.app)} - seen == set()


@pytest.mark.parametrize(("role", "language"), CASES)
def test_axe_finds_nothing(site: Site, pages: Pages, role: str, language: str) -> None:
    found = pages[role] if EVERYTHING else _seen_by_nobody_before(pages, role)
    assert look_at(site, found, role, language=language) == {}


@pytest.mark.parametrize("role", ["public", "contributor"])
def test_axe_finds_nothing_in_the_dark(site: Site, pages: Pages, role: str) -> None:
    """Colours come from a few rules for all pages, so every third page shows them."""
    found = _seen_by_nobody_before(pages, role)
    assert look_at(site, found if EVERYTHING else found[::3], role, scheme="dark") == {}


@pytest.mark.parametrize(
    ("role", "language"), [("lead", "km"), ("lead", "en"), ("mentor", "km"), ("coordinator", "en")]
)
def test_axe_finds_nothing_where_others_see_more(site: Site, everything: Everything, role: str, language: str) -> None:
    """Plans, actions and grants have more on them for those who have something to do there."""
    found = everything.carried_out.numbers
    draft, committed = found["plan_id"]
    seen = {
        "lead": [f"/plan/{draft}", f"/plan/{committed}/actions", *(f"/grants/{each}" for each in found["grant_id"])],
        "mentor": [f"/plan/{committed}", *(f"/action/{each}" for each in found["action_id"][:2])],
        "coordinator": [f"/plan/{committed}", *(f"/grants/{each}" for each in found["grant_id"])],
    }[role]
    assert look_at(site, [Seen("", each) for each in seen], role, language=language) == {}


@pytest.mark.parametrize("role", ["public", "lead"])
def test_axe_finds_nothing_in_open_menus(site: Site, role: str) -> None:
    with site.visitor(role) as page:
        page.goto("/")
        for menu in page.locator("details.menu > summary").all():
            menu.click()
            assert problems_of(page) == []


def look_at(
    site: Site, seen: list[Seen], role: str, *, language: str = "en", scheme: str = "light"
) -> dict[str, list[str]]:
    """What is wrong, and where. Axe looks at the wide page too where most people are, or where all is asked for."""
    is_wide_too = EVERYTHING or (language == "km" and role in ("public", "lead"))
    rules = ["color-contrast"] if scheme == "dark" else None
    found: dict[str, list[str]] = defaultdict(list)
    with site.visitor(role, language=language, scheme=scheme) as page:
        for each in seen:
            page.goto(each.address)
            page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
            for screen in (PHONE, DESK):
                page.set_viewport_size(screen)
                problems = problems_of(page, rules) if screen is PHONE or is_wide_too else []
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    problems.append("the page scrolls sideways")
                for problem in problems:
                    found[problem].append(f"{each.address} at {screen['width']} px")
    return dict(found)


def _seen_by_nobody_before(pages: Pages, role: str) -> list[Seen]:
    """One address of each page that no role after it in the list sees: those see more, and more of it."""
    roles = list(Everything.ROLES)
    later = {each.endpoint for other in roles[roles.index(role) + 1 :] for each in pages[other]}
    return list({each.endpoint: each for each in reversed(pages[role]) if each.endpoint not in later}.values())
