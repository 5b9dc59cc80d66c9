"""What chosen actions are expected to make of the overall score, whoever chose them and their months."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from action_plans.candidates import overall_weights
from action_plans.model import Month
from questionnaires.model import Pack
from scoring.model import Result


@dataclass(frozen=True, slots=True)
class Effect:
    """An action as the forecast sees it: the month at whose end it is done, and the ratings to expect then."""

    end: Month
    expected: Mapping[str, int]
    """By criterion. What the pack does not know, or nobody rated, changes nothing."""


def forecast(
    pack: Pack, result: Result, effects: Iterable[Effect], *, start: Month, months: int
) -> tuple[tuple[Month, Fraction], ...] | None:
    """The overall score (0–1) at the end of each month from `start` on; None where there is no score today.

    As docs/planning.md says: several actions on one criterion give the highest of their ratings, none lowers one, and
    to whom criteria apply is taken as it is today. What ended before `start` counts from the first month on.
    """
    today = result.overall.score
    if today is None:
        return None
    weights = overall_weights(pack, result)
    ratings = {name: rating for name in weights if (rating := result.criteria[name].rating) is not None}
    waiting = sorted(effects, key=lambda effect: effect.end, reverse=True)
    score, found = today, []
    for position in range(months):
        month = start.plus(position)
        while waiting and waiting[-1].end <= month:
            for name, expected in waiting.pop().expected.items():
                if name in ratings and expected > ratings[name]:
                    scale = pack.criterion(name).scale
                    score += weights[name] * (scale.score(expected) - scale.score(ratings[name]))
                    ratings[name] = expected
        found.append((month, score))
    return tuple(found)
