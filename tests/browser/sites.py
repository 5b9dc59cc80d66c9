"""Looking at pages of the running application as somebody, in a language, on a screen of some width."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize

from tests.browser.everything import Everything
from tests.browser.pages import client_of

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text("utf-8")
PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}


@dataclass(frozen=True)
class Site:
    """The application at an address of this machine."""

    app: Flask
    browser: Browser
    address: str
    everything: Everything

    @contextmanager
    def visitor(
        self, role: str = "public", *, language: str = "en", screen: Any = PHONE, scheme: Any = "light", **more: Any
    ) -> Iterator[Page]:
        """An empty tab of a browser of its own, of somebody in that role."""
        context = self.browser.new_context(
            base_url=self.address,
            viewport=screen,
            color_scheme=scheme,
            locale=language,
            reduced_motion="reduce",
            **more,
        )
        context.set_default_timeout(20_000)
        if role != "public":
            self._take_cookie(context, role)
        try:
            yield context.new_page()
        finally:
            context.close()

    def _take_cookie(self, context: BrowserContext, role: str) -> None:
        name = self.app.config["SESSION_COOKIE_NAME"]
        cookie = client_of(self.everything, role).get_cookie(name)
        assert cookie is not None
        context.add_cookies([{"name": name, "value": cookie.value, "url": self.address}])


def problems_of(page: Page, rules: list[str] | None = None) -> list[str]:
    """What axe finds on the page as it stands, by all rules or by these: rule, where, why."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = page.evaluate("async options => (await axe.run(document, options)).violations", options)
    return [
        f"{rule['id']}: {node['target'][0]}: {node['failureSummary'].splitlines()[-1].strip()}"
        for rule in found
        for node in rule["nodes"]
    ]
