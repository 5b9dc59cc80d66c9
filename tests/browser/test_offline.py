"""On an own device: what is typed survives a cut line and a killed browser, and stays closed to everybody else.

Offline forms are known to fail in four ways: drafts are lost, translations are missing without a line, one submission
that is refused holds up all others, and a draft that is opened again mixes languages. The first four tests are these.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from babel.dates import format_date
from playwright.sync_api import BrowserContext, Dialog, Locator, Page, expect
from sqlalchemy import update

from charter.clock import now
from charter.database.assessments import AgreedRating, Assessment
from charter.database.people import Person
from charter.database.sessions import LoginSession
from charter.i18n import translator
from charter.services import agreement
from charter.services.assessments import move
from charter.web import own_device
from tests.browser.lines import Cuttable
from tests.browser.sites import PHONE
from tests.browser.walks import Coalition, choose, save_state
from tests.integration.application.worlds import PASSWORD

TYPED = "Der Schlüssel liegt unter dem Stein"
STARTED: dict[str, Any] = {
    "executable_path": shutil.which("chromium"),
    "args": ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"],
}
KHMER = "យើងបានពិភាក្សាគ្នាជាមួយបុគ្គលិក"
KEPT = "Not sent yet: kept on this device."
STORED = """async () => {
  const found = {};
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise((done) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result);
    });
    for (const store of database.objectStoreNames) {
      const asked = database.transaction(store).objectStore(store).getAllKeys();
      found[store] = await new Promise((done) => { asked.onsuccess = () => done(asked.result); });
    }
    database.close();
  }
  return { ...found, caches: await caches.keys(), marks: Object.keys(localStorage) };
}"""


class Devices:
    """Browsers with a disk of their own, behind a line that can be cut."""

    def __init__(self, coalition: Coalition, folder: Path, open_ones: ExitStack) -> None:
        self.coalition = coalition
        self.assessment = coalition.begun()
        self.line = Cuttable(("127.0.0.1", urlsplit(coalition.address).port or 0))
        self._folder = folder
        self._open = open_ones

    @property
    def rules(self) -> str:
        """The address of a page of answers."""
        return f"/member/assessments/{self.assessment.id}/rate/rules"

    def start(self, *, on_disk: bool = False) -> Page:
        """A new browser; or the one on the disk as it was left, which takes longer."""
        about: dict[str, Any] = {
            "base_url": self.line.address,
            "viewport": PHONE,
            "locale": "en",
            "reduced_motion": "reduce",
        }
        browser = self.coalition.browser
        context = (
            browser.browser_type.launch_persistent_context(self._folder, **STARTED, **about)
            if on_disk
            else browser.new_context(**about)
        )
        context.set_default_timeout(15_000)
        self._open.callback(_close, context)
        return context.pages[0] if on_disk else context.new_page()

    def log_in(self, page: Page, person: Person) -> None:
        page.goto(f"/log-in?next={self.rules}")
        page.locator("input[name=email]").fill(person.email)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("main form button[type=submit]").first.click()
        page.wait_for_url(lambda url: urlsplit(url).path == self.rules)

    def own(self, *, language: str = "en", on_disk: bool = False) -> Page:
        """A page of answers on a device that the contributor calls their own; it is kept."""
        page, person = self.start(on_disk=on_disk), self.coalition.contributor
        with self.coalition.world.writing() as db:
            db.get_one(Person, person.id).language = language
        self.log_in(page, person)
        page.locator("form[data-own-device] button").click()
        page.wait_for_load_state()
        settle(page)
        return page

    def kill(self) -> None:
        """The way a phone does that needs the memory: without a word."""
        folder = f"--user-data-dir={self._folder}"
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            words = process.read_bytes().decode(errors="replace").split("\0") if process.exists() else []
            if any(word.startswith(folder) for word in words) and not any(word.startswith("--type=") for word in words):
                os.kill(int(process.parent.name), signal.SIGKILL)

    def bytes_on_disk(self) -> bytes:
        files = (path for path in self._folder.rglob("*") if path.is_file() and not path.is_symlink())
        return b"".join(path.read_bytes() for path in files)


@pytest.fixture
def devices(coalition: Coalition, tmp_path: Path) -> Iterator[Devices]:
    with ExitStack() as open_ones:
        made = Devices(coalition, tmp_path / "disks", open_ones)
        yield made
        open_ones.close()
        made.line.cut()


def until(page: Page, expression: str) -> None:
    """Until the promise of that expression gives something true."""
    deadline = time.monotonic() + 10
    while not page.evaluate(expression):
        assert time.monotonic() < deadline, expression
        page.wait_for_timeout(50)


def settle(page: Page) -> None:
    """Until the page is kept and answers come from the device, too."""
    until(page, "navigator.serviceWorker.ready.then(() => Boolean(navigator.serviceWorker.controller))")
    until(page, "kept.page(location.pathname).then(Boolean)")


def _close(context: BrowserContext) -> None:
    try:
        context.close()
    except Exception as error:  # it was killed
        assert "closed" in str(error), error


def note(page: Page, criterion: str) -> Locator:
    return page.locator(f"textarea[name='{criterion}-note']")


def test_what_is_typed_without_a_line_survives_a_killed_browser_and_is_sent(devices: Devices) -> None:
    """The lost draft."""
    devices.own(on_disk=True).context.close()  # yesterday
    page = devices.start(on_disk=True)
    page.goto(devices.rules)
    settle(page)
    devices.line.cut()
    choose(page, "R1", "3", note=TYPED)
    expect(save_state(page, "R1")).to_have_text(KEPT, timeout=10_000)
    devices.kill()

    page = devices.start(on_disk=True)
    page.goto(devices.rules)  # still no line
    expect(page.locator("main")).to_contain_text("No connection: this page is as it was")
    expect(page.locator("input[name='R1-rating'][value='3']")).to_be_checked()
    expect(note(page, "R1")).to_have_value(TYPED)
    assert not devices.coalition.world.rows(AgreedRating)
    devices.kill()

    devices.line.mend()
    page = devices.start(on_disk=True)
    page.goto("/account")  # any page of the site
    expect(page.locator("#unsent")).to_contain_text("sent just now: 1")
    stored = devices.coalition.stored("R1")
    assert (stored.rating, stored.note, stored.version) == (3, TYPED, 1)
    assert page.evaluate("ownDevice.drafts()") == []

    devices.line.cut()
    page.goto(devices.rules)  # the copy of yesterday knows what was sent today
    expect(note(page, "R1")).to_have_value(TYPED)
    expect(page.locator("input[name='R1-version']")).to_have_value("1")


def test_a_page_in_khmer_is_in_khmer_without_a_line(devices: Devices) -> None:
    """The missing translation."""
    page = devices.own(language="km")
    khmer = translator("km").gettext
    devices.line.cut()
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "km")
    script = page.locator("script[data-copy]")
    copy = script.get_attribute("data-copy") or ""
    expect(page.locator("main > .notice").first).to_have_text(copy)
    today = format_date(now().astimezone(devices.coalition.settings.zone), format="medium", locale="km")
    assert today in copy
    choose(page, "R1", "2", note=KHMER)
    expect(save_state(page, "R1")).to_have_text(khmer(KEPT), timeout=10_000)
    pack = devices.coalition.pack(devices.assessment).translated("km")
    expect(page.locator("#c-R1 legend")).to_contain_text(pack.criterion("R1").title)
    page.goto("/account")  # was never seen, so that it is not kept
    expect(page.locator("html")).to_have_attribute("lang", "km")
    expect(page.locator("h1")).to_have_text(khmer("No connection"))
    link = page.locator("#kept-pages a")
    expect(link).to_have_text(pack.group("rules").title)
    link.click()
    expect(note(page, "R1")).to_have_value(KHMER)


def test_an_answer_that_is_refused_holds_up_no_other_and_is_shown(devices: Devices) -> None:
    """The stuck submission."""
    page = devices.own()
    devices.line.cut()
    choose(page, "R1", "3", note=TYPED)
    choose(page, "R2", "2", note="of the second")
    expect(save_state(page, "R2")).to_have_text(KEPT, timeout=10_000)
    somebody_saves(devices, "R1", "of somebody else")
    devices.line.mend()
    page.goto("/account")
    unsent = page.locator("#unsent")
    expect(unsent).to_contain_text("sent just now: 1")
    assert devices.coalition.stored("R2").note == "of the second"
    expect(unsent.locator("details")).to_have_count(1)
    expect(unsent.locator(".error")).to_contain_text("saved another answer")
    assert unsent.locator("textarea").input_value() == TYPED
    assert devices.coalition.stored("R1").note == "of somebody else"

    unsent.locator("a").click()  # to the page, where both are compared
    expect(save_state(page, "R1")).to_contain_text("saved another answer")
    page.locator("button[data-compare]").click()
    page.locator("input[name='R1-take'][value='mine']").check()
    page.locator("button[name=go][value=stay]").click()
    expect(save_state(page, "R1")).to_contain_text("Saved")
    assert devices.coalition.stored("R1").note == TYPED


def test_what_can_never_be_sent_is_shown_until_its_author_discards_it(devices: Devices) -> None:
    page = devices.own()
    devices.line.cut()
    choose(page, "R1", "3", note=TYPED)
    expect(save_state(page, "R1")).to_have_text(KEPT, timeout=10_000)
    with devices.coalition.world.writing() as db:
        actor = devices.coalition.world.actor(db, devices.coalition.coordinator)
        move(db, actor, db.get_one(Assessment, devices.assessment.id), "withdraw", reason="A mistake")
    devices.line.mend()
    page.goto(devices.rules)
    unsent = page.locator("#unsent")
    expect(unsent.locator(".error")).to_contain_text("The coalition withdrew this assessment")
    assert unsent.locator("textarea").input_value() == TYPED
    page.on("dialog", lambda dialog: dialog.accept())
    unsent.locator("button").click()
    expect(unsent).to_have_count(0)
    assert page.evaluate("ownDevice.drafts()") == []


def test_a_draft_begun_in_khmer_is_whole_on_a_page_in_english(devices: Devices) -> None:
    """The mixed languages."""
    page = devices.own(language="km")
    devices.line.cut()
    choose(page, "R1", "2", note=KHMER)
    expect(save_state(page, "R1")).to_have_text(translator("km").gettext(KEPT), timeout=10_000)
    page.goto("about:blank")
    somebody_saves(devices, "R1", "of somebody else")
    devices.line.mend()
    page.goto("/account")
    page.locator("header details.menu summary").first.click()
    page.locator("header button[value=en]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#unsent textarea")).to_have_value(KHMER)
    assert own_words(page, "#unsent") == []
    page.goto(devices.rules)
    expect(save_state(page, "R1")).to_contain_text("saved another answer")
    expect(page.locator("input[name='R1-rating'][value='2']")).to_be_checked()
    expect(note(page, "R1")).to_have_value(KHMER)
    assert own_words(page, "main") == []


def own_words(page: Page, place: str) -> list[str]:
    """What the page itself says in Khmer; what people typed stands in fields and is not part of it."""
    return re.findall(r"[\u1780-\u17ff]+", page.locator(place).inner_text())


def somebody_saves(devices: Devices, criterion: str, text: str) -> None:
    coalition = devices.coalition
    with coalition.world.writing() as db:
        agreement.save_agreed(
            db,
            coalition.world.actor(db, coalition.lead),
            assessment=db.get_one(Assessment, devices.assessment.id),
            criterion_id=criterion,
            rating=1,
            note=text,
            reason=None,
            known_version=0,
        )


def test_a_shared_device_keeps_nothing(devices: Devices) -> None:
    page = devices.start()
    devices.log_in(page, devices.coalition.contributor)
    devices.line.cut()
    choose(page, "R1", "3", note=TYPED)
    expect(save_state(page, "R1")).to_contain_text("Not saved: no connection", timeout=10_000)
    assert page.evaluate(STORED) == {"caches": [], "marks": []}
    assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []


def test_who_logs_in_next_reads_nothing_and_the_first_one_finds_it_again(devices: Devices) -> None:
    page = devices.own(on_disk=True)
    devices.line.cut()
    choose(page, "R1", "3", note=TYPED)
    expect(save_state(page, "R1")).to_have_text(KEPT, timeout=10_000)
    page.goto("about:blank")
    expire(devices)
    devices.line.mend()
    devices.log_in(page, devices.coalition.lead)
    until(page, f"({STORED})().then((found) => !found.keys.length)")
    stored = page.evaluate(STORED)
    assert len(stored["drafts"]) == 1 and stored["pages"] == []
    owner = stored["drafts"][0].split()[0]
    page.add_script_tag(url=page.locator("script[data-kept]").get_attribute("data-kept"))
    assert page.evaluate("(owner) => kept.drafts(owner)", owner) == []
    expect(note(page, "R1")).to_have_value("")
    expect(page.locator("#unsent")).to_have_count(0)
    assert page.request.post("/account/own-device/key", headers=csrf(page)).status == 404
    assert TYPED.encode() not in devices.bytes_on_disk()
    log_out(page)
    devices.log_in(page, devices.coalition.contributor)
    expect(save_state(page, "R1")).to_contain_text("Saved")
    assert devices.coalition.stored("R1").note == TYPED
    log_out(page)
    stored = page.evaluate(STORED)
    assert stored["keys"] == stored["pages"] == stored["drafts"] == []


def test_a_device_that_is_no_longer_somebodys_own_keeps_nothing(devices: Devices) -> None:
    page = devices.own()
    devices.line.cut()
    choose(page, "R1", "3", note=TYPED)
    expect(save_state(page, "R1")).to_have_text(KEPT, timeout=10_000)
    somebody_saves(devices, "R1", "of somebody else")  # so that it is not just sent
    devices.line.mend()
    page.goto("/account/sessions")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.on("dialog", accept)
    with page.expect_navigation():
        page.locator("form[data-leaves=forget] button").click()
    assert "not sent yet" in asked[0]
    expect(page.locator("form[data-own-device]")).to_be_visible()
    stored = page.evaluate(STORED)
    assert [stored[name] for name in ("keys", "drafts", "pages", "caches", "marks")] == [[]] * 5
    assert page.evaluate("navigator.serviceWorker.getRegistrations()") == []


def test_a_new_build_of_the_application_mixes_no_files(devices: Devices, monkeypatch: pytest.MonkeyPatch) -> None:
    page = devices.own()
    (old,) = page.evaluate("caches.keys()")
    monkeypatch.setattr(own_device, "build", lambda: "next")
    page.goto("/account")  # the browser looks for a new worker at each visit
    until(page, "caches.has('charter-next')")
    until(page, "caches.keys().then((all) => all.length == 2)")
    page.goto(devices.rules)
    until(page, "kept.builds().then((all) => all.size == 1 && all.has('next'))")
    monkeypatch.setattr(own_device, "build", lambda: "last")
    page.goto("/account")
    until(page, "caches.keys().then((all) => all.includes('charter-last') && all.length == 2)")
    assert old not in page.evaluate("caches.keys()"), "no kept page needs it any more"


def expire(devices: Devices) -> None:
    """Nobody was there for a day."""
    with devices.coalition.world.writing() as db:
        db.execute(update(LoginSession).values(last_seen_at=now() - timedelta(days=1)))


def log_out(page: Page) -> None:
    page.goto("/account")
    page.locator("form[action='/log-out']").evaluate("form => form.requestSubmit()")
    page.wait_for_url(lambda url: urlsplit(url).path == "/")


def csrf(page: Page) -> dict[str, str]:
    return {"X-CSRFToken": page.locator("input[name=csrf_token]").first.input_value()}
