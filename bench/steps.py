"""People who save one after the other, from pages of any age, beside a model of what is right.

Three leads of one member look at pages, save one answer or a page of them, send the same again, and decide where two
answers stand against each other. The model knows what each of them has seen. After every step the versions in the
database must be those of the model: what was replaced had been seen by whoever replaced it, or nothing was replaced.
"""

from __future__ import annotations

import html
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from bench.people import Place
from charter import create_app
from charter.config import Settings
from charter.database.assessments import AgreedRating, RatingVersion
from charter.database.engine import make_engine, session_factory
from charter.database.row_security import EVERYTHING
from charter.database.upgrade import upgrade

LEADS = 2
TOLD_EVERY = 30.0

Content = tuple[str, str]
"""Rating and note; empty where there is none."""
NOTHING: Content = ("", "")


@dataclass
class Walk:
    """What came of it."""

    steps: int = 0
    saved: int = 0
    stale: int = 0
    """Saves from a page that was too old, and so refused."""
    repeated: int = 0
    decided: int = 0
    surprises: list[str] = field(default_factory=list)
    """Where the database has something else than the model."""


def walked(settings: Settings, steps: int, *, seed: int = 1, tell: Callable[[str], None] | None = None) -> Walk:
    """So many steps at random, in this process."""
    engine = make_engine(settings.database)
    upgrade(engine)
    place = Place(settings, LEADS)
    app = create_app(settings)
    clients = []
    for login in place.leads:
        client = app.test_client()
        name, _, value = login.cookie.partition("=")
        client.set_cookie(name, value)
        clients.append(client)
    walker = _Walker(engine, place, clients, random.Random(seed))
    told = time.monotonic()
    for _ in range(steps):
        walker.step()
        if tell and time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            tell(f"{engine.dialect.name}: {walker.walk.steps:,} of {steps:,} steps")
    walker.compare_all()
    app.extensions["charter.engine"].dispose()
    engine.dispose()
    return walker.walk


@dataclass
class _Lead:
    """One browser window, which may be older than what is stored."""

    client: FlaskClient
    csrf: str
    seen: dict[str, int]
    """By criterion the version on the page."""
    last: tuple[str, dict[str, str]] | None = None
    """What was sent last."""


class _Walker:
    def __init__(self, engine: Engine, place: Place, clients: list[FlaskClient], chance: random.Random) -> None:
        self.walk = Walk()
        self._sessions = session_factory(engine, scope=EVERYTHING)
        self._address = f"/member/assessments/{place.assessments[0]}"
        self._assessment = place.assessments[0]
        self._groups = {
            group: [c for c, g in place.criteria.items() if g == group] for group in place.criteria.values()
        }
        self._criteria = list(place.criteria)
        self._chance = chance
        self._number = 0
        self._stored: dict[str, list[Content]] = {name: [NOTHING] for name in self._criteria}
        """The model: all versions of each answer, the first being none."""
        # The first lead has two windows open.
        self._leads = [
            _Lead(client, login.csrf, dict.fromkeys(self._criteria, 0))
            for client, login in [*zip(clients, place.leads, strict=True), (clients[0], place.leads[0])]
        ]

    def step(self) -> None:
        lead = self._chance.choice(self._leads)
        kinds: list[tuple[Callable[[_Lead], None], int]] = [
            (self._look, 2),
            (self._save_one, 5),
            (self._save_page, 2),
            (self._repeat, 2),
        ]
        action = self._chance.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0]
        action(lead)
        self.walk.steps += 1
        self._compare(action.__name__)

    def _look(self, lead: _Lead) -> None:
        group = self._chance.choice(list(self._groups))
        self._read(lead, group, lead.client.get(f"{self._address}/rate/{group}").get_data(as_text=True))

    def _save_one(self, lead: _Lead) -> None:
        name = self._chance.choice(self._criteria)
        self._send(lead, f"{self._address}/answer/{name}", self._fields(lead, name, self._content()))

    def _save_page(self, lead: _Lead) -> None:
        """As without scripts: the whole page comes back, with some answers changed."""
        group = self._chance.choice(list(self._groups))
        fields: dict[str, str] = {}
        for name in self._groups[group]:
            old = self._stored[name][lead.seen[name]]
            fields |= self._fields(lead, name, self._content() if self._chance.random() < 0.5 else old)
        self._send(lead, f"{self._address}/rate/{group}", fields)

    def _repeat(self, lead: _Lead) -> None:
        if lead.last is not None:
            self.walk.repeated += 1
            self._send(lead, *lead.last)

    def _decide(self, lead: _Lead, group: str, page: str, mine: dict[str, Content]) -> None:
        """Both answers were shown: keep what is stored, or put one's own in its place."""
        self.walk.decided += 1
        fields: dict[str, str] = {}
        for name, content in mine.items():
            version = re.search(rf'name="{re.escape(name)}-version" value="(\d+)"', page)
            if version is None or int(version[1]) != len(self._stored[name]) - 1:
                self._surprise(f"the page about the conflict shows another version of {name}")
                return
            lead.seen[name] = int(version[1])
            take = self._chance.choice(["stored", "mine"])
            fields |= {**self._fields(lead, name, content), f"{name}-conflict": "1", f"{name}-take": take}
        self._send(lead, f"{self._address}/rate/{group}", fields)

    def _send(self, lead: _Lead, address: str, fields: dict[str, str]) -> None:
        """Send it, and expect of each answer in it what is right."""
        lead.last = (address, fields)
        answer = lead.client.post(address, data={**fields, "csrf_token": lead.csrf})
        one_answer = "/answer/" in address
        refused: dict[str, Content] = {}
        for name in (key.removesuffix("-version") for key in fields if key.endswith("-version")):
            content, known = (fields[f"{name}-rating"], fields[f"{name}-note"]), int(fields[f"{name}-version"])
            stored = self._stored[name]
            untouched = not one_answer and content == stored[known]
            if fields.get(f"{name}-take") == "stored" or untouched or content == stored[-1]:
                continue
            if known == len(stored) - 1:
                stored.append(content)
                self.walk.saved += 1
                if one_answer and answer.status_code == 200:
                    lead.seen[name] = len(stored) - 1
            else:
                refused[name] = content
        self.walk.stale += len(refused)
        expected = (409 if refused else 200) if one_answer else (200 if refused else 302)
        if answer.status_code != expected:
            self._surprise(f"{address} {fields}: answered {answer.status_code}, not {expected}")
        elif refused and not one_answer and self._chance.random() < 0.7:
            self._decide(lead, address.rsplit("/", 1)[1], answer.get_data(as_text=True), refused)

    def _read(self, lead: _Lead, group: str, page: str) -> None:
        for name in self._groups[group]:
            version = re.search(rf'name="{re.escape(name)}-version" value="(\d+)"', page)
            note = re.search(rf'<textarea id="{re.escape(name)}-note"[^>]*>([^<]*)</textarea>', page)
            latest = len(self._stored[name]) - 1
            shown = html.unescape(note[1]).strip() if note else None
            if version is None or int(version[1]) != latest or shown != self._stored[name][-1][1]:
                self._surprise(f"the page shows {version and version[1]} {shown!r} of {name}")
            lead.seen[name] = latest

    def compare_all(self) -> None:
        """Every version that there ever was."""
        kept: dict[str, list[Content]] = {name: [NOTHING] for name in self._criteria}
        columns = (RatingVersion.criterion_id, RatingVersion.rating, RatingVersion.note)
        with self._sessions() as db:
            rows = select(*columns).where(RatingVersion.assessment_id == self._assessment).order_by(RatingVersion.id)
            for name, rating, note in db.execute(rows):
                kept[name].append((str(rating), note or ""))
        if kept != self._stored:
            self._surprise("in the end the versions are not those of the model")

    def _compare(self, what: str) -> None:
        columns = (AgreedRating.criterion_id, AgreedRating.version, AgreedRating.rating, AgreedRating.note)
        with self._sessions() as db:
            rows = db.execute(select(*columns).where(AgreedRating.assessment_id == self._assessment)).all()
        now = {name: (version, (str(rating), note)) for name, version, rating, note in rows}
        right = {name: (len(kept) - 1, kept[-1]) for name, kept in self._stored.items() if len(kept) > 1}
        if now != right:
            self._surprise(f"after {what} there is {sorted(now.items() ^ right.items())}")

    def _fields(self, lead: _Lead, name: str, content: Content) -> dict[str, str]:
        return {
            f"{name}-version": str(lead.seen[name]),
            f"{name}-rating": content[0],
            f"{name}-note": content[1],
        }

    def _content(self) -> Content:
        self._number += 1
        return str(self._number % 3 + 1), f"Note {self._number}"

    def _surprise(self, text: str) -> None:
        self.walk.surprises.append(text)
