"""`python -m bench.disclosure` (make attack): the whole attack test; writes its figures into docs/disclosure.md."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date

from bench.subjects import ROOT
from scoring.attack import ALLOWED, Adversary, Effort, Report, Tally, attack
from scoring.attack.adversaries import caught
from scoring.attack.controls import CONTROLS
from scoring.attack.worlds import MIDDLES, made_up_world, releases_of, target_of

PAGE = ROOT / "docs" / "disclosure.md"
BEGIN = "<!-- figures: written by make attack -->"
END = "<!-- end of figures -->"
WORLDS = 20
EFFORT = Effort(metrics=1, members=3, parties=4, pairs=3, coalitions=3, victims=56)
CONTROL_WORLDS = 4
CONTROL_EFFORT = Effort(metrics=1, members=3, parties=3, pairs=3, coalitions=2, victims=28, seconds=5)
_WORDS = {
    "A1": "one member's own score",
    "A2": "all that one party sees",
    "A3": "all that one party sees, and one more member",
    "A4": "nine members together",
    "A5": "everybody but the victim and six of its atom",
}


@dataclass(frozen=True)
class World:
    """What one world gave."""

    middle: int
    groups: int
    report: Report
    caught: dict[str, bool]


def run(seed: int) -> World:
    world = made_up_world(seed)
    controls = {
        name: caught(make(world), CONTROL_EFFORT, seed) is not None
        for name, make in CONTROLS.items()
        if seed < CONTROL_WORLDS
    }
    groups = sum(len(draft.release.groups) for draft in releases_of(world))
    return World(world.middle, groups, attack(target_of(world), EFFORT, seed), controls)


def main() -> None:
    began = time.monotonic()
    found: list[World] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for number, world in enumerate(pool.map(run, range(WORLDS)), start=1):
            found.append(world)
            print(f"{number} of {WORLDS} worlds attacked, {time.monotonic() - began:.0f} s", flush=True)
    total = Report()
    for world in found:
        total.add_all(world.report)
    lines = "\n".join(_page(found, total, time.monotonic() - began))
    print(lines)
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{lines}\n{END}{after}", "utf-8")
    if not total.holds or not all(any(world.caught.get(name) for world in found) for name in CONTROLS):
        sys.exit(1)


def _page(found: list[World], total: Report, seconds: float) -> Iterator[str]:
    attacks = sum(tally.attacks for tally in total.tallies.values())
    yield f"Measured on {date.today().isoformat()}: {attacks:,} attacks on {WORLDS} made-up worlds with three releases,"
    yield f"with {sum(world.groups for world in found)} published groups in all; {seconds / 60:.0f} minutes."
    yield ""
    yield "| | knows | attacks | values found | classes found | not solved in time | allowed | |"
    yield "|---|---|---:|---:|---:|---:|---:|---|"
    for adversary, tally in total.tallies.items():
        verdict = "holds" if tally.is_within(ALLOWED[adversary]) else "DOES NOT HOLD"
        counts = f"{tally.attacks:,} | {tally.value} | {tally.in_class} | {tally.late}"
        yield f"| {adversary} | {_WORDS[adversary]} | {counts} | {ALLOWED[adversary]:.0%} | {verdict} |"
    yield ""
    yield "A5 by the level of the coalition (mean of the members in the first year; they meet from 75 on):"
    yield ""
    yield "| mean | attacks | values found | classes found |"
    yield "|---:|---:|---:|---:|"
    for middle in MIDDLES:
        tally = Tally()
        for world in found:
            if world.middle == middle:
                tally.add_all(world.report.tallies[Adversary.ALL_BUT_SEVEN])
        shares = f"{tally.value / tally.attacks:.1%} | {tally.in_class / tally.attacks:.1%}"
        yield f"| {middle} | {tally.attacks} | {shares} |"
    yield ""
    yield f"Intervals in which the truth was not: {total.outside}."
    yield ""
    yield "| careless way to publish | caught in |"
    yield "|---|---:|"
    for name in CONTROLS:
        times = sum(world.caught.get(name, False) for world in found)
        yield f"| {name} | {times} of {CONTROL_WORLDS} worlds |"


if __name__ == "__main__":
    main()
