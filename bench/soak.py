"""A day of a coalition of 55 members without a pause: does anything grow that should not?"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import func, select, text, update

from bench.figures import side_by_side
from bench.processes import family, memory, open_files
from bench.server import Server, environment
from bench.visitors import Coalition, Seen, Visitor, percentile, warmed
from charter.clock import now
from charter.database.engine import make_engine, session_factory, transaction
from charter.database.handled_forms import HandledForm
from charter.database.jobs import Job, JobState
from charter.database.outbox import OutboxMail
from charter.database.row_security import EVERYTHING
from charter.database.sessions import Attempt
from charter.jobs import make_worker
from charter.services.jobs import request_job
from charter.services.outbox import write_mail
from questionnaires.message import message

CLICKS = 40
"""Of each person in a day: 275 people are 11,000 clicks."""
AT_ONCE = 8
"""People at a time, each of whom clicks as soon as there is an answer."""
REPORTS = 55
"""Workbooks that the worker makes in between: one for each member."""
MAILS = 550
HOURS = 24
FLAT = 1.15


@dataclass
class Day:
    """What came of it; pairs are at the start, once everything is warm, and at the end."""

    database: str
    seconds: float = 0.0
    seen: Seen = field(default_factory=Seen)
    web: list[float] = field(default_factory=list)
    worker: list[float] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    size: list[float] = field(default_factory=list)
    queue: list[float] = field(default_factory=list)
    made: int = 0
    sent: int = 0
    left: dict[str, int] = field(default_factory=dict)
    """Rows that a day later still should not be there."""

    @property
    def is_fine(self) -> bool:
        grown = any(pair[1] > pair[0] * FLAT for pair in (self.web, self.worker))
        done = self.made == REPORTS and self.sent == MAILS
        return not self.seen.wrong and not grown and done and not any(self.left.values())


def soaked(place: Coalition, kind: str, clicks: int) -> Day:
    """Live through it."""
    with _inbox() as port:
        settings = place.settings.model_copy(update={"smtp_host": "127.0.0.1", "smtp_port": port})
        server = Server(settings)
        server.start()
        surroundings = os.environ | environment(settings)
        surroundings |= {"CHARTER_SMTP_HOST": "127.0.0.1", "CHARTER_SMTP_PORT": str(port)}
        with subprocess.Popen(
            [sys.executable, "-m", "charter", "worker"], env=surroundings, stderr=subprocess.DEVNULL
        ) as worker:
            try:
                server.wait()
                return asyncio.run(_soaked(place, kind, clicks, server, worker.pid))
            finally:
                worker.terminate()
                server.stop()


async def _soaked(place: Coalition, kind: str, clicks: int, server: Server, worker: int) -> Day:
    day = Day(kind)
    engine = make_engine(place.settings.database)
    sessions = session_factory(engine, scope=EVERYTHING)
    clock = make_worker(place.settings, engine)
    await warmed(place, server.port)
    await asyncio.to_thread(_ask_for_work, sessions, place, range(2))
    while _count(sessions, Job.state == JobState.DONE) < 2:
        await asyncio.sleep(0.5)

    def measure() -> None:
        processes = family(server.number)
        day.web.append(memory(processes))
        day.worker.append(memory([worker]))
        day.files.append(open_files([*processes, worker]))
        day.connections.append(_connections(sessions, [*processes, worker], kind))
        day.size.append(_size(sessions, place, kind))
        queue = place.settings.instance / "queue.db"
        day.queue.append(queue.stat().st_size / 1024 if queue.exists() else 0.0)

    measure()
    began = time.monotonic()
    turn = asyncio.Semaphore(AT_ONCE)

    async def come(number: int) -> None:
        async with turn:
            await Visitor(server.port, place.accounts[number], place.groups, day.seen, 1000 + number).hurry(clicks)

    async def pass_the_hours() -> None:
        for hour in range(HOURS):
            first, last = REPORTS * hour // HOURS, REPORTS * (hour + 1) // HOURS
            await asyncio.to_thread(_ask_for_work, sessions, place, range(first, last))
            await asyncio.to_thread(clock.keep_time)
            await asyncio.sleep(1)

    await asyncio.gather(pass_the_hours(), *(come(number) for number in range(len(place.accounts))))
    until = time.monotonic() + 300
    while time.monotonic() < until:
        day.made = _count(sessions, Job.state == JobState.DONE) - 2
        day.sent = _count(sessions, OutboxMail.sent_at.is_not(None)) - 20
        if day.made >= REPORTS and day.sent >= MAILS:
            break
        await asyncio.sleep(1)
    day.seconds = time.monotonic() - began
    measure()
    day.left = await asyncio.to_thread(_swept, sessions, clock)
    engine.dispose()
    return day


def _ask_for_work(sessions: Any, place: Coalition, numbers: Sequence[int]) -> None:
    """A workbook and ten mails for each of these members."""
    members = sorted({(each.assessment, each.language) for each in place.accounts})
    with transaction(sessions) as db:
        for number in numbers:
            assessment, language = members[number % len(members)]
            request_job(
                db,
                None,
                kind="form-workbook",
                arguments={"assessment": assessment, "language": language},
                assessment_id=assessment,
            )
            for mail in range(MAILS // REPORTS):
                write_mail(
                    db,
                    recipient=f"person{mail}@example.org",
                    language=language,
                    subject=message("Your report is ready"),
                    body=message("Your report is ready"),
                )


def _swept(sessions: Any, clock: Any) -> dict[str, int]:
    """What is too old a day later is deleted by whoever deletes it; gives what is left."""
    day = timedelta(days=1, minutes=1)
    with transaction(sessions) as db:
        db.execute(update(HandledForm).values(handled_at=now() - day))
        db.execute(update(Attempt).values(at=now() - day))
    clock.keep_time()
    with sessions() as db:
        return {"handled forms": db.scalar(select(func.count()).select_from(HandledForm)) or 0}


def _count(sessions: Any, condition: Any) -> int:
    with sessions() as db:
        return db.scalar(select(func.count()).where(condition)) or 0


def _connections(sessions: Any, numbers: Sequence[int], kind: str) -> int:
    """To the database: as PostgreSQL tells it, or how often the file is open."""
    if kind == "postgresql":
        with sessions() as db:
            return db.scalar(text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")) or 0
    links = (link for number in numbers for link in Path(f"/proc/{number}/fd").iterdir())
    return sum(os.readlink(link).endswith("charter.db") for link in links if link.is_symlink())


def _size(sessions: Any, place: Coalition, kind: str) -> float:
    """Of the database, in megabytes."""
    if kind == "postgresql":
        with sessions() as db:
            return (db.scalar(text("SELECT pg_database_size(current_database())")) or 0) / 2**20
    return Path(place.settings.database.removeprefix("sqlite:///")).stat().st_size / 2**20


class _Taker:
    async def handle_DATA(self, _server: Any, _session: Any, _envelope: Any) -> str:
        return "250 OK"


@contextmanager
def _inbox() -> Iterator[int]:
    """An SMTP server that forgets what it is given; its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(_Taker(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def day_table(days: Sequence[Day]) -> list[str]:
    """The figures, for the page."""

    def pair(values: Sequence[float]) -> str:
        return f"{values[0]:,.0f} → {values[1]:,.0f}"

    rows: list[tuple[str, list[str]]] = [
        ("time, s", [f"{each.seconds:,.0f}" for each in days]),
        ("requests", [f"{each.seen.requests:,}" for each in days]),
        ("requests a second", [f"{each.seen.requests / each.seconds:.0f}" for each in days]),
        ("**errors**", [f"**{sum(each.seen.wrong.values())}**" for each in days]),
        ("save: 95 of 100 within, ms", [f"{percentile(each.seen.saves, 95):,.0f}" for each in days]),
        ("workbooks made by the worker", [f"{each.made} of {REPORTS}" for each in days]),
        ("mails sent by the worker", [f"{each.sent} of {MAILS}" for each in days]),
        ("memory of the web's processes, MB", [pair(each.web) for each in days]),
        ("memory of the worker, MB", [pair(each.worker) for each in days]),
        ("open files", [pair(each.files) for each in days]),
        ("connections to the database", [pair(each.connections) for each in days]),
        ("size of the database, MB", [pair(each.size) for each in days]),
        ("size of the queue's file, KB", [pair(each.queue) for each in days]),
        ("rows left that are too old", [f"{sum(each.left.values())}" for each in days]),
    ]
    return side_by_side([each.database for each in days], rows)
