"""What a plan could do about a result: the gaps, the must-dos among them, and the actions that raise them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from questionnaires.message import Message, message
from questionnaires.model import ClauseRef, Group, Pack
from questionnaires.references import CLOSING
from scoring.model import CriterionResult, Result

DAYS_A_MONTH = 30


@dataclass(frozen=True, slots=True)
class Gap:
    """A criterion to raise. `weight` is what one full scale of it adds to the overall score (0–1).

    For a must-do `repair_level` is the level that repairs it, and `deadline` the month, counted from 1, by whose end
    its shortest standard wants that; None without one.
    """

    criterion: str
    rating: int
    target: int
    weight: Fraction
    repair_level: int | None
    deadline: int | None
    essential: bool
    clauses: tuple[ClauseRef, ...]
    """Clauses of binding standards that it keeps from being met."""

    @property
    def is_must_do(self) -> bool:
        return self.repair_level is not None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An action that may be chosen. `raises` holds gap criteria only; `after` candidates only.

    `closes` is the criterion for which the planner made this action; None for an action of the pack.
    """

    id: str
    raises: Mapping[str, int]
    effort_days: Fraction
    cost: Fraction
    duration: int
    after: tuple[str, ...]
    closes: str | None = None

    @property
    def rate(self) -> Fraction:
        """The days that it takes in each of its months."""
        return self.effort_days / self.duration


@dataclass(frozen=True)
class Problem:
    """Everything about a result that planning looks at."""

    score: Fraction | None
    gaps: Mapping[str, Gap]
    candidates: tuple[Candidate, ...]

    def repairers(self, gap: Gap) -> tuple[Candidate, ...]:
        """The candidates that repair a must-do by themselves."""
        level = gap.repair_level
        return tuple(
            each for each in self.candidates if level is not None and each.raises.get(gap.criterion, level - 1) >= level
        )

    @property
    def must_dos(self) -> tuple[Gap, ...]:
        return tuple(gap for gap in self.gaps.values() if gap.is_must_do)


def state_problem(pack: Pack, result: Result) -> Problem:
    """The gaps of a result in pack order, and the candidates: those of the pack, then those made for a gap."""
    weights = overall_weights(pack, result)
    gaps = {
        criterion.id: _gap(pack, criterion, criterion.rating, weights[criterion.id])
        for criterion in result.criteria.values()
        if criterion.is_gap and criterion.rating is not None
    }
    return Problem(result.overall.score, gaps, (*_from_pack(pack, gaps), *_made_for_gaps(pack, gaps)))


def action_title(pack: Pack, action_id: str) -> Message:
    """The title of a planned action in the language of `pack`; `KeyError` for an action that no plan of it holds."""
    criterion_id = action_id.removeprefix(CLOSING)
    if action_id.startswith(CLOSING) and pack.has_criterion(criterion_id):
        return message("Work on: {criterion}", criterion=pack.criterion(criterion_id).title)
    return message("{title}", title=pack.action(action_id).title)


def overall_weights(pack: Pack, result: Result) -> dict[str, Fraction]:
    """What each rated criterion weighs in the overall score: the product, down the tree, of its share of the weights
    of the children that have a score."""
    weights: dict[str, Fraction] = {}

    def visit(group: Group, share: Fraction) -> None:
        inner = [child for child in group.groups if result.groups[child.id].score is not None]
        own = [child for child in group.criteria if result.criteria[child.id].score is not None]
        total = sum((child.weight for child in inner), Fraction(0)) + sum((child.weight for child in own), Fraction(0))
        for child in inner:
            visit(child, share * child.weight / total)
        for criterion in own:
            weights[criterion.id] = share * criterion.weight / total

    visit(Group(id="", title="", weight=Fraction(1), groups=pack.groups), Fraction(1))
    return weights


def _gap(pack: Pack, result: CriterionResult, rating: int, weight: Fraction) -> Gap:
    criterion = pack.criterion(result.id)
    exact = criterion.scale.score(rating)
    shortfalls = tuple(
        ref for ref in result.clauses if pack.standard(ref.standard).binding and exact < pack.met_from(ref)
    )
    remedies = [days for ref in shortfalls if (days := pack.standard(ref.standard).remedy_days) is not None]
    is_must_do = result.essential_failed or bool(shortfalls)
    return Gap(
        criterion=result.id,
        rating=rating,
        target=result.target,
        weight=weight,
        repair_level=result.repair_level if is_must_do else None,
        deadline=ceil(Fraction(min(remedies), DAYS_A_MONTH)) if remedies else None,
        essential=result.essential_failed,
        clauses=shortfalls,
    )


def _raises(improves: Mapping[str, int], gaps: Mapping[str, Gap]) -> dict[str, int]:
    return {name: rating for name, rating in improves.items() if name in gaps and rating > gaps[name].rating}


def _from_pack(pack: Pack, gaps: Mapping[str, Gap]) -> list[Candidate]:
    raising = {action.id: raises for action in pack.actions if (raises := _raises(action.improves, gaps))}
    return [
        Candidate(
            id=action.id,
            raises=raising[action.id],
            effort_days=action.effort_days,
            cost=action.cost,
            duration=action.duration_months,
            after=tuple(name for name in action.after if name in raising),
        )
        for action in pack.actions
        if action.id in raising
    ]


def _made_for_gaps(pack: Pack, gaps: Mapping[str, Gap]) -> list[Candidate]:
    """One for each gap that no action of the pack raises to its target."""
    expected = pack.expected_by_actions
    return [
        Candidate(
            id=f"{CLOSING}{name}",
            raises={name: gap.target},
            effort_days=pack.defaults.effort_days,
            cost=Fraction(0),
            duration=pack.defaults.duration_months,
            after=(),
            closes=name,
        )
        for name, gap in gaps.items()
        if expected.get(name, gap.rating) < gap.target
    ]
