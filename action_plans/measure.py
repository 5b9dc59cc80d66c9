"""What a later assessment says of a plan: whether the criteria that its actions were to raise really moved.

Whether an action was done is another question, and no business of this module: the two stand side by side.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from questionnaires.model import Criterion, Pack, Scale
from scoring.model import Result, State


class Movement(enum.StrEnum):
    """What became of one criterion from one assessment to a later one."""

    REACHED = "reached"
    ROSE = "rose"
    SAME = "same"
    FELL = "fell"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Moved:
    """One criterion: its rating then, the rating to expect, and its rating now; None where it had or has none.

    `criterion` is its id in the earlier questionnaire, `later` that in the later one, None if that has it no more.
    `then` and `expected` are levels of the earlier scale, `now` is one of the later scale.
    """

    criterion: str
    later: str | None
    then: int | None
    expected: int
    now: int | None
    movement: Movement


def measure(before: tuple[Pack, Result], after: tuple[Pack, Result], expected: Mapping[str, int]) -> tuple[Moved, ...]:
    """Each criterion of `expected` that the earlier questionnaire has, in its order.

    It rose if its score on its scale did, and reached what was expected if it rose at least so far. Criteria that
    were renamed are followed. Unknown is what was not rated both times, or is no longer asked.
    """
    heirs = _heirs(after[0])
    return tuple(
        _moved(criterion, before[1], heirs.get(criterion.id), after[1], expected[criterion.id])
        for criterion in before[0].criteria
        if criterion.id in expected
    )


def expected_of_all(plans: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Each criterion once, with the highest rating that any of these actions expects of it."""
    highest: dict[str, int] = {}
    for expected in plans:
        for name, level in expected.items():
            highest[name] = max(level, highest.get(name, level))
    return highest


def _moved(criterion: Criterion, before: Result, heir: Criterion | None, after: Result, expected: int) -> Moved:
    then = _rating(criterion, before)
    now = None if heir is None else _rating(heir, after)
    movement = Movement.UNKNOWN
    if heir is not None and then is not None and now is not None:
        movement = _movement(criterion.scale, then, expected, heir.scale, now)
    return Moved(criterion.id, heir.id if heir else None, then, expected, now, movement)


def _movement(scale: Scale, then: int, expected: int, later: Scale, now: int) -> Movement:
    # Levels are compared as scores: a later version may have another scale.
    reached, began = later.score(now), scale.score(then)
    if reached == began:
        return Movement.SAME
    if reached < began:
        return Movement.FELL
    return Movement.REACHED if expected in scale and reached >= scale.score(expected) else Movement.ROSE


def _rating(criterion: Criterion, result: Result) -> int | None:
    own = result.criteria[criterion.id]
    return own.rating if own.state is State.RATED and own.rating in criterion.scale else None


def _heirs(pack: Pack) -> dict[str, Criterion]:
    """By each name that a criterion has or had, that criterion; a name in use goes before one of the past."""
    past = {name: each for each in pack.criteria for name in each.renamed_from}
    return past | {each.id: each for each in pack.criteria}
