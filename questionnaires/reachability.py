"""Which criteria can apply to any organization at all.

Every combination of what the conditions look at is tried, in classes that the comparisons cannot tell apart, for an
organization that has stated every fact and rated every criterion that applies. (While something is not stated its
comparison is unknown, and everything applies: that would make every condition possible.) Beyond the limits a
criterion counts as reachable: the linter never warns of what it has not seen.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from questionnaires.conditions import AllOf, Compare, Condition
from questionnaires.model import FactType, Pack

LIMIT = 4_096
"""Most combinations for one criterion."""
TOTAL_LIMIT = 100_000
"""Most combinations for a whole pack."""
MOST_COMPARISONS = 500
"""Most comparisons in the conditions of one criterion."""


def reachable_criteria(pack: Pack) -> set[str]:
    """Ids of the criteria whose conditions, and those of the groups above, can all be other than false at once."""
    reachable: dict[str, bool] = {}  # and whether it always applies
    known: dict[tuple[Condition, ...], bool] = {(): True}
    left = TOTAL_LIMIT
    for criterion_id, conditions in _conditions(pack.groups, ()):
        if conditions not in known:
            known[conditions], tried = _can_hold(pack, AllOf(conditions), reachable, left)
            left -= tried
        if known[conditions]:
            reachable[criterion_id] = not conditions
    return set(reachable)


def _conditions(groups: Any, above: tuple[Condition, ...]) -> Iterator[tuple[str, tuple[Condition, ...]]]:
    for group in groups:
        here = (*above, group.applies_when) if group.applies_when else above
        yield from _conditions(group.groups, here)
        for criterion in group.criteria:
            yield criterion.id, (*here, criterion.applies_when) if criterion.applies_when else here


def _can_hold(pack: Pack, condition: AllOf, reachable: Mapping[str, bool], limit: int) -> tuple[bool, int]:
    """Whether some combination makes it other than false, and how many have been tried."""
    comparisons = list(itertools.islice(condition.comparisons(), MOST_COMPARISONS + 1))
    if len(comparisons) > MOST_COMPARISONS:
        return True, 0
    subjects = list(dict.fromkeys(comparison.subject for comparison in comparisons))
    choices: list[Sequence[tuple[str, bool, Any]]] = []
    total = 1
    for subject in subjects:
        own = [comparison for comparison in comparisons if comparison.subject == subject]
        values = list(itertools.islice(_values(pack, own, reachable), LIMIT + 1))
        choices.append([(subject, own[0].is_rating, value) for value in values])
        total *= len(values)
    if total > min(LIMIT, limit):
        return True, 0
    for tried, combination in enumerate(itertools.product(*choices), start=1):
        facts = {name: value for name, is_rating, value in combination if not is_rating and value is not None}
        ratings = {name: value for name, is_rating, value in combination if is_rating and value is not None}
        if condition.holds(facts, ratings) is not False:
            return True, tried
    return False, total


def _values(pack: Pack, comparisons: list[Compare], reachable: Mapping[str, bool]) -> Iterator[Any]:
    """One value for each class that the comparisons can tell apart; None stands for a criterion that does not apply."""
    subject = comparisons[0].subject
    if comparisons[0].is_rating:
        if subject in reachable:
            yield from pack.criterion(subject).scale.values
        if not reachable.get(subject, False):
            yield None
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
