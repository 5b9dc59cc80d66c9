"""Scoring all criteria of the Charter pack with thirty staff sheets."""

from __future__ import annotations

import json

from bench.measure import Goal, Section, interleaved, ratio, times
from bench.subjects import PACK, STAFF_EXAMPLE
from questionnaires import load_pack
from scoring import read_answers, result_json, score

MOST_SECONDS = 0.005


def scored() -> Section:
    pack = load_pack(PACK)
    data = STAFF_EXAMPLE.read_bytes()
    answers = read_answers(data, pack)
    result = score(pack, answers)
    found = interleaved(
        {
            "reading the answers as JSON and nothing else (floor)": lambda: json.loads(data),
            "`read_answers`: reading and checking": lambda: read_answers(data, pack),
            "`score`": lambda: score(pack, answers),
            "`result_json` and writing it": lambda: json.dumps(result_json(result)),
        },
        runs=101,
    )
    floor, *_ = found.values()
    section = Section(
        "Scoring",
        f"In process: answers to {len(pack.criteria)} criteria with {len(answers.sheets)} staff sheets "
        f"(`examples/{STAFF_EXAMPLE.name}`), the pack being loaded already.",
        ("work", "median, ms", "spread, ms", "of the floor"),
    )
    for name, timing in found.items():
        section.rows.append((name, str(timing), timing.spread, times(ratio(timing, floor))))
    seconds = found["`score`"].median
    section.goals.append(
        Goal(f"scoring takes at most {MOST_SECONDS * 1000:g} ms", f"{seconds * 1000:.2f} ms", seconds <= MOST_SECONDS)
    )
    return section
