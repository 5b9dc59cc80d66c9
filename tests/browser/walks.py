"""Steps that people take through the running application, each in a browser of their own.

Steps that several walks share go by names and addresses of forms, not by words: so they serve every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from charter.clock import now
from charter.config import Settings
from charter.database.assessments import AgreedRating, Assessment
from charter.database.engine import make_engine
from charter.database.people import Person, Role
from charter.jobs import Worker, make_worker
from charter.services import packs, profile, staff_rounds
from charter.services.packs import pack_of
from questionnaires.model import Pack
from tests.browser.sites import DESK
from tests.integration.application.worlds import World

PACK = "safeguarding-basics"
PARTS: Mapping[str, tuple[str, ...]] = {
    "rules": ("R1", "R2", "R3"),
    "people": ("P1", "P2", "P3"),
    "speaking-up": ("S1", "S2", "S3", "S4"),
    "daily-work": ("D1", "D2"),
}
"""Of that pack, for an organization with 14 people where children stay overnight."""


@dataclass(frozen=True)
class Shown:
    """What stands in the database of one agreed rating."""

    rating: Any
    note: str | None
    version: int
    by: int


class Coalition:
    """A coordinator, a published questionnaire, and one member with lead, contributor and mentor."""

    def __init__(self, app: Flask, browser: Browser, address: str, contexts: ExitStack) -> None:
        self.app, self.browser, self.address = app, browser, address
        self._contexts = contexts
        self.settings: Settings = app.extensions["charter.settings"]
        self.world = world = World(app)
        self.coordinator = world.person("Chan Maly", Role.COORDINATOR)
        self.mentor = world.person("Nguyen Anh", Role.MENTOR)
        self.lead = world.person("Sok Dara")
        self.contributor = world.person("Keo Sophea")
        self.house = world.organization(
            "Hope House", leads=(self.lead,), contributors=(self.contributor,), mentors=(self.mentor,)
        )
        with world.writing() as db:
            packs.publish_pack(db, None, PACK)

    def browser_of(
        self, person: Person | None = None, *, language: str = "en", screen: Any = DESK, **more: Any
    ) -> Page:
        """An empty tab of a browser of its own, logged in if a person is given; closed when the walk ends."""
        context = self.browser.new_context(
            base_url=self.address,
            viewport=screen,
            locale=language,
            reduced_motion="reduce",
            **more,
        )
        self._contexts.callback(context.close)
        context.set_default_timeout(20_000)
        if person is not None:
            name = self.app.config["SESSION_COOKIE_NAME"]
            cookie = self.world.client(person).get_cookie(name)
            assert cookie is not None
            context.add_cookies([{"name": name, "value": cookie.value, "url": self.address}])
        return context.new_page()

    def begun(self) -> Assessment:
        """A cycle that is open, with the member's profile filled in."""
        _cycle, (assessment,) = self.world.cycle(self.house, pack=PACK, title="Year one")
        with self.world.writing() as db:
            profile.save_profile(
                db,
                self.world.actor(db, self.lead),
                assessment=db.get_one(Assessment, assessment.id),
                facts={"team_size": 14, "overnight_care": True, "serves": ("children",)},
                known={},
            )
        return assessment

    def open_round(self, assessment: Assessment) -> list[str]:
        """The codes of a staff round that runs."""
        with self.world.writing() as db:
            _round, codes = staff_rounds.open_round(
                db,
                self.world.actor(db, self.lead),
                self.settings,
                assessment=db.get_one(Assessment, assessment.id),
                closes_on=now().date() + timedelta(days=7),
                staff=7,
            )
            return codes

    def pack(self, assessment: Assessment) -> Pack:
        with self.world.reading() as db:
            return pack_of(db, db.get_one(Assessment, assessment.id).published_pack)

    def state(self) -> str:
        """Of the one assessment."""
        return self.world.rows(Assessment)[0].state.value

    def stored(self, criterion: str) -> Shown:
        (row,) = self.world.rows(AgreedRating, criterion_id=criterion)
        return Shown(row.rating, row.note, row.version, row.updated_by_id)

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """Stands in for the process that makes reports and sends mail."""
        engine = make_engine(self.settings.database)
        try:
            yield make_worker(self.settings, engine)
        finally:
            engine.dispose()


def press(page: Page, selector: str) -> None:
    """A button or link of the page's own, then wait for what follows."""
    with page.expect_navigation():
        page.locator(f"main {selector}").click()
    assert not sideways(page), f"{page.url} scrolls sideways"


def sideways(page: Page) -> bool:
    """Whether something is wider than the screen."""
    head = page.locator("html")
    return bool(head.evaluate("each => each.scrollWidth > each.clientWidth"))


def send_sheet(page: Page, code: str, ratings: Mapping[str, str]) -> None:
    """A respondent: type the code, read what is promised, rate the first parts, look over it, send.

    `ratings` are those of every criterion of as many parts as are to be rated.
    """
    page.goto("/answer")
    page.locator("input[name=code]").fill(code)
    press(page, "form[action='/answer'] button[type=submit]")
    assert page.url.endswith("/answer/welcome")
    press(page, "a.button[href='/answer/overview']")
    press(page, "ol.parts a >> nth=0")
    left = set(ratings)
    while "/answer/part/" in page.url:
        asked = {each.get_attribute("name") or "" for each in page.locator("input[name^='r-']").all()}
        for name in asked:
            page.locator(f"input[name='{name}'][value='{ratings[name.removeprefix('r-')]}']").check()
        left -= {name.removeprefix("r-") for name in asked}
        last = not left and page.locator("button[value=overview]").count()
        press(page, f"button[name=go][value={'overview' if last else 'on'}]")
    assert page.url.endswith("/answer/overview")
    press(page, "a.button[href='/answer/send']")
    press(page, "form button[type=submit]")
    assert page.url.endswith("/answer/thanks")


def box(page: Page, criterion: str) -> Locator:
    """Everything about one criterion, on the page where people rate together."""
    return page.locator(f"fieldset#c-{criterion}")


def choose(page: Page, criterion: str, rating: str, *, note: str = "", reason: str = "") -> None:
    """Mark a level; saved by the script, or with the page's button."""
    page.locator(f"input[name='{criterion}-rating'][value='{rating}']").check()
    for field, text in (("note", note), ("reason", reason)):
        if text:
            page.locator(f"textarea[name='{criterion}-{field}']").fill(text)


def save_state(page: Page, criterion: str) -> Locator:
    """What the page says about saving this answer."""
    return box(page, criterion).locator("[data-save-state]")


def go_on(page: Page) -> None:
    """Save what is on the page, and see the next one."""
    press(page, "button[name=go][value=next]")


def decide(page: Page, criterion: str, take: str) -> None:
    """After a conflict: keep what is `stored`, or put `mine` in its place."""
    page.locator(f"input[name='{criterion}-take'][value='{take}']").check()
    press(page, "button[name=go][value=stay]")


def submit(page: Page) -> None:
    """From the list of what is open to the question whether to submit, and on."""
    assert page.url.endswith("/readiness")
    press(page, "a.button[href$='/submit']")
    press(page, "form[action$='/submit'] button[type=submit]")


def review(page: Page, *, change: str, comment: str) -> None:
    """A mentor with the review open: confirms every part as agreed, asks for one change, and sends that back."""
    overview = page.url
    press(page, "a[href*='/review/'] >> nth=0")
    while True:
        part = page.url
        if page.locator(f"#c-{change}").count():
            page.locator(f"#c-{change} details:has(textarea) > summary").click()
            page.locator(f"textarea[name='change-{change}']").fill(comment)
        following = page.locator("button[name=next]").count()
        press(page, "button[name=confirm_rest]")
        assert page.url == part
        if not following:
            break
        press(page, "nav.actions a:last-child")
    page.goto(overview)
    press(page, "form[action$='/send-back'] button[type=submit]")


def open_criteria(page: Page) -> list[str]:
    """Those that can be changed on this page."""
    boxes = page.locator("fieldset.rating").all()
    return [
        (each.get_attribute("id") or "").removeprefix("c-")
        for each in boxes
        if each.locator("input[type=radio]:not([disabled])").count()
    ]


def codes_on(page: Page) -> list[str]:
    """The staff codes that the page shows."""
    return re.findall(r"<code>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", page.content())


def sees(page: Page, text: str) -> None:
    expect(page.locator("main")).to_contain_text(text)
