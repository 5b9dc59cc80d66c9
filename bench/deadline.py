"""The last hour before a deadline: 300 people at once on one small machine; and a day of visits without a pause.

`make load` runs both and writes the figures into docs/reliability.md. Everything is on this machine and its loopback:
gunicorn as `charter run` starts it, the database, and the people, who are one process.

The people are a closed group, each with a log-in and pauses of their own: whoever waits for an answer does not click,
and at a deadline it is known how many there are. A fixed number of requests a second, whoever asks, would be another
question: how much the site can do before it breaks.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from bench.durability import PAGE
from bench.figures import put_between, side_by_side
from bench.processes import family, memory, processor_seconds
from bench.server import Server, database
from bench.soak import CLICKS, day_table, soaked
from bench.visitors import IN_ONE_MEMBER, Coalition, Seen, Visitor, coalition, percentile, warmed
from charter.config import Settings

PEOPLE, SECONDS, MEMBERS = 300, 300.0, 55
GOAL_MS = 500.0
FLAT = 1.10
"""Memory at the end, of what it was in the middle: no more than so much."""

Found = TypeVar("Found")


@dataclass
class Hour:
    """What came of it."""

    database: str
    people: int
    seconds: float
    seen: Seen
    memory: list[float] = field(default_factory=list)
    """Megabytes of all processes of the web: once it is warm, in the middle, at the end."""
    server_share: float = 0.0
    own_share: float = 0.0
    """Of one core: the web's processes, and the people."""

    @property
    def is_fine(self) -> bool:
        at_end = self.memory[2] <= self.memory[1] * FLAT
        return not self.seen.wrong and percentile(self.seen.saves, 95) < GOAL_MS and at_end


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.deadline")
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--clicks", type=int, default=CLICKS, help="of each person in a day")
    parser.add_argument("--only", choices=["hour", "soak"])
    parser.add_argument("--look", action="store_true", help="print the figures only")
    given = parser.parse_args()
    kinds = given.database or ["postgresql", "sqlite"]
    fine = True
    if given.only != "soak":
        hours = [_in_new_place(kind, given.people, lambda c, k: crowded(c, k, given.seconds)) for kind in kinds]
        fine = all(each.is_fine for each in hours)
        _publish("make load", hour_table(hours), look=given.look)
    if given.only != "hour":
        people = MEMBERS * IN_ONE_MEMBER
        days = [_in_new_place(kind, people, lambda c, k: soaked(c, k, given.clicks)) for kind in kinds]
        fine = fine and all(each.is_fine for each in days)
        _publish("make load: a day", day_table(days), look=given.look)
    sys.exit(0 if fine else 1)


def crowded(place: Coalition, kind: str, seconds: float) -> Hour:
    """Let them all come."""
    server = Server(place.settings)
    server.start()
    try:
        server.wait()
        return asyncio.run(_crowded(place, kind, seconds, server))
    finally:
        server.stop()


async def _crowded(place: Coalition, kind: str, seconds: float, server: Server) -> Hour:
    await warmed(place, server.port)
    hour = Hour(kind, len(place.accounts), seconds, Seen())
    visitors = [Visitor(server.port, each, place.groups, hour.seen, n) for n, each in enumerate(place.accounts)]
    hour.memory.append(memory(family(server.number)))
    began, used, own = time.monotonic(), processor_seconds(family(server.number)), time.process_time()
    crowd = asyncio.gather(*(each.visit(began + seconds) for each in visitors))
    for half in (1, 2):
        while time.monotonic() < began + seconds * half / 2:
            await asyncio.sleep(1)
        if half == 2:
            await crowd
        hour.memory.append(memory(family(server.number)))
        _say(
            f"{kind}: {time.monotonic() - began:,.0f} s, {hour.seen.requests:,} requests, p95 of saves "
            f"{percentile(hour.seen.saves, 95):,.0f} ms, wrong: {dict(hour.seen.wrong)}"
        )
    lasted = time.monotonic() - began
    hour.server_share = (processor_seconds(family(server.number)) - used) / lasted
    hour.own_share = (time.process_time() - own) / lasted
    return hour


def _in_new_place(kind: str, people: int, do: Callable[[Coalition, str], Found]) -> Found:
    with tempfile.TemporaryDirectory() as folder, database(kind, Path(folder)) as url:
        settings = Settings(instance=Path(folder) / "instance", database_url=url)
        return do(coalition(settings, people=people), kind)


def _publish(command: str, lines: Sequence[str], *, look: bool) -> None:
    print("\n".join(lines), flush=True)
    if not look:
        put_between(PAGE, command, lines)


def hour_table(hours: Sequence[Hour]) -> list[str]:
    """The figures, for the page."""
    rows: list[tuple[str, list[str]]] = [
        ("people at once", [f"{each.people}" for each in hours]),
        ("time, s", [f"{each.seconds:,.0f}" for each in hours]),
        ("requests", [f"{each.seen.requests:,}" for each in hours]),
        ("saves", [f"{len(each.seen.saves):,}" for each in hours]),
        ("log-ins", [f"{len(each.seen.log_ins):,}" for each in hours]),
        ("**errors** (aim: 0)", [f"**{sum(each.seen.wrong.values())}**" for each in hours]),
        ("saves beside somebody else's", [f"{each.seen.conflicts:,}" for each in hours]),
    ]
    for name, waits in (("page", lambda seen: seen.pages), ("save", lambda seen: seen.saves)):
        for percent in (50, 95, 99):
            shown = [f"{percentile(waits(each.seen), percent):,.0f}" for each in hours]
            aimed = name == "save" and percent == 95
            title = f"{name}: {percent} of 100 within, ms"
            rows.append(
                (f"**{title}** (aim: under {GOAL_MS:.0f})", [f"**{one}**" for one in shown])
                if aimed
                else (title, shown)
            )
    for number, moment in enumerate(("once warm", "in the middle", "at the end")):
        rows.append((f"memory of the web's processes {moment}, MB", [f"{each.memory[number]:,.0f}" for each in hours]))
    rows += [
        ("processor: the web, of one core", [f"{each.server_share:.2f}" for each in hours]),
        ("processor: the people, of one core", [f"{each.own_share:.2f}" for each in hours]),
    ]
    return side_by_side([each.database for each in hours], rows)


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    main()
