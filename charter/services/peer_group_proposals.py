"""For every standard, a group of those to whom it applies: without one, rule R6 will seldom publish the standard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from charter.database.packs import PublishedPack
from charter.services.packs import pack_of
from charter.services.peer_groups import Found, count_found, member_facts, peer_groups
from questionnaires.conditions import AllOf, AnyOf, Compare, Condition, Not, Operator
from questionnaires.model import Pack, Standard

_SEVERAL = (Operator.IN, Operator.INCLUDES_ANY)


@dataclass(frozen=True)
class Proposal:
    """A group to adopt. `condition` is none where the standard applies to everybody."""

    standard: str
    titles: dict[str, str]
    condition: str | None
    found: Found


def proposals(db: Session, published: PublishedPack) -> list[Proposal]:
    """One for each standard of the pack that applies to some only and has no group yet."""
    pack = pack_of(db, published)
    have = {group.standard for group in peer_groups(db)} | {group.condition for group in peer_groups(db)}
    members = member_facts(db)
    found = []
    for standard in pack.standards:
        condition = applies_to(standard)
        text = condition_text(condition)
        if condition is not None and standard.id not in have and text not in have:
            titles = {language: _title(pack, standard.id, language) for language in sorted(pack.languages)}
            found.append(Proposal(standard.id, titles, text, count_found(condition, members)))
    return found


def applies_to(standard: Standard) -> Condition | None:
    """To whom any clause applies; None for everybody, also where that depends on ratings and not on facts alone."""
    conditions: list[Condition] = []
    for clause in standard.clauses:
        if clause.applies_when is None or any(each.is_rating for each in clause.applies_when.comparisons()):
            return None
        if clause.applies_when not in conditions:
            conditions.append(clause.applies_when)
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else AnyOf(tuple(conditions))


def condition_text(condition: Condition | None) -> str | None:
    """The condition as a coordinator may write it: one line of YAML."""
    return None if condition is None else json.dumps(_plain(condition), ensure_ascii=False)


def _plain(condition: Condition) -> dict[str, Any]:
    if isinstance(condition, Not):
        return {"not": _plain(condition.part)}
    if isinstance(condition, Compare):
        values: Sequence[Any] = condition.values
        return {
            condition.subject: {condition.operator.value: list(values) if condition.operator in _SEVERAL else values[0]}
        }
    return {"all" if isinstance(condition, AllOf) else "any": [_plain(part) for part in condition.parts]}


def _title(pack: Pack, standard: str, language: str) -> str:
    return pack.translated(language).standard(standard).title
