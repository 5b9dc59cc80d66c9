"""Which criteria can apply to any organization at all.

Every combination of what the conditions look at is tried, in classes that the comparisons cannot tell apart. Beyond
`LIMIT` combinations a criterion counts as reachable: the linter never warns of what it has not seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from questionnaires.conditions import AllOf, Compare, Condition
from questionnaires.model import FactType, Pack

LIMIT = 20_000


def reachable_criteria(pack: Pack) -> set[str]:
    """Ids of the criteria whose conditions, and those of the groups above, can all be other than false at once."""
    reachable: set[str] = set()
    for criterion_id, conditions in _conditions(pack.groups, ()):
        if not conditions or _can_hold(pack, AllOf(conditions), reachable):
            reachable.add(criterion_id)
    return reachable


def _conditions(groups: Any, above: tuple[Condition, ...]) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    for group in groups:
        here = (*above, group.applies_when) if group.applies_when else above
        yield from _conditions(group.groups, here)
        for criterion in group.criteria:
            yield criterion.id, (*here, criterion.applies_when) if criterion.applies_when else here


def _can_hold(pack: Pack, condition: AllOf, reachable: set[str]) -> bool:
    comparisons = list(condition.comparisons())
    subjects = list(dict.fromkeys(comparison.subject for comparison in comparisons))
    choices: list[Sequence[tuple[str, bool, Any]]] = []
    total = 1
    for subject in subjects:
        own = [comparison for comparison in comparisons if comparison.subject == subject]
        values = list(itertools.islice(_values(pack, own, reachable), LIMIT + 1))
        choices.append([(subject, own[0].is_rating, value) for value in values])
        total *= len(values)
    if total > LIMIT:
        return True
    for combination in itertools.product(*choices):
        facts = {name: value for name, is_rating, value in combination if not is_rating and value is not None}
        ratings = {name: value for name, is_rating, value in combination if is_rating and value is not None}
        if condition.holds(facts, ratings) is not False:
            return True
    return False


def _values(pack: Pack, comparisons: list[Compare], reachable: set[str]) -> Iterator[Any]:
    """One value for each class that the comparisons can tell apart; None stands for not stated or not rated."""
    yield None
    subject = comparisons[0].subject
    if comparisons[0].is_rating:
        if subject in reachable:
            yield from pack.criterion(subject).scale.values
        return
    fact = pack.profile[subject]
    mentioned = list(dict.fromkeys(value for comparison in comparisons for value in comparison.values))
    if fact.type is FactType.BOOLEAN:
        yield from (False, True)
    elif fact.type is FactType.CHOICE:
        yield from fact.options
    elif fact.type is FactType.INTEGER:
        low = fact.minimum if fact.minimum is not None else min(mentioned) - 1  # type: ignore[operator]
        near = {value + step for value in mentioned for step in (-1, 0, 1)}  # type: ignore[operator]
        yield from sorted(value for value in near | {low} if value >= low)
    else:
        for size in range(len(mentioned) + 1):
            yield from itertools.combinations(mentioned, size)
