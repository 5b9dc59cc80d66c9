"""Whether an acknowledged answer can be lost: people save while the server's processes are killed.

`make durability` runs it in full, on both databases, and writes the figures into docs/reliability.md. Eight leads save
answers over HTTP, two on each assessment, so that they get in one another's way, and a mentor comments. Meanwhile a
worker process of the server is killed with SIGKILL again and again, and now and then the whole server. Some hang up
before the answer comes, and send the same again. In the end every acknowledged answer is looked for in the database.
Afterwards people save one after the other, in any order and from pages of any age, beside a model of what is right.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bench.figures import put_between, side_by_side
from bench.people import ON_ONE, Place
from bench.server import Server, database
from bench.steps import Walk, walked
from bench.subjects import ROOT
from bench.synced import SAVES, traced
from bench.writers import Commenter, Person, Writer
from charter.config import Settings
from charter.database.assessments import Comment, RatingVersion
from charter.database.engine import make_engine, session_factory, transaction
from charter.database.row_security import EVERYTHING
from charter.database.upgrade import upgrade
from charter.services.audit import recompute
from charter.services.events import verify_chain

PAGE = ROOT / "docs" / "reliability.md"
WRITERS = 8
TOLD_EVERY = 30.0
"""Seconds between two lines about how far it is."""


@dataclass(frozen=True)
class Amount:
    """How much is done: until so much was reached, or so many seconds are over."""

    acknowledged: int
    kills: int
    restarts: int
    seconds: float
    dropped: int = 0
    steps: int = 0


FULL = Amount(acknowledged=50_000, kills=300, restarts=30, seconds=2 * 3600, dropped=5_000, steps=10_000)


@dataclass
class Outcome:
    """What came of it. The last six must be zero."""

    database: str
    seconds: float = 0.0
    acknowledged: int = 0
    commented: int = 0
    kills: int = 0
    restarts: int = 0
    broken: int = 0
    """Requests that got no answer, because a process died."""
    dropped: int = 0
    """Requests whose answer was not waited for, and that were sent again with the same content."""
    conflicts: int = 0
    """Saves that were refused because somebody else had saved in between."""
    walk: Walk | None = None
    synced: tuple[int, int] | None = None
    """Of the saves that strace watched: with synchronizing, how many were on the disk before their answer; without."""
    lost: int = 0
    overwritten: int = 0
    """Answers that somebody replaced without having seen them."""
    duplicates: int = 0
    broken_events: int = 0
    differences: int = 0
    """Stored counts that `charter recompute` would mend."""

    @property
    def is_clean(self) -> bool:
        surprises = self.walk.surprises if self.walk else []
        if self.synced not in (None, (SAVES, 0)):
            return False
        return not (
            self.lost or self.overwritten or self.duplicates or self.broken_events or self.differences or surprises
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.durability")
    for name in ("acknowledged", "kills", "restarts", "dropped", "steps"):
        parser.add_argument(f"--{name}", type=int, default=getattr(FULL, name))
    parser.add_argument("--seconds", type=float, default=FULL.seconds, help="at most so long on each database")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--look", action="store_true", help="print the figures only")
    given = parser.parse_args()
    amount = Amount(given.acknowledged, given.kills, given.restarts, given.seconds, given.dropped, given.steps)
    outcomes = []
    for kind in given.database or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
            settings = Settings(instance=Path(folder) / "instance", database_url=url)
            outcome = tried(settings, amount, tell=_say)
        with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
            settings = Settings(instance=Path(folder) / "instance", database_url=url)
            outcome.walk = walked(settings, amount.steps, tell=_say)
        careful, careless = traced(kind)
        outcome.synced = (sum(each.is_safe(kind) for each in careful), sum(each.is_safe(kind) for each in careless))
        _say(str(outcome))
        outcomes.append(outcome)
    if not given.look:
        put_between(PAGE, "make durability", table(outcomes))
    sys.exit(0 if all(each.is_clean for each in outcomes) else 1)


def tried(settings: Settings, amount: Amount, *, seed: int = 1, tell: Callable[[str], None] | None = None) -> Outcome:
    """Do it, and count."""
    engine = make_engine(settings.database)
    outcome = Outcome(engine.dialect.name)
    upgrade(engine)
    place = Place(settings, WRITERS)
    server = Server(settings)
    server.start()
    stop = threading.Event()
    people = _people(place, server.port, stop, seed)
    began = time.monotonic()
    threads = [threading.Thread(target=person.run) for person in people]
    for thread in threads:
        thread.start()
    try:
        _disturb(server, people, amount, outcome, random.Random(seed), tell)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        server.stop()
    for person in people:
        if person.problem is not None:
            raise person.problem
    outcome.seconds = time.monotonic() - began
    _look(session_factory(engine, scope=EVERYTHING), people, outcome)
    engine.dispose()
    return outcome


def _people(place: Place, port: int, stop: threading.Event, seed: int) -> list[Person]:
    names = list(place.criteria)
    people: list[Person] = [
        Writer(
            port,
            login,
            stop,
            random.Random(seed * 100 + number),
            criteria=place.criteria,
            own=names[number % ON_ONE :: ON_ONE],
        )
        for number, login in enumerate(place.leads)
    ]
    return [
        *people,
        Commenter(port, place.mentor, stop, random.Random(seed * 100 + WRITERS), assessments=place.assessments),
    ]


def _disturb(
    server: Server,
    people: list[Person],
    amount: Amount,
    outcome: Outcome,
    chance: random.Random,
    tell: Callable[[str], None] | None,
) -> None:
    """Kill evenly over the work, as measured in acknowledged answers."""
    disturbances = ["kill"] * amount.kills + ["restart"] * amount.restarts
    chance.shuffle(disturbances)
    step = amount.acknowledged / (len(disturbances) + 1)
    due = step
    began = told = time.monotonic()
    while time.monotonic() - began < amount.seconds and all(each.problem is None for each in people):
        saved = sum(len(each.saves) for each in people if isinstance(each, Writer))
        dropped = sum(each.dropped for each in people)
        if saved >= amount.acknowledged and dropped >= amount.dropped and not disturbances:
            return
        if disturbances and saved >= due:
            if disturbances.pop() == "kill":
                outcome.kills += server.kill_one(chance)
            else:
                server.kill_all()
                outcome.restarts += 1
                server.start()
            due += step
        if tell and time.monotonic() - told > TOLD_EVERY:
            told = time.monotonic()
            tell(
                f"{outcome.database}: {told - began:,.0f} s, {saved:,} of {amount.acknowledged:,} answers "
                f"({saved / (told - began):.1f} a second), {outcome.kills} kills, {outcome.restarts} restarts, "
                f"{dropped:,} answers dropped"
            )
        time.sleep(0.05)


def _look(sessions: Any, people: list[Person], outcome: Outcome) -> None:
    with sessions() as db:
        columns = (RatingVersion.assessment_id, RatingVersion.criterion_id, RatingVersion.version, RatingVersion.note)
        stored = {(row[0], row[1], row[2]): row[3] for row in db.execute(select(*columns))}
        comments = Counter(db.scalars(select(Comment.text)))
        outcome.broken_events = len(verify_chain(db)[1])
    for person in people:
        outcome.broken += person.broken
        outcome.dropped += person.dropped
        if isinstance(person, Commenter):
            outcome.commented += len(person.said)
            outcome.lost += sum(text not in comments for text in person.said)
        if not isinstance(person, Writer):
            continue
        outcome.conflicts += person.conflicts
        for save in person.saves:
            outcome.acknowledged += 1
            key = (save.assessment, save.criterion, save.version)
            outcome.lost += stored.get(key) != save.note
            before = stored.get((*key[:2], save.version - 1), "")
            outcome.overwritten += before != save.note_before
    outcome.duplicates = sum(number - 1 for kept in (Counter(stored.values()), comments) for number in kept.values())
    with transaction(sessions) as db:
        outcome.differences = len(list(recompute(db)))


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def _share(number: int | None) -> str:
    return "–" if number is None else f"{number} of {SAVES}"


ROWS: tuple[tuple[str, Callable[[Outcome], str]], ...] = (
    ("time, s", lambda one: f"{one.seconds:,.0f}"),
    ("acknowledged answers", lambda one: f"{one.acknowledged:,}"),
    ("acknowledged comments", lambda one: f"{one.commented:,}"),
    ("processes killed (SIGKILL)", lambda one: f"{one.kills:,}"),
    ("whole server killed and started again", lambda one: f"{one.restarts:,}"),
    ("requests that got no answer", lambda one: f"{one.broken:,}"),
    ("answers dropped, and the request sent again", lambda one: f"{one.dropped:,}"),
    ("saves refused because of somebody else's", lambda one: f"{one.conflicts:,}"),
    ("**acknowledged answers and comments lost**", lambda one: f"**{one.lost}**"),
    ("**answers replaced unseen**", lambda one: f"**{one.overwritten}**"),
    ("**answers and comments stored twice**", lambda one: f"**{one.duplicates}**"),
    ("**broken events in the chain**", lambda one: f"**{one.broken_events}**"),
    ("**stored counts that are wrong**", lambda one: f"**{one.differences}**"),
    ("steps beside a model", lambda one: f"{one.walk.steps if one.walk else 0:,}"),
    ("of these from a page that was too old", lambda one: f"{one.walk.stale if one.walk else 0:,}"),
    ("of these sent again", lambda one: f"{one.walk.repeated if one.walk else 0:,}"),
    (
        "**steps that ended otherwise than in the model**",
        lambda one: f"**{len(one.walk.surprises) if one.walk else 0}**",
    ),
    ("**seen by strace: on the disk before the answer**", lambda one: f"**{_share(one.synced and one.synced[0])}**"),
    ("the same with synchronizing switched off", lambda one: _share(one.synced and one.synced[1])),
)


def table(outcomes: list[Outcome]) -> list[str]:
    """The figures, for the page."""
    return side_by_side(
        [each.database for each in outcomes],
        [(title, [show(each) for each in outcomes]) for title, show in ROWS],
    )


if __name__ == "__main__":
    main()
