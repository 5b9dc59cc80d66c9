"""A staff round for tests: opened by its lead in the browser, answered on devices of its own."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from charter.clock import now
from tests.integration.application.worlds import World, post_form, token_in

PACK = "safeguarding-basics"
_CODES = re.compile(r"<code>([0-9A-Z-]{19})</code>")


class Round:
    """An organization with an open staff round and the codes that were shown to its lead."""

    def __init__(self, world: World, *, staff: int = 6, pack: str = PACK, name: str = "Hope House") -> None:
        self.world = world
        self.lead = world.person(f"Lead of {name}")
        self.organization = world.organization(name, leads=(self.lead,))
        _cycle, (self.assessment,) = world.cycle(self.organization, pack=pack, title=f"Year of {name}")
        self.address = f"/member/assessments/{self.assessment.id}/staff-round"
        self.client = world.client(self.lead)
        self.codes: list[str] = []
        answer = self.open(staff=staff)
        assert answer.status_code == 200, answer.text

    def open(self, *, staff: int = 6, days: int = 7) -> Any:
        day = (now() + timedelta(days=days)).date().isoformat()
        fields = {"staff": staff, "closes_on": day, "language": "en"}
        answer = post_form(self.client, f"{self.address}/open", fields, page=self.address)
        self.codes = _CODES.findall(answer.text)
        return answer

    def enter(self, code: str) -> FlaskClient:
        """A device on which that code was typed."""
        device = self.world.client()
        answer = post_form(device, "/answer", {"code": code})
        assert answer.status_code == 302, answer.text
        return device

    def parts(self, device: FlaskClient) -> list[str]:
        """The addresses of the pages of questions."""
        return list(dict.fromkeys(re.findall(r'href="(/answer/part/[^"#]+)"', device.get("/answer/overview").text)))

    def fill(self, device: FlaskClient, *ratings: str) -> list[str]:
        """Answer the first questions of the first part; gives the criteria's ids."""
        part = self.parts(device)[0]
        page = device.get(part).text
        names = list(dict.fromkeys(re.findall(r'name="(r-[^"]+)"', page)))
        fields = {"csrf_token": token_in(page), "go": "overview", **dict(zip(names, ratings, strict=False))}
        answer = device.post(part, data=fields)
        assert answer.status_code == 302, answer.text
        return [name.removeprefix("r-") for name in names]

    def send(self, device: FlaskClient) -> Any:
        return post_form(device, "/answer/send", {})

    def send_all(self, *sheets: tuple[str, ...]) -> list[str]:
        """One sheet after another, each under the next code; gives the criteria's ids."""
        names: list[str] = []
        for code, ratings in zip(self.codes, sheets, strict=False):
            device = self.enter(code)
            names = self.fill(device, *ratings)
            assert self.send(device).location.endswith("/answer/thanks")
        return names

    def close(self) -> Any:
        return post_form(self.client, f"{self.address}/close", {})
