"""Peer groups: what coordinators declare, and whom a condition finds."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState, FactAnswer
from charter.database.cycles import Cycle
from charter.database.organizations import Organization, OrganizationState
from charter.database.releases import PeerGroup
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.events import record_event
from questionnaires.conditions import Condition
from questionnaires.message import message
from questionnaires.problems import PackError
from scoring.benchmarks import Declaration, read_declaration
from scoring.model import FactValue

MOST_GROUPS = 30
"""The choice among them takes longer the more there are."""
MEETS_FROM = 75
_KEY = re.compile(r"[a-z][a-z0-9-]{0,79}")
_INDENT = "      "
_BEFORE_CONDITION = 6
"""Lines of the declaration of one group that stand before its condition."""


@dataclass(frozen=True)
class Found:
    """How many members a condition finds now, and of how many whose profile is known."""

    members: int
    of: int


def peer_groups(db: Session) -> list[PeerGroup]:
    """Those that later releases take, in declared order."""
    return list(db.scalars(select(PeerGroup).where(PeerGroup.retired_at.is_(None)).order_by(PeerGroup.position)))


def find_peer_group(db: Session, group_id: int) -> PeerGroup | None:
    """The group, unless it was retired."""
    found = db.get(PeerGroup, group_id)
    return found if found is not None and found.retired_at is None else None


def declare_group(
    db: Session,
    actor: Actor | None,
    *,
    key: str,
    titles: Mapping[str, str],
    weight: int,
    condition: str | None,
    main_language: str,
    standard: str | None = None,
) -> PeerGroup:
    """A new group, the last in order. Invalid for a key that is taken or unfit, no title, a condition with errors."""
    problems = _problems(titles, weight, condition, main_language)
    if not _KEY.fullmatch(key):
        problems["key"] = message("Use small letters, digits and hyphens, a letter first.")
    elif db.scalar(select(PeerGroup.id).where(PeerGroup.key == key)) is not None:
        problems["key"] = message("There is or was a group with this short name. Choose another.")
    if problems:
        raise Invalid(problems)
    if len(peer_groups(db)) >= MOST_GROUPS:
        raise Refused(message("There can be {count} groups at most. Retire one first.", count=MOST_GROUPS))
    last = db.scalar(select(func.max(PeerGroup.position))) or 0
    group = PeerGroup(
        key=key,
        titles=dict(titles),
        weight=weight,
        condition=condition,
        standard=standard,
        position=last + 1,
        created_at=now(),
        created_by_id=actor.id if actor else None,
    )
    db.add(group)
    db.flush()
    record_event(db, "PeerGroupDeclared", actor=actor, data=_as_data(group))
    return group


def change_group(
    db: Session,
    actor: Actor,
    group: PeerGroup,
    *,
    titles: Mapping[str, str],
    weight: int,
    condition: str | None,
    main_language: str,
) -> None:
    """Another title, weight or condition, for later releases. Invalid as for a new one."""
    problems = _problems(titles, weight, condition, main_language)
    if problems:
        raise Invalid(problems)
    before = _as_data(group)
    group.titles, group.weight, group.condition = dict(titles), weight, condition
    if _as_data(group) != before:
        record_event(db, "PeerGroupChanged", actor=actor, data=_as_data(group))


def move_group_up(db: Session, actor: Actor, group: PeerGroup) -> None:
    """One place earlier: of groups that weigh the same, earlier ones are preferred."""
    before = [each for each in peer_groups(db) if each.position < group.position]
    if before:
        other = before[-1]
        group.position, other.position = other.position, group.position
        record_event(db, "PeerGroupMoved", actor=actor, data={"group": group.key, "before": other.key})


def retire_group(db: Session, actor: Actor, group: PeerGroup) -> None:
    """No later release takes it. Releases that did are not changed."""
    if group.retired_at is None:
        group.retired_at = now()
        record_event(db, "PeerGroupRetired", actor=actor, data={"group": group.key})


def declared(groups: Iterable[PeerGroup], *, main_language: str) -> list[dict[str, Any]]:
    """The groups as a release keeps them."""
    return [
        {
            "id": group.key,
            "title": group.titles.get(main_language) or next(iter(group.titles.values())),
            "titles": group.titles,
            "weight": group.weight,
            "when": group.condition,
            "standard": group.standard,
        }
        for group in groups
    ]


def declaration_of(groups: Sequence[Mapping[str, Any]], *, meets_from: int) -> Declaration:
    """What a release is made with. NotFound for no groups at all."""
    if not groups:
        raise NotFound
    return read_declaration(declaration_text(groups, meets_from=meets_from).encode(), "groups")


def declaration_text(groups: Sequence[Mapping[str, Any]], *, meets_from: int) -> str:
    """The groups as the file that `charter release` reads."""
    lines = [f"meets_from: {meets_from}", "groups:"]
    for group in groups:
        title = json.dumps(group["title"], ensure_ascii=False)
        lines += [f"  - id: {group['id']}", f"    title: {title}", f"    weight: {group['weight']}"]
        if group["when"] is not None:
            lines += ["    when:", *(f"{_INDENT}{line}" for line in group["when"].split("\n"))]
    return "\n".join(lines) + "\n"


def condition_of(text: str | None) -> Condition | None:
    """The condition in this text, None for everybody. Invalid (`condition`), in words, if it has errors."""
    if text is None:
        return None
    probe = {"id": "group", "title": "Group", "weight": 1, "when": text}
    try:
        return declaration_of([probe], meets_from=MEETS_FROM).groups[0].when
    except PackError as error:
        found = "; ".join(f"{max(each.line - _BEFORE_CONDITION, 1)}: {each.message}" for each in error.problems)
        raise Invalid({"condition": message("This condition cannot be read. Line {found}", found=found)}) from error


def member_facts(db: Session) -> list[dict[str, FactValue]]:
    """What each active member last said about itself, members without a profile left out; one statement."""
    rows = db.execute(
        select(Assessment.organization_id, Assessment.id, FactAnswer.fact_id, FactAnswer.value)
        .join(FactAnswer, FactAnswer.assessment_id == Assessment.id)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .join(Organization, Organization.id == Assessment.organization_id)
        .where(Organization.state == OrganizationState.ACTIVE, Assessment.state != AssessmentState.WITHDRAWN)
        .order_by(Assessment.organization_id, Cycle.opens_on, Assessment.id)
    )
    latest: dict[int, tuple[int, dict[str, FactValue]]] = {}
    for organization, assessment, fact, value in rows:
        if latest.get(organization, (None,))[0] != assessment:
            latest[organization] = (assessment, {})
        if value is not None:
            latest[organization][1][fact] = tuple(value) if isinstance(value, list) else value
    return [facts for _, facts in latest.values()]


def count_found(condition: Condition | None, members: Sequence[Mapping[str, FactValue]]) -> Found:
    """How many of these profiles are in the group. Who is not known to fulfil a condition is no member of it."""
    return Found(sum(1 for facts in members if holds(condition, facts)), len(members))


def holds(condition: Condition | None, facts: Mapping[str, FactValue]) -> bool:
    """Whether somebody of whom this is known is in the group."""
    return condition is None or condition.holds(facts, {}) is True


def _problems(titles: Mapping[str, str], weight: int, condition: str | None, main_language: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if not titles.get(main_language):
        found[f"title_{main_language}"] = message("Please give a title.")
    if not 1 <= weight <= 100:
        found["weight"] = message("Give a whole number from 1 to 100.")
    try:
        condition_of(condition)
    except Invalid as problem:
        found |= problem.messages
    return found


def _as_data(group: PeerGroup) -> dict[str, Any]:
    return {"group": group.key, "titles": group.titles, "weight": group.weight, "condition": group.condition}
