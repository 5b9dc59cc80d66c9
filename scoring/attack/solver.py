"""The range that a victim's value may lie in, given all that an adversary knows; with OR-Tools CP-SAT.

Think of an integer variable from 0 to 100 for each version, fixed where the adversary knows it. Claims only say of how
many members a value is at least t (or what all add up to), so among unknown versions that are in the same sets only
numbers matter. The model therefore has one variable per such class and threshold, "how many are at least t", and the
victim's own apart. It has the same solutions as the one with a variable for each version, without its symmetries.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ortools.sat.python import cp_model

from scoring.attack.claims import Claim, Count, Members, Sum
from scoring.benchmarks.model import MOST

SECONDS = 20.0
"""An answer that takes longer counts as a breach."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The smallest and greatest value that the victim may have; None where the time was not enough."""

    low: int | None
    high: int | None

    @property
    def is_known(self) -> bool:
        return self.low is not None and self.high is not None

    def holds(self, value: int) -> bool:
        """Whether this value is possible; an unknown end excludes nothing."""
        return (self.low is None or self.low <= value) and (self.high is None or value <= self.high)

    def breaches_value(self, narrow: int) -> bool:
        """At most `narrow` points wide, or unknown."""
        return self.low is None or self.high is None or self.high - self.low <= narrow

    def breaches_class(self, meets_from: int) -> bool:
        """Certain on which side of `meets_from`, or unknown."""
        return self.low is None or self.high is None or self.low >= meets_from or self.high < meets_from


class ContradictionError(Exception):
    """No values fit the claims and what is known: the inverse of a figure is wrong."""


def interval(
    claims: Sequence[Claim],
    versions: Collection[str],
    known: Mapping[str, int],
    victim: str,
    *,
    seconds: float = SECONDS,
) -> Interval:
    """The victim's range; `versions` are all that have a value, `known` those whose value the adversary knows."""
    model = _Model(claims, versions, known, victim)
    return Interval(model.end(lowest=True, seconds=seconds), model.end(lowest=False, seconds=seconds))


class _Model:
    def __init__(
        self, claims: Sequence[Claim], versions: Collection[str], known: Mapping[str, int], victim: str
    ) -> None:
        self._model = cp_model.CpModel()
        self._thresholds = _thresholds(claims)
        classes = alike(claims, [each for each in versions if each not in known and each != victim])
        counts = [self._rising(len(those)) for those in classes]
        self._victim = self._rising(1)
        for claim in claims:
            inside = [count for those, count in zip(classes, counts, strict=True) if those[0] in claim.members]
            if victim in claim.members:
                inside.append(self._victim)
            fixed = [known[each] for each in claim.members if each in known]
            if isinstance(claim, Count):
                self._add_count(claim, inside, fixed)
            else:
                self._add_sum(claim, inside, fixed)

    def end(self, *, lowest: bool, seconds: float) -> int | None:
        """One end of the victim's range; None if it is not proven in time. ContradictionError if there is none."""
        width = [above - below for below, above in pairwise((0, *self._thresholds))]
        value = sum(step * reached for step, reached in zip(width, self._victim, strict=True))
        if lowest:
            self._model.minimize(value)
        else:
            self._model.maximize(value)
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_time_in_seconds = seconds
        status = solver.solve(self._model)
        if status in (cp_model.INFEASIBLE, cp_model.MODEL_INVALID):
            raise ContradictionError("no values fit all that is published and known")
        if status != cp_model.OPTIMAL:
            return None
        found = round(solver.objective_value)
        if lowest:
            return found
        above = [each for each in self._thresholds if each > found]
        return above[0] - 1 if above else MOST

    def _rising(self, size: int) -> list[cp_model.IntVar]:
        """How many of so many have a value of at least each threshold: fewer, the higher it is."""
        found = [self._model.new_int_var(0, size, "") for _ in self._thresholds]
        for lower, higher in pairwise(found):
            self._model.add(higher <= lower)
        return found

    def _add_count(self, claim: Count, inside: list[list[cp_model.IntVar]], fixed: list[int]) -> None:
        reached = sum(value >= claim.at for value in fixed)
        if claim.at > MOST or claim.at <= 0:
            # Nobody is above 100, and everybody is at least 0: nothing to solve, but it must be possible.
            all_of_them = 0 if claim.at > MOST else len(claim.members)
            self._require(claim.least <= all_of_them <= claim.most)
            return
        place = self._thresholds.index(claim.at)
        self._bounded(
            [count[place] for count in inside], [1] * len(inside), claim.least - reached, claim.most - reached
        )

    def _add_sum(self, claim: Sum, inside: list[list[cp_model.IntVar]], fixed: list[int]) -> None:
        # With a threshold at every number, a value is how many thresholds it reaches.
        variables = [variable for count in inside for variable in count]
        self._bounded(variables, [1] * len(variables), claim.least - sum(fixed), claim.most - sum(fixed))

    def _bounded(self, variables: list[cp_model.IntVar], factors: list[int], least: int, most: int) -> None:
        if variables:
            self._model.add_linear_constraint(cp_model.LinearExpr.weighted_sum(variables, factors), least, most)
        else:
            self._require(least <= 0 <= most)

    def _require(self, holds: bool) -> None:
        if not holds:
            self._model.add_bool_or([])


def _thresholds(claims: Iterable[Claim]) -> list[int]:
    found = set()
    for claim in claims:
        if isinstance(claim, Sum):
            return list(range(1, MOST + 1))
        if 0 < claim.at <= MOST:
            found.add(claim.at)
    return sorted(found)


def alike(claims: Iterable[Claim], unknown: Iterable[str]) -> list[list[str]]:
    """Unknown versions by the sets that they are in: those that are in the same ones cannot be told apart."""
    sets: list[Members] = list(dict.fromkeys(claim.members for claim in claims))
    found: dict[tuple[bool, ...], list[str]] = {}
    for version in unknown:
        found.setdefault(tuple(version in members for members in sets), []).append(version)
    return list(found.values())
