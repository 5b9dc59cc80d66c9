"""A second planner, written from the specification alone: it tries every plan. Only for very small cases.

It reads the same raw data that the YAML files hold, with `Fraction` for every number that may have decimals, and
imports nothing of the project. Months count from 1; a schedule is a dict from the id of an action to its first month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations, product
from typing import Any, NamedTuple

Schedule = dict[str, int]

DEFAULTS = {
    "weight": 1,
    "essential_from": Fraction(1, 2),
    "met_from": Fraction(3, 4),
    "target_from": Fraction(3, 4),
    "effort_days": 3,
    "duration_months": 1,
}


class Objective(NamedTuple):
    late: int
    wait: int
    area: Fraction | None
    effort: Fraction

    def rank(self) -> tuple[Any, ...]:
        """The smaller, the better."""
        return self.late, self.wait, -(self.area or 0), self.effort


class MustDo(NamedTuple):
    repair_level: int
    deadline: int | None


class Candidate(NamedTuple):
    id: str
    improves: dict[str, int]
    effort_days: Fraction
    cost: Fraction
    duration: int
    after: tuple[str, ...]  # candidates only


@dataclass(frozen=True)
class Case:
    pack: dict[str, Any]
    standards: list[dict[str, Any]]
    answers: dict[str, Any]
    limits: dict[str, Any]

    # What the pack says

    def default(self, name: str) -> Any:
        return self.pack.get("defaults", {}).get(name, DEFAULTS.get(name))

    @cached_property
    def criteria(self) -> dict[str, dict[str, Any]]:
        def below(groups: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
            for group in groups:
                yield from below(group.get("groups", []))
                yield from group.get("criteria", [])

        return {criterion["id"]: criterion for criterion in below(self.pack["groups"])}

    def levels(self, criterion: str) -> list[int]:
        scale = self.criteria[criterion].get("scale", self.default("scale"))
        return [level["value"] for level in self.pack["scales"][scale]["levels"]]

    def criterion_score(self, criterion: str, rating: int) -> Fraction:
        levels = self.levels(criterion)
        return Fraction(rating - levels[0], levels[-1] - levels[0])

    def lowest_level(self, criterion: str, threshold: Any) -> int:
        return next(level for level in self.levels(criterion) if self.criterion_score(criterion, level) >= threshold)

    # What applies today

    def holds(self, condition: dict[str, Any] | None) -> bool | None:
        """True, false or unknown (None)."""
        if condition is None:
            return True
        [(name, rest)] = condition.items()
        if name == "not":
            inner = self.holds(rest)
            return None if inner is None else not inner
        if name in {"all", "any"}:
            parts = [self.holds(part) for part in rest]
            decisive = name == "any"
            return decisive if decisive in parts else None if None in parts else not decisive
        value = self.rating(name) if name in self.criteria else self.answers["organization"].get(name)
        if value is None:
            return None
        [(operator, other)] = rest.items()
        compared = {"is": value == other, "is_not": value != other}
        if operator in compared:
            return bool(compared[operator])
        return bool(value >= other) if operator == "at_least" else bool(value <= other)

    @cached_property
    def _walked(self) -> list[dict[str, bool]]:
        """Holds the dict that `excluded` fills, so that conditions can look at the criteria before theirs."""
        return []

    @cached_property
    def excluded(self) -> dict[str, bool]:
        found: dict[str, bool] = {}

        def walk(group: dict[str, Any], outside: bool) -> None:
            outside = outside or self.holds(group.get("applies_when")) is False
            for inner in group.get("groups", []):
                walk(inner, outside)
            for criterion in group.get("criteria", []):
                found[criterion["id"]] = outside or self.holds(criterion.get("applies_when")) is False

        self._walked.append(found)
        for group in self.pack["groups"]:
            walk(group, False)
        return found

    def rating(self, criterion: str) -> int | None:
        """Today's rating, none for a criterion that does not apply or was not rated."""
        so_far = self._walked[0] if self._walked else self.excluded
        answer = self.answers["ratings"].get(criterion)
        if isinstance(answer, dict):
            answer = answer["rating"]
        return answer if isinstance(answer, int) and not so_far[criterion] else None

    @cached_property
    def today(self) -> dict[str, int]:
        _ = self.excluded
        rated = ((criterion, self.rating(criterion)) for criterion in self.criteria)
        return {criterion: rating for criterion, rating in rated if rating is not None}

    def clauses(self, criterion: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """The clauses it names that apply, each with its standard."""
        for name in self.criteria[criterion].get("clauses", []):
            for standard in self.standards:
                for clause in standard["clauses"]:
                    named = name == f"{standard['standard']}/{clause['id']}"
                    if named and self.holds(clause.get("applies_when")) is not False:
                        yield standard, clause

    def met_from(self, clause: dict[str, Any]) -> Any:
        return clause.get("met_from", self.default("met_from"))

    def essential_from(self, criterion: str) -> Any:
        return self.criteria[criterion].get("essential_from", self.default("essential_from"))

    # Gaps, must-dos, candidates

    def target(self, criterion: str) -> int:
        wanted = [self.lowest_level(criterion, self.default("target_from"))]
        wanted += [self.lowest_level(criterion, self.met_from(clause)) for _, clause in self.clauses(criterion)]
        if self.criteria[criterion].get("essential"):
            wanted.append(self.lowest_level(criterion, self.essential_from(criterion)))
        wanted += [action["improves"].get(criterion, wanted[0]) for action in self.pack.get("actions", [])]
        return max(wanted)

    @cached_property
    def gaps(self) -> dict[str, int]:
        """Gap criterion → target."""
        targets = {criterion: self.target(criterion) for criterion in self.today}
        return {criterion: target for criterion, target in targets.items() if self.today[criterion] < target}

    @cached_property
    def must_dos(self) -> dict[str, MustDo]:
        found = {}
        for criterion in self.gaps:
            score = self.criterion_score(criterion, self.today[criterion])
            thresholds, days = [], []
            if self.criteria[criterion].get("essential") and score < self.essential_from(criterion):
                thresholds.append(self.essential_from(criterion))
            for standard, clause in self.clauses(criterion):
                if standard.get("binding") and score < self.met_from(clause):
                    thresholds.append(self.met_from(clause))
                    days += [standard["remedy_days"]] if "remedy_days" in standard else []
            if thresholds:
                deadline = -(-min(days) // 30) if days else None
                found[criterion] = MustDo(self.lowest_level(criterion, max(thresholds)), deadline)
        return found

    @cached_property
    def candidates(self) -> dict[str, Candidate]:
        actions = self.pack.get("actions", [])
        chosen = [
            action
            for action in actions
            if any(c in self.gaps and level > self.today[c] for c, level in action["improves"].items())
        ]
        for criterion, target in self.gaps.items():
            if not any(action["improves"].get(criterion, target - 1) >= target for action in actions):
                chosen.append({"id": f"close-{criterion}", "improves": {criterion: target}})
        ids = {action["id"] for action in chosen}
        return {
            action["id"]: Candidate(
                action["id"],
                action["improves"],
                Fraction(action.get("effort_days", self.default("effort_days"))),
                Fraction(action.get("cost", 0)),
                action.get("duration_months", self.default("duration_months")),
                tuple(first for first in action.get("after", []) if first in ids),
            )
            for action in chosen
        }

    # One plan

    def end(self, schedule: Schedule, action: str) -> int:
        return schedule[action] + self.candidates[action].duration - 1

    def violations(self, schedule: Schedule) -> list[str]:
        wrong = [f"{action} is no candidate" for action in schedule if action not in self.candidates]
        if wrong:
            return wrong
        months = self.limits["months"]
        for action, start in schedule.items():
            if start < 1 or self.end(schedule, action) > months:
                wrong.append(f"{action} does not fit into the horizon")
            for first in self.candidates[action].after:
                if first not in schedule:
                    wrong.append(f"{action} without {first}")
                elif start <= self.end(schedule, first):
                    wrong.append(f"{action} starts before {first} has finished")
        wrong += [
            f"too much work in month {month}"
            for month in range(1, months + 1)
            if self.days(schedule, month) > self.limits["capacity_days"]
        ]
        budget = self.limits.get("budget")
        if budget is not None and sum(self.candidates[action].cost for action in schedule) > budget:
            wrong.append("too dear")
        if len(schedule) > self.limits["max_actions"]:
            wrong.append("too many actions")
        return wrong

    def days(self, schedule: Schedule, month: int) -> Fraction:
        return sum(
            (
                self.candidates[action].effort_days / self.candidates[action].duration
                for action, start in schedule.items()
                if start <= month <= self.end(schedule, action)
            ),
            Fraction(0),
        )

    def ratings(self, finished: frozenset[str]) -> dict[str, int]:
        """The expected ratings once these actions have finished; what is unrated today stays so."""
        expected = dict(self.today)
        for action in finished:
            for criterion, level in self.candidates[action].improves.items():
                if criterion in expected:
                    expected[criterion] = max(expected[criterion], level)
        return expected

    def overall(self, ratings: dict[str, int]) -> Fraction | None:
        """The whole tree, from the leaves up."""

        def mean(children: list[tuple[Fraction, Fraction | None]]) -> Fraction | None:
            there = [(weight, score) for weight, score in children if score is not None]
            if not there:
                return None
            return sum((w * s for w, s in there), Fraction(0)) / sum((w for w, _ in there), Fraction(0))

        def weight(node: dict[str, Any]) -> Fraction:
            return Fraction(node.get("weight", self.default("weight")))

        def group_score(group: dict[str, Any]) -> Fraction | None:
            inner = [(weight(child), group_score(child)) for child in group.get("groups", [])]
            for criterion in group.get("criteria", []):
                rating = ratings.get(criterion["id"])
                score = None if rating is None else self.criterion_score(criterion["id"], rating)
                inner.append((weight(criterion), score))
            return mean(inner)

        return group_score({"groups": self.pack["groups"]})

    @cached_property
    def _states(self) -> dict[frozenset[str], tuple[Fraction | None, frozenset[str]]]:
        return {}

    def state(self, finished: frozenset[str]) -> tuple[Fraction | None, frozenset[str]]:
        """The overall score and the must-dos that are repaired."""
        if finished not in self._states:
            ratings = self.ratings(finished)
            repaired = frozenset(c for c, must in self.must_dos.items() if ratings[c] >= must.repair_level)
            self._states[finished] = self.overall(ratings), repaired
        return self._states[finished]

    def finished(self, schedule: Schedule, month: int) -> frozenset[str]:
        return frozenset(action for action in schedule if self.end(schedule, action) <= month)

    def forecast(self, schedule: Schedule) -> list[Fraction | None]:
        return [self.state(self.finished(schedule, m))[0] for m in range(1, self.limits["months"] + 1)]

    def objective(self, schedule: Schedule) -> Objective:
        months = self.limits["months"]
        repaired_in = dict.fromkeys(self.must_dos, months + 1)
        for month in range(months, 0, -1):
            for criterion in self.state(self.finished(schedule, month))[1]:
                repaired_in[criterion] = month
        late = sum(repaired_in[c] > min(must.deadline or months, months) for c, must in self.must_dos.items())
        scores = [score for score in self.forecast(schedule) if score is not None]
        area = sum(scores, Fraction(0)) if scores else None
        effort = sum((self.candidates[action].effort_days for action in schedule), Fraction(0))
        return Objective(late, sum(repaired_in.values()), area, effort)

    # Every plan

    def schedules(self) -> Iterator[Schedule]:
        """Every plan that obeys the limits."""
        months = self.limits["months"]
        for size in range(len(self.candidates) + 1):
            for subset in combinations(self.candidates.values(), size):
                for starts in product(*(range(1, months - action.duration + 2) for action in subset)):
                    schedule = {action.id: start for action, start in zip(subset, starts, strict=True)}
                    if not self.violations(schedule):
                        yield schedule

    def best(self) -> Objective:
        return min((self.objective(schedule) for schedule in self.schedules()), key=Objective.rank)

    def still_open(self, schedule: Schedule) -> set[str]:
        """The gap criteria that a plan leaves below their targets."""
        ratings = self.ratings(frozenset(schedule))
        return {criterion for criterion, target in self.gaps.items() if ratings[criterion] < target}
