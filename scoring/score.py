"""From answers to a result. Exact: every score is a fraction, every comparison is made on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import lcm

from questionnaires.conditions import Condition
from questionnaires.model import OVERALL, ClauseRef, Criterion, Group, Kind, Pack, Standard
from scoring.model import (
    Answer,
    Answers,
    Choice,
    ClauseResult,
    ClauseStatus,
    CriterionResult,
    NodeResult,
    Result,
    StandardResult,
    State,
)
from scoring.sheets import aggregate_sheets

_NO_ANSWER = Answer(None)


def score(pack: Pack, answers: Answers) -> Result:
    """Everything that follows from the answers, by the rules in docs/scoring.md."""
    walk = _Walk(pack, answers)
    applying = {
        ClauseRef(standard.id, clause.id): walk.holds(clause.applies_when) is not False
        for standard in pack.standards
        for clause in standard.clauses
    }
    criteria = {
        criterion.id: _criterion(pack, criterion, walk.states[criterion.id], answers, applying)
        for criterion in pack.criteria
    }
    tree = _Tree(pack, criteria)
    return Result(
        pack=pack.id,
        version=pack.version,
        status=pack.status.value,
        overall=tree.overall,
        groups={group.id: tree.nodes[group.id] for group in pack.all_groups},
        criteria=criteria,
        standards={standard.id: _standard(pack, standard, criteria, applying) for standard in pack.standards},
        sheets=aggregate_sheets(pack, answers.sheets, {name: result.target for name, result in criteria.items()}),
    )


def states(pack: Pack, answers: Answers) -> Mapping[str, State]:
    """Where each criterion stands, in pack order, without any score: about a fiftieth of the work."""
    return _Walk(pack, answers).states


class _Walk:
    """Each criterion's state, in pack order; a condition sees only the ratings of criteria that apply."""

    def __init__(self, pack: Pack, answers: Answers) -> None:
        self.states: dict[str, State] = {}
        self.ratings: dict[str, int] = {}
        self._answers = answers
        for group in pack.groups:
            self._visit(group, excluded=False)

    def _visit(self, group: Group, *, excluded: bool) -> None:
        excluded = excluded or self.holds(group.applies_when) is False
        for inner in group.groups:
            self._visit(inner, excluded=excluded)
        for criterion in group.criteria:
            rating = self._answers.ratings.get(criterion.id, _NO_ANSWER).rating
            if excluded or self.holds(criterion.applies_when) is False:
                state = State.EXCLUDED
            elif rating is None:
                state = State.UNRATED
            elif isinstance(rating, Choice):
                state = State.NOT_APPLICABLE
            else:
                state = State.RATED
                self.ratings[criterion.id] = rating
            self.states[criterion.id] = state

    def holds(self, condition: Condition | None) -> bool | None:
        """By what is known so far."""
        return True if condition is None else condition.holds(self._answers.facts, self.ratings)


def _criterion(
    pack: Pack, criterion: Criterion, state: State, answers: Answers, applying: Mapping[ClauseRef, bool]
) -> CriterionResult:
    rating = answers.ratings.get(criterion.id, _NO_ANSWER).rating
    number = rating if isinstance(rating, int) else None
    exact = criterion.scale.score(number) if state is State.RATED and number is not None else None
    reach = criterion.scale.lowest_reaching
    meeting = {ref: reach(pack.met_from(ref)) for ref in criterion.clauses if applying[ref]}
    essential = [reach(criterion.essential_from)] if criterion.essential else []
    repair = essential + [level for ref, level in meeting.items() if pack.standard(ref.standard).binding]
    wanted = [reach(pack.defaults.target_from), *essential, *meeting.values()]
    if criterion.id in pack.expected_by_actions:
        wanted.append(pack.expected_by_actions[criterion.id])
    return CriterionResult(
        id=criterion.id,
        state=state,
        rating=number,
        score=exact,
        essential_failed=criterion.essential and exact is not None and exact < criterion.essential_from,
        target=max(wanted),
        repair_level=max(repair, default=None),
        clauses=tuple(meeting),
    )


class _Tree:
    """Scores up the group tree, each computed once, children first."""

    def __init__(self, pack: Pack, criteria: Mapping[str, CriterionResult]) -> None:
        self._pack = pack
        self._criteria = criteria
        self.nodes: dict[str, NodeResult] = {}
        self.overall = self._visit(Group(id=OVERALL, title=pack.title, weight=Fraction(1), groups=pack.groups))

    def _visit(self, group: Group) -> NodeResult:
        inner = [(child.weight, self._visit(child)) for child in group.groups]
        own = [(child, self._criteria[child.id]) for child in group.criteria]
        exact = weighted_mean(
            [(child.weight, result.score) for child, result in own] + [(weight, node.score) for weight, node in inner]
        )
        failed = tuple(result.id for result in self._below(group) if result.essential_failed)
        band, fell = self._band(exact, bool(failed))
        node = NodeResult(
            id=group.id,
            score=exact,
            band=band,
            capped_by=failed if fell else (),
            rated=sum(result.state is State.RATED for _, result in own) + sum(node.rated for _, node in inner),
            applicable=sum(result.state.applicable for _, result in own) + sum(node.applicable for _, node in inner),
            policy=weighted_mean(_of_kind(own, Kind.POLICY) + [(weight, node.policy) for weight, node in inner]),
            practice=weighted_mean(_of_kind(own, Kind.PRACTICE) + [(weight, node.practice) for weight, node in inner]),
        )
        self.nodes[group.id] = node
        return node

    def _below(self, group: Group) -> Iterable[CriterionResult]:
        return (self._criteria[criterion.id] for criterion in group.all_criteria())

    def _band(self, exact: Fraction | None, failed: bool) -> tuple[str | None, bool]:
        """The band's id, and whether the gate made it fall."""
        if exact is None:
            return None, False
        bands = self._pack.bands
        position = max(index for index, band in enumerate(bands) if band.start <= exact)
        if failed and self._pack.essential_cap is not None:
            cap = next(index for index, band in enumerate(bands) if band.id == self._pack.essential_cap)
            return bands[min(position, cap)].id, position > cap
        return bands[position].id, False


def _of_kind(own: list[tuple[Criterion, CriterionResult]], kind: Kind) -> list[tuple[Fraction, Fraction | None]]:
    return [(criterion.weight, result.score) for criterion, result in own if criterion.kind is kind]


def weighted_mean(pairs: Iterable[tuple[Fraction, Fraction | None]]) -> Fraction | None:
    """Σ wᵢ·sᵢ / Σ wᵢ over the pairs that have a score; None if none has."""
    scored = [(*weight.as_integer_ratio(), *exact.as_integer_ratio()) for weight, exact in pairs if exact is not None]
    if not scored:
        return None
    # One common denominator for all: fractions that reduce at every step take four times as long.
    denominator = lcm(*[below * under for _, below, _, under in scored])
    total = sum([above * over * (denominator // (below * under)) for above, below, over, under in scored])
    common = lcm(*[below for _, below, _, _ in scored])
    weights = sum([above * (common // below) for above, below, _, _ in scored])
    return Fraction(total * common, denominator * weights)


def _standard(
    pack: Pack,
    standard: Standard,
    criteria: Mapping[str, CriterionResult],
    applying: Mapping[ClauseRef, bool],
) -> StandardResult:
    clauses = {}
    for clause in standard.clauses:
        ref = ClauseRef(standard.id, clause.id)
        named = [criteria[criterion.id] for criterion in pack.criteria_of_clause.get(ref, ())]
        status = _clause_status(named, applying[ref], pack.met_from(ref))
        clauses[clause.id] = ClauseResult(status, tuple(result.id for result in named), applying[ref])
    return StandardResult(standard.id, clauses)


def _clause_status(named: list[CriterionResult], applies: bool, met_from: Fraction) -> ClauseStatus:
    """The first row of the table that fits."""
    if not named:
        return ClauseStatus.NOT_COVERED
    applicable = [result for result in named if result.state.applicable]
    if not applies or not applicable:
        return ClauseStatus.NOT_APPLICABLE
    scores = [result.score for result in applicable if result.score is not None]
    if len(scores) < len(applicable):
        return ClauseStatus.UNKNOWN
    reaching = sum(1 for exact in scores if exact >= met_from)
    if reaching == len(scores):
        return ClauseStatus.MET
    return ClauseStatus.PARTLY_MET if reaching else ClauseStatus.NOT_MET
