"""Many people of one coalition as one process: what they do, how long they think, and how long they have to wait."""

from __future__ import annotations

import asyncio
import gzip
import html
import math
import random
import re
import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode

from argon2 import PasswordHasher
from flask import Flask

from charter import create_app
from charter.clock import now
from charter.config import Settings
from charter.database.engine import make_engine, session_factory, transaction
from charter.database.people import MemberRole
from charter.database.row_security import EVERYTHING
from charter.database.upgrade import upgrade
from charter.services import accounts, cycles, logins, organizations, packs

PACK = "chab-dai-charter"
IN_ONE_MEMBER = 5
"""A lead and four contributors, who answer the same questions."""
LANGUAGES = ("en", "km", "vi")
PASSWORD = "seven quiet rivers"  # noqa: S105 - of made-up people
LOGS_IN_FIRST = 10
"""One in so many begins with the password; the others were logged in before."""
MEDIAN_THOUGHT, SPREAD = 15.0, 0.75
"""Seconds between an answer of the site and the next click: log-normal, as pauses of people are; 20 s on average."""
ALL_HERE_AFTER = 30.0
"""Seconds in which they come."""
TIMEOUT = 60.0


@dataclass(frozen=True)
class Account:
    """Somebody who can be visited by."""

    email: str
    language: str
    organization: int
    assessment: int
    cookie: str
    """Empty for who logs in first."""


@dataclass
class Coalition:
    """Members that are all invited to one cycle."""

    settings: Settings
    accounts: list[Account]
    groups: dict[str, list[str]]
    """The criteria of each page of questions."""


@dataclass
class Seen:
    """What the visitors noticed, each time with the seconds that they waited."""

    pages: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    log_ins: list[float] = field(default_factory=list)
    conflicts: int = 0
    """Saves from a page that was too old: shown beside the other answer, and no error."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Answers that should not be, and requests without one."""

    @property
    def requests(self) -> int:
        return len(self.pages) + len(self.saves) + len(self.log_ins) + sum(self.wrong.values())


def coalition(settings: Settings, *, people: int) -> Coalition:
    """Make the database, with so many people in members of five."""
    engine = make_engine(settings.database)
    upgrade(engine)
    app = create_app(settings)
    hashed = PasswordHasher().hash(PASSWORD)
    found: list[tuple[str, str, int, str]] = []
    with transaction(session_factory(engine, scope=EVERYTHING)) as db:
        published = packs.publish_pack(db, None, PACK)
        pack = packs.pack_of(db, published)
        today = now().date()
        cycle = cycles.add_cycle(
            db, None, title="Year one", pack=published, opens_on=today, closes_on=today + timedelta(days=60)
        )
        members = []
        for number in range(math.ceil(people / IN_ONE_MEMBER)):
            language = LANGUAGES[number % len(LANGUAGES)]
            member = organizations.add_organization(
                db, None, name=f"Member {number}", language=language, joined_on=today
            )
            members.append(member)
            for place in range(min(IN_ONE_MEMBER, people - number * IN_ONE_MEMBER)):
                email = f"person{place}@member{number}.example.org"
                person = accounts.add_person(db, None, name=f"Person {place}", email=email, language=language)
                person.password_hash = hashed
                role = MemberRole.CONTRIBUTOR if place else MemberRole.LEAD
                organizations.add_membership(db, None, person=person, organization=member, role=role)
                logs_in = len(found) % LOGS_IN_FIRST == 0
                token = "" if logs_in else logins.start_session(db, person, device="bench")
                found.append((email, language, member.id, token))
        assessments = cycles.invite(db, None, cycle=cycle, organizations=members)
        cycles.open_cycle(db, None, cycle=cycle)
        of_member = {each.organization_id: each.id for each in assessments}
        groups = {group.id: [each.id for each in group.criteria] for group in pack.all_groups if group.criteria}
    engine.dispose()
    app.extensions["charter.engine"].dispose()
    return Coalition(
        settings,
        [
            Account(email, language, member, of_member[member], _cookie(app, token) if token else "")
            for email, language, member, token in found
        ],
        groups,
    )


def _cookie(app: Flask, token: str) -> str:
    """What a browser keeps that is logged in."""
    signed = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    return f"{app.config['SESSION_COOKIE_NAME']}={signed.dumps({'token': token, '_permanent': True})}"


class Visitor:
    """One person with one browser: reads a page of questions, answers some of it, goes on."""

    def __init__(self, port: int, account: Account, groups: dict[str, list[str]], seen: Seen, seed: int) -> None:
        self.account, self._port, self._seen = account, port, seen
        self._groups = groups
        self._chance = random.Random(seed)
        self._cookie, self._csrf = account.cookie, ""
        self._group = self._chance.choice(list(groups))
        self._page: dict[str, tuple[int, str]] = {}
        """Of each criterion on the page the version that was shown."""
        self._number = 0

    async def visit(self, until: float) -> None:
        """Click, wait for the answer, think, until that moment of the clock. Everybody begins at another moment."""
        await asyncio.sleep(self._chance.random() * ALL_HERE_AFTER)
        while time.monotonic() < until:
            await self.act()
            thought = self._chance.lognormvariate(math.log(MEDIAN_THOUGHT), SPREAD)
            await asyncio.sleep(max(0.0, min(thought, until - time.monotonic())))

    async def hurry(self, clicks: int) -> None:
        """So many clicks without thinking."""
        for _ in range(clicks):
            await self.act()

    async def act(self) -> None:
        """One click."""
        if not self._cookie:
            await self._log_in()
            return
        what = self._chance.random()
        if not self._page or what < 0.25:
            self._group = self._chance.choice(list(self._groups))
            await self._open_questions()
        elif what < 0.85:
            await self._save()
        elif what < 0.90:
            await self._add_link()
        else:
            own = f"/member/assessments/{self.account.assessment}"
            await self._read(
                self._chance.choice(
                    [f"/member/{self.account.organization}", own, f"{own}/readiness", f"{own}/unanswered"]
                )
            )

    async def _log_in(self) -> None:
        _, page = await self._ask("GET", "/log-in", counts=self._seen.pages)
        fields = {"email": self.account.email, "password": PASSWORD, "csrf_token": _csrf_in(page)}
        status, _ = await self._ask("POST", "/log-in", fields, counts=self._seen.log_ins)
        if status != 302:
            self._cookie = ""

    async def _open_questions(self) -> None:
        address = f"/member/assessments/{self.account.assessment}/rate/{self._group}"
        status, page = await self._ask("GET", address, counts=self._seen.pages)
        if status != 200:
            return
        self._csrf = _csrf_in(page)
        self._page = {}
        for name in self._groups[self._group]:
            version = re.search(rf'name="{re.escape(name)}-version" value="(\d+)"', page)
            note = re.search(rf'<textarea id="{re.escape(name)}-note"[^>]*>([^<]*)</textarea>', page)
            if version and note:
                self._page[name] = (int(version[1]), html.unescape(note[1]).strip())

    async def _save(self) -> None:
        """One answer, as the script on the page does it."""
        name = self._chance.choice(list(self._page))
        version, _ = self._page[name]
        self._number += 1
        note = f"We went through it together, with the people of both houses ({self._number})."
        fields = {f"{name}-version": version, f"{name}-rating": self._chance.randint(1, 3), f"{name}-note": note}
        address = f"/member/assessments/{self.account.assessment}/answer/{name}"
        status, text = await self._ask("POST", address, fields | {"csrf_token": self._csrf}, counts=self._seen.saves)
        if status == 409:
            self._seen.conflicts += 1
            await self._open_questions()
        elif found := re.search(r'"version": *(\d+)', text):
            self._page[name] = (int(found[1]), note)

    async def _add_link(self) -> None:
        name = self._chance.choice(list(self._page))
        address = f"/member/assessments/{self.account.assessment}/evidence/{name}/link"
        url = f"https://example.org/{secrets.token_hex(6)}"
        fields = {"link-url": url, "link-title": "Minutes of the meeting", "form_number": secrets.token_urlsafe(32)}
        await self._ask("POST", address, fields | {"csrf_token": self._csrf}, counts=self._seen.saves)

    async def _read(self, address: str) -> None:
        await self._ask("GET", address, counts=self._seen.pages)

    async def _ask(
        self, method: str, address: str, fields: Mapping[str, object] | None = None, *, counts: list[float]
    ) -> tuple[int, str]:
        """Status and text; 0 if there was no answer."""
        body = urlencode(fields or {}).encode()
        head = [f"{method} {address} HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: gzip", "Connection: close"]
        head.append(f"Accept: {'application/json' if '/answer/' in address else 'text/html'}")
        head += [f"Cookie: {self._cookie}"] if self._cookie else []
        if method == "POST":
            head += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
        began = time.perf_counter()
        try:
            async with asyncio.timeout(TIMEOUT):
                reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.write(("\r\n".join(head) + "\r\n\r\n").encode() + body)
                answer = await reader.read()
                writer.close()
        except (OSError, TimeoutError) as error:
            self._seen.wrong[f"{method}: {type(error).__name__}"] += 1
            return 0, ""
        waited = time.perf_counter() - began
        top, _, content = answer.partition(b"\r\n\r\n")
        status = int(top[9:12] or b"0")
        for name, value in re.findall(rb"(?im)^set-cookie: ([^=]+)=([^;\r]*)", top):
            self._cookie = f"{name.decode()}={value.decode()}"
        if b"content-encoding: gzip" in top.lower():
            content = gzip.decompress(content)
        text = content.decode("utf-8", "replace")
        if status in (200, 302) or (status == 409 and '"conflict"' in text):
            counts.append(waited)
        else:
            self._seen.wrong[f"{method} {re.sub(r'[0-9]+', '0', address)}: {status}"] += 1
        return status, text


def _csrf_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    return found[1] if found else ""


async def warmed(place: Coalition, port: int) -> None:
    """Some people of every language go ahead: templates are compiled, packs are translated."""
    first = place.accounts[1::IN_ONE_MEMBER][:12]
    await asyncio.gather(
        *(Visitor(port, each, place.groups, Seen(), number).hurry(60) for number, each in enumerate(first))
    )


def percentile(waits: Sequence[float], percent: int) -> float:
    """In milliseconds: so many percent waited no longer. 0 without any."""
    return sorted(waits)[min(len(waits) - 1, len(waits) * percent // 100)] * 1000 if waits else 0.0
