"""A member with a committed plan, for the tests about actions that are carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from charter.database.people import Person
from charter.database.plans import Action, Plan
from charter.services import actions as service
from charter.services.action_evidence import add_action_link
from charter.services.actors import Actor
from tests.integration.application.agreements import Member, a_member
from tests.integration.application.plan_rows import START, action_values, plan_values
from tests.integration.application.worlds import World


@dataclass(frozen=True)
class Tracked:
    """A member, its plan, and ways to do things with an action of it."""

    member: Member
    plan: Plan

    @property
    def world(self) -> World:
        return self.member.world

    def add(self, title: str = "Write a policy", **values: Any) -> int:
        """One more action; gives its id."""
        with self.world.writing() as db:
            row = Action(**action_values(self.plan, title=title, **values))
            db.add(row)
            db.flush()
            return row.id

    def action(self, action_id: int) -> Action:
        """As it is stored now."""
        return self.world.rows(Action, id=action_id)[0]

    def move(
        self, action_id: int, name: str, *, by: Person, reason: str | None = None, version: int | None = None
    ) -> None:
        with self.world.writing() as db:
            actor, action = self.at(db, action_id, by)
            known = action.version if version is None else version
            service.move_action(db, actor, action=action, name=name, known_version=known, reason=reason)

    def show(self, action_id: int, *, by: Person | None = None, url: str = "https://example.org/minutes") -> int:
        """Add a link as evidence; gives its id."""
        with self.world.writing() as db:
            actor, action = self.at(db, action_id, by or self.member.contributor)
            return add_action_link(db, actor, action=action, title=None, url=url).id

    def done(self, action_id: int, *, by: Person | None = None) -> None:
        """Shown by evidence, and said to be done."""
        self.show(action_id)
        self.move(action_id, "finish", by=by or self.member.contributor)

    def at(self, db: Session, action_id: int, by: Person) -> tuple[Actor, Action]:
        """Inside a session: who acts, and on what."""
        action = service.find_action(db, action_id)
        assert action is not None
        return self.world.actor(db, by), action


def a_tracked_member(world: World, name: str = "Lotus House", **cycle: Any) -> Tracked:
    """A member with an empty committed plan."""
    member = a_member(world, name, **cycle)
    with world.writing() as db:
        plan = Plan(**plan_values(member.assessment, committed_by_id=member.lead.id))
        db.add(plan)
    return Tracked(member, plan)


def add_many(world: World, plan: Plan, number: int, **values: Any) -> None:
    """So many more actions at once, owned in turn by nobody and somebody."""
    owner = values.pop("owner_id", None)
    rows = [
        action_values(plan, title=f"Action {place}", owner_id=owner if place % 2 else None, **values)
        | {"due_on": START + timedelta(days=place % 300), "percent": 0, "version": 1}
        for place in range(number)
    ]
    with world.writing() as db:
        db.execute(insert(Action), rows)
