"""Parts of a pack in the form in which packs are written: the way back from what the loader has made of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

from questionnaires.conditions import AllOf, AnyOf, Condition, Not, Operator
from questionnaires.model import Pack


def raw_condition(condition: Condition) -> dict[str, Any]:
    """As it stands under `applies_when`."""
    if isinstance(condition, Not):
        return {"not": raw_condition(condition.part)}
    if isinstance(condition, AllOf | AnyOf):
        key = "all" if isinstance(condition, AllOf) else "any"
        return {key: [raw_condition(part) for part in condition.parts]}
    several = condition.operator in (Operator.IN, Operator.INCLUDES_ANY)
    value = list(condition.values) if several else condition.values[0]
    return {condition.subject: {condition.operator.value: value}}


def names_nothing(condition: Condition) -> bool:
    """Whether some comparison is about a fact that the pack lacks (a standard may have such)."""
    return any(not comparison.subject for comparison in condition.comparisons())


def number(value: Fraction | int) -> str:
    """Exactly, as a decimal number. Numbers of packs are written as such, so that they end."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return str(exact.numerator)
    with localcontext() as context:
        context.prec = 60
        return f"{(Decimal(exact.numerator) / Decimal(exact.denominator)).normalize():f}"


def wording(pack: Pack) -> str:
    """SHA-256 of all texts of the pack in its language: whether they are still those that somebody has approved."""
    return hashlib.sha256(json.dumps(list(_texts(pack)), ensure_ascii=False).encode()).hexdigest()


def _texts(pack: Pack) -> Iterator[list[Any]]:
    yield ["pack", pack.title, pack.description]
    for fact in pack.profile.values():
        yield [fact.id, fact.title, *fact.options.items()]
    for scale in pack.scales.values():
        yield [scale.id, scale.title, [[level.value, level.title, level.description] for level in scale.levels]]
    for band in pack.bands:
        yield [band.id, band.title]
    for group in pack.all_groups:
        yield [group.id, group.title]
    for criterion in pack.criteria:
        yield [criterion.id, criterion.title, criterion.guidance, criterion.evidence]
    for action in pack.actions:
        yield [action.id, action.title, action.owner, action.indicator]
