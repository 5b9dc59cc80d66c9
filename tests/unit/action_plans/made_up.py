"""Small made-up packs for the planner's tests: as raw data for `brute_force`, and as YAML folders for the real one."""

from __future__ import annotations

import random
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import yaml

from action_plans import Limits, Month, Plan, propose
from questionnaires import Pack, load_pack
from scoring import Result, parse_answers, score
from tests.unit.action_plans.brute_force import Case

START = Month(2027, 1)


class _Dumper(yaml.SafeDumper):
    pass


def _decimal(dumper: yaml.SafeDumper, number: Fraction) -> yaml.Node:
    if number.denominator == 1:
        return dumper.represent_int(int(number))
    text = f"{number.numerator * 10**9 // number.denominator:010d}"
    assert Fraction(int(text), 10**9) == number, "only numbers with at most nine decimals can be written"
    return dumper.represent_scalar("tag:yaml.org,2002:float", f"{text[:-9]}.{text[-9:]}".rstrip("0"))


_Dumper.add_representer(Fraction, _decimal)


def write(folder: Path, name: str, data: Any) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True), "utf-8")


def titled(node: dict[str, Any]) -> dict[str, Any]:
    return {"title": f"About {node['id']}", **node}


@dataclass(frozen=True)
class Loaded:
    """One case as the project reads it."""

    pack: Pack
    result: Result
    limits: Limits

    def plan(self, time_limit: float = 60) -> Plan:
        return propose(self.pack, self.result, self.limits, time_limit=time_limit)


def load(case: Case, folder: Path) -> Loaded:
    write(folder, "pack.yaml", case.pack)
    for standard in case.standards:
        write(folder / "standards", f"{standard['standard']}.yaml", standard)
    pack = load_pack(folder)
    return Loaded(pack, score(pack, parse_answers(case.answers, pack)), limits_of(case))


def limits_of(case: Case) -> Limits:
    budget = case.limits.get("budget")
    return Limits(
        start=START,
        months=case.limits["months"],
        capacity_days=Fraction(case.limits["capacity_days"]),
        budget=None if budget is None else Fraction(budget),
        max_actions=case.limits["max_actions"],
    )


def starts_of(plan: Plan) -> dict[str, int]:
    return {action.id: action.start.since(START) + 1 for action in plan.actions}


SCALE = {"title": "How far?", "levels": [{"value": value, "title": f"Level {value}"} for value in range(5)]}


def small_case(
    *,
    criteria: list[dict[str, Any]],
    actions: list[dict[str, Any]],
    ratings: dict[str, Any],
    standards: list[dict[str, Any]] | None = None,
    groups: list[dict[str, Any]] | None = None,
    defaults: dict[str, Any] | None = None,
    **limits: Any,
) -> Case:
    """One scale from 0 to 4 and, unless told otherwise, one group."""
    pack = pack_of(groups or [{"id": "G", "title": "Group", "criteria": [titled(each) for each in criteria]}], actions)
    pack["defaults"] |= defaults or {}
    chosen = {"months": 12, "capacity_days": Fraction(10), "budget": None, "max_actions": 12} | limits
    return Case(pack, standards or [], answers_of(ratings), chosen)


def standard_of(name: str, clauses: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    about = {"version": "1", "status": "provisional", "language": "en", "title": f"Standard {name}", "binding": True}
    return {"standard": name, **about, "clauses": [titled(clause) for clause in clauses], **more}


def pack_of(groups: list[dict[str, Any]], actions: list[dict[str, Any]]) -> dict[str, Any]:
    pack = {
        "pack": "made-up",
        "version": "1",
        "status": "provisional",
        "language": "en",
        "title": "Made up",
        "profile": {"staff": {"title": "Paid staff", "type": "integer"}},
        "scales": {"common": SCALE},
        "bands": [{"id": "all", "title": "All", "from": 0}],
        "defaults": {"scale": "common"},
        "groups": groups,
    }
    return pack | ({"actions": [titled(action) for action in actions]} if actions else {})


def answers_of(ratings: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"pack": "made-up", "version": "1", "organization": {"name": "House", **facts}, "ratings": ratings}


# Random cases

_SCALES = {
    "common": [0, 1, 2, 3, 4],
    "yes-no": [0, 1],
    "uneven": [-1, 1, 2, 5],
}
_WEIGHTS = [1, 2, 3, Fraction("0.5"), Fraction("1.25"), Fraction("0.333"), Fraction("2.7")]
_THRESHOLDS = [Fraction("0.25"), Fraction("0.5"), Fraction("0.6"), Fraction("0.75"), Fraction(1)]
_EFFORTS = [0, 1, 2, 3, 4, Fraction("1.5"), Fraction("2.25"), Fraction("0.1")]
_COSTS = [0, 0, 50, 100, Fraction("99.95"), 400]


def random_case(seed: int) -> Case:
    """At most five candidates and five months."""
    rng = random.Random(seed)
    while True:
        case = _Maker(rng).case()
        if len(case.candidates) <= (4 if case.limits["months"] == 5 else 5):
            return case


class _Maker:
    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.made: list[tuple[str, str]] = []

    def case(self) -> Case:
        rng = self.rng
        standards = [self.standard(f"std-{number}") for number in range(rng.choice([0, 1, 1, 2, 3]))]
        self.clauses = [
            f"{standard['standard']}/{clause['id']}" for standard in standards for clause in standard["clauses"]
        ]
        self.left = rng.choice([2, 3, 4, 4, 5, 5, 6])
        groups: list[dict[str, Any]] = []
        while self.left:
            groups.append(self.group(f"G{len(groups)}", 0))
        pack = pack_of(groups, self.actions())
        pack["scales"] = {
            name: {"title": name, "levels": [{"value": value, "title": str(value)} for value in values]}
            for name, values in _SCALES.items()
        }
        some: dict[str, list[Any]] = {
            "weight": _WEIGHTS,
            "essential_from": _THRESHOLDS,
            "met_from": _THRESHOLDS,
            "target_from": _THRESHOLDS,
            "effort_days": _EFFORTS,
            "duration_months": [1, 2, 3],
        }
        for name, numbers in some.items():
            if self.often(0.3):
                pack["defaults"][name] = rng.choice(numbers)
        ratings = {name: self.rating(scale) for name, scale in self.made}
        facts = {"staff": rng.choice([3, 30])} if self.often(0.6) else {}
        limits = {
            "months": rng.choice([1, 2, 3, 3, 4, 4, 5, 5]),
            "capacity_days": rng.choice([0, 1, 2, Fraction("2.5"), 3, 3, 4, 4, 5, 6, 10, 100]),
            "budget": rng.choice([None, None, None, 0, 100, Fraction("199.95"), 500, 900]),
            "max_actions": rng.choice([0, 1, 2, 2, 3, 3, 4, 12, 12, 12]),
        }
        return Case(pack, standards, answers_of(ratings, **facts), limits)

    def often(self, share: float) -> bool:
        return self.rng.random() < share

    def standard(self, name: str) -> dict[str, Any]:
        clauses = []
        for number in range(self.rng.choice([1, 2])):
            clause: dict[str, Any] = {"id": f"c{number}"}
            if self.often(0.4):
                clause["met_from"] = self.rng.choice(_THRESHOLDS)
            if self.often(0.2):
                clause["applies_when"] = {"staff": {"at_least": 10}}
            clauses.append(clause)
        more: dict[str, Any] = {"binding": self.often(0.75)}
        if self.often(0.7):
            more["remedy_days"] = self.rng.choice([1, 30, 31, 60, 90, 91, 400])
        return standard_of(name, clauses, **more)

    def group(self, name: str, depth: int) -> dict[str, Any]:
        group: dict[str, Any] = {"id": name, "title": f"Group {name}"}
        if self.often(0.5):
            group["weight"] = self.rng.choice(_WEIGHTS)
        if self.often(0.1):
            group["applies_when"] = self.condition()
        if depth < 2 and self.often(0.4):
            inner = [
                self.group(f"{name}-{number}", depth + 1) for number in range(self.rng.choice([1, 2])) if self.left
            ]
            return group | {"groups": inner}
        own = [self.criterion(f"{name}.{number}") for number in range(min(self.left, self.rng.choice([1, 2, 3])))]
        return group | {"criteria": own}

    def condition(self) -> dict[str, Any]:
        if self.made and self.often(0.5):
            return {self.rng.choice(self.made)[0]: {"at_least": 1}}
        return self.rng.choice([{"staff": {"at_least": 10}}, {"not": {"staff": {"at_most": 5}}}])

    def criterion(self, name: str) -> dict[str, Any]:
        self.left -= 1
        rng = self.rng
        scale = rng.choice(["common", "common", *_SCALES])
        criterion: dict[str, Any] = {"id": name, "title": f"Criterion {name}"}
        if scale != "common" or self.often(0.5):
            criterion["scale"] = scale
        if self.often(0.5):
            criterion["weight"] = rng.choice(_WEIGHTS)
        if self.often(0.3):
            criterion["essential"] = True
            if self.often(0.5):
                criterion["essential_from"] = rng.choice(_THRESHOLDS)
        if self.often(0.1):
            criterion["applies_when"] = self.condition()
        if self.clauses and self.often(0.5):
            criterion["clauses"] = rng.sample(self.clauses, rng.randint(1, min(2, len(self.clauses))))
        self.made.append((name, scale))
        return criterion

    def rating(self, scale: str) -> Any:
        if self.often(0.1):
            return self.rng.choice([None, {"rating": "not-applicable", "reason": "None here"}])
        values = _SCALES[scale]
        return self.rng.choice(values[:-1] if self.often(0.6) else values)

    def actions(self) -> list[dict[str, Any]]:
        rng = self.rng
        actions: list[dict[str, Any]] = []
        for number in range(rng.choice([0, 1, 2, 3, 4, 4, 5, 6])):
            improved = rng.sample(self.made, min(len(self.made), rng.choice([1, 1, 2, 3])))
            action: dict[str, Any] = {
                "id": f"A{number}",
                "improves": {name: rng.choice(_SCALES[scale][1:]) for name, scale in improved},
            }
            if self.often(0.7):
                action["effort_days"] = rng.choice(_EFFORTS)
            if self.often(0.5):
                action["cost"] = rng.choice(_COSTS)
            if self.often(0.5):
                action["duration_months"] = rng.choice([1, 1, 2, 3])
            if actions and self.often(0.4):
                action["after"] = [each["id"] for each in rng.sample(actions, rng.randint(1, min(2, len(actions))))]
            actions.append(action)
        if self.often(0.3):
            rng.shuffle(actions)
        return actions
