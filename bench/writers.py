"""People who save over HTTP, and believe only what was acknowledged."""

from __future__ import annotations

import html
import http.client
import json
import random
import re
import secrets
import socket
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bench.people import LoggedIn

DROPPED = 0.11
"""Share of requests whose sender hangs up before the answer comes, and sends the same again."""
ELSEWHERE = 0.2
"""Share of answers that a lead gives where the other one is at work."""


@dataclass(frozen=True)
class Save:
    """One acknowledged answer, and what its sender had before their eyes."""

    assessment: int
    criterion: str
    version: int
    note: str
    note_before: str


@dataclass
class Person:
    """Sends until there is an answer: whoever got none cannot know whether it was stored."""

    port: int
    login: LoggedIn
    stop: threading.Event
    chance: random.Random
    broken: int = 0
    """Requests that got no answer, because a process died."""
    dropped: int = 0
    """Requests whose answer was not waited for, and that were sent again."""
    not_saved: int = 0
    """Requests that were answered with "Not saved"."""
    problem: BaseException | None = None
    _connection: http.client.HTTPConnection | None = None

    def run(self) -> None:
        """Until told to stop, or something is wrong."""
        try:
            self.begin()
            while not self.stop.is_set():
                self.act()
        except BaseException as error:
            self.problem = error
        finally:
            self._close()

    def begin(self) -> None:
        """Look at what there is."""

    def act(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    def send(self, address: str, fields: dict[str, Any]) -> tuple[int, str]:
        """A form; now and then it is sent twice, since nobody waited for the first answer."""
        body = urlencode({**fields, "csrf_token": self.login.csrf})
        if self.chance.random() < DROPPED:
            self._hang_up(address, body)
            self.dropped += 1
        return self.ask("POST", address, body)

    def ask(self, method: str, address: str, body: str = "") -> tuple[int, str]:
        """Status and text."""
        first = True
        until = time.monotonic() + 60
        while True:
            try:
                return self._once(method, address, body)
            except (OSError, http.client.HTTPException):
                if first:
                    self.broken += 1
                first = False
                self._close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _told_not_saved(self, status: int, text: str) -> None:
        """RuntimeError for an answer that says anything else."""
        if status != 503 or "Not saved" not in text:
            raise RuntimeError(f"answered {status}: {text[:1000]}")
        self.not_saved += 1
        self.stop.wait(0.1)

    def _once(self, method: str, address: str, body: str) -> tuple[int, str]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        self._connection.request(method, address, body or None, self._headers(body))
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def _hang_up(self, address: str, body: str) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=10) as line:
                head = "".join(f"{name}: {value}\r\n" for name, value in self._headers(body).items())
                line.sendall(
                    f"POST {address} HTTP/1.1\r\nHost: x\r\n{head}Content-Length: {len(body)}\r\n\r\n{body}".encode()
                )
                time.sleep(self.chance.random() * 0.05)
        except OSError:
            self.broken += 1

    def _headers(self, body: str) -> dict[str, str]:
        headers = {"Cookie": self.login.cookie, "Accept": "application/json" if body else "text/html"}
        return headers | ({"Content-Type": "application/x-www-form-urlencoded"} if body else {})

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@dataclass
class Writer(Person):
    """A lead who rates."""

    criteria: dict[str, str] = field(default_factory=dict)
    """Of each criterion the page where it stands."""
    own: Sequence[str] = ()
    """Where this lead is at work; the rest is the other one's."""
    saves: list[Save] = field(default_factory=list)
    conflicts: int = 0
    """Saves that were refused because somebody else had saved in between."""
    _seen: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By criterion the version that was last seen, and its note."""
    _number: int = 0

    def begin(self) -> None:
        for group in dict.fromkeys(self.criteria.values()):
            self._load(group)

    def act(self) -> None:
        names = list(self.criteria) if self.chance.random() < ELSEWHERE else self.own
        self._rate(self.chance.choice(names))

    def _rate(self, criterion: str) -> None:
        version, before = self._seen[criterion]
        self._number += 1
        note = f"{self.login.cookie[-6:]} {id(self)} {self._number}"
        fields = {
            f"{criterion}-version": version,
            f"{criterion}-rating": self._number % 3 + 1,
            f"{criterion}-note": note,
        }
        status, text = self.send(f"/member/assessments/{self.login.assessment}/answer/{criterion}", fields)
        answer: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
        if status == 200 and answer["state"] == "saved":
            self.saves.append(Save(self.login.assessment, criterion, answer["version"], note, before))
            self._seen[criterion] = (answer["version"], note)
        elif status == 409:
            self.conflicts += 1
            self._load(self.criteria[criterion])
        else:
            self._told_not_saved(status, text)

    def _load(self, group: str) -> None:
        """What is stored, as the page shows it: all answers of the page are seen."""
        while True:
            status, page = self.ask("GET", f"/member/assessments/{self.login.assessment}/rate/{group}")
            if status != 503 or self.stop.wait(0.2):
                break
        if self.stop.is_set():
            return
        for criterion in (name for name, where in self.criteria.items() if where == group):
            name = re.escape(criterion)
            version = re.search(rf'name="{name}-version" value="(\d+)"', page)
            note = re.search(rf'<textarea id="{name}-note"[^>]*>([^<]*)</textarea>', page)
            if status != 200 or version is None or note is None:
                raise RuntimeError(f"answered {status}: {page[:1000]}")
            self._seen[criterion] = (int(version[1]), html.unescape(note[1]).strip())


@dataclass
class Commenter(Person):
    """A mentor who comments: what is added, not replaced, so that only the form's number tells a repetition."""

    assessments: Sequence[int] = ()
    said: list[str] = field(default_factory=list)
    """What was acknowledged."""

    def act(self) -> None:
        text = f"Comment {len(self.said)} {secrets.token_hex(4)}"
        address = f"/mentor/assessments/{self.chance.choice(self.assessments)}/comments"
        status, page = self.send(address, {"text": text, "form_number": secrets.token_urlsafe(24)})
        if status == 302:
            self.said.append(text)
        else:
            self._told_not_saved(status, page)
        self.stop.wait(0.2)
