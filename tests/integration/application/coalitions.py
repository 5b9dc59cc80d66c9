"""Many members with closed assessments, put straight into the tables."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import insert, select

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState, FactAnswer
from charter.database.cycles import Cycle, CycleState
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.database.people import Mentorship, Person, Role
from charter.database.releases import BenchmarkChoice, Release
from charter.services import packs, releases
from charter.services.assessments import NO_SCORE, metric_names
from charter.services.packs import pack_of
from charter.services.peer_groups import declare_group
from tests.integration.application.worlds import World

PACK = "chab-dai-charter"
SERVICES = ("residential", "counselling", "legal-aid", "prevention", "advocacy")
FIRST_DAY = date(2026, 3, 1)


class Coalition:
    """`members` organizations, two coordinators, a mentor for about ten each; `middle` is their mean result."""

    def __init__(self, world: World, members: int = 55, *, mentors: int = 5, middle: int = 77) -> None:
        self.world = world
        self.chance = random.Random(1)
        self.first = world.person("First Coordinator", Role.COORDINATOR)
        self.second = world.person("Second Coordinator", Role.COORDINATOR)
        self.mentors = [world.person(f"Mentor {number}", Role.MENTOR) for number in range(mentors)]
        with world.writing() as db:
            self.pack = packs.publish_pack(db, None, PACK)
            names = [{"name": f"Member {number:04}", "joined_on": date(2024, 1, 1)} for number in range(members)]
            fixed = {"state": OrganizationState.ACTIVE, "language": "en", "created_at": now()}
            db.execute(insert(Organization), [{**fixed, **name} for name in names])
            self.organizations = list(db.scalars(select(Organization.id).order_by(Organization.id)))
            db.execute(
                insert(Mentorship),
                [
                    {"mentor_id": self.mentors[place % mentors].id, "organization_id": each, "from_at": now()}
                    for place, each in enumerate(self.organizations)
                ],
            )
        self.facts: dict[int, dict[str, Any]] = {
            each: {
                "kind": self.chance.choice(("national", "national", "international")),
                "services": [service for service in SERVICES if self.chance.random() < 0.6],
                "staff": self.chance.randint(2, 90),
            }
            for each in self.organizations
        }
        self.level = {each: min(95, max(5, round(self.chance.gauss(middle, 18)))) for each in self.organizations}
        self.cycles: list[int] = []

    def groups(self) -> None:
        """Everybody, both kinds, and those of a standard."""
        conditions = {
            "all": None,
            "national": "kind: {is: national}",
            "international": "kind: {is: international}",
            "shelters": "services: {includes_any: [residential, transitional]}",
        }
        with self.world.writing() as db:
            for place, (key, condition) in enumerate(conditions.items()):
                titles = {"en": key.title()}
                declare_group(
                    db, None, key=key, titles=titles, weight=3 - min(place, 2), condition=condition, main_language="en"
                )

    def cycle(self, who: Collection[int] | None = None, *, opted_in: Collection[int] | None = None) -> int:
        """A closed assessment of each; all of them take part unless said otherwise."""
        who = self.organizations if who is None else who
        with self.world.writing() as db:
            number = len(self.cycles)
            day = FIRST_DAY + timedelta(days=365 * number)
            cycle = Cycle(
                title=f"Year {number}",
                published_pack_id=self.pack.id,
                state=CycleState.CLOSED,
                opens_on=day,
                closes_on=day + timedelta(days=60),
                created_at=now(),
            )
            db.add(cycle)
            db.flush()
            self.cycles.append(cycle.id)
            db.execute(insert(Assessment), [self._assessment(cycle, each, number) for each in who])
            made = db.execute(select(Assessment.organization_id, Assessment.id).where(Assessment.cycle_id == cycle.id))
            ids = {organization: assessment for organization, assessment in made}
            facts = [
                {"assessment_id": ids[each], "fact_id": name, "value": value}
                for each in who
                for name, value in self.facts[each].items()
            ]
            fixed = {"version": 1, "updated_at": now(), "updated_by_id": self.first.id}
            db.execute(insert(FactAnswer), [{**fixed, **fact} for fact in facts])
            choices = [
                {"organization_id": each, "cycle_id": cycle.id, "opted_in": True, "decided_at": now()}
                for each in (who if opted_in is None else opted_in)
            ]
            if choices:
                db.execute(insert(BenchmarkChoice), choices)
            return cycle.id

    def scores(self, organization: int, number: int) -> dict[str, int]:
        """Around the member's level, a little higher each year; a standard only of those whom it concerns."""
        level = min(100, self.level[organization] + 3 * number)
        found = {}
        for name in self.metrics():
            own = min(100, max(0, round(self.chance.gauss(level, 9))))
            if name.startswith("standard:") and own >= 75:
                own = 100
            concerns = name != "standard:residential-2014" or "residential" in self.facts[organization]["services"]
            found[name] = own if concerns else NO_SCORE
        return found

    def metrics(self) -> tuple[str, ...]:
        with self.world.reading() as db:
            return metric_names(pack_of(db, db.get_one(PublishedPack, self.pack.id)))

    def draft(self, name: str) -> Release:
        with self.world.writing() as db:
            return releases.draft_release(
                db,
                self.world.actor(db, self.first),
                name=name,
                published=db.get_one(PublishedPack, self.pack.id),
                meets_from=75,
                main_language="en",
            )

    def _assessment(self, cycle: Cycle, organization: int, number: int) -> Mapping[str, object]:
        scores = self.scores(organization, number)
        return {
            "cycle_id": cycle.id,
            "organization_id": organization,
            "published_pack_id": self.pack.id,
            "state": AssessmentState.CLOSED,
            "due_on": cycle.closes_on,
            "created_at": now(),
            "state_since": now(),
            "answered": 1,
            "to_answer": 1,
            "overall": scores["overall"] * 100,
            "scores": bytes(scores.values()),
        }


def person_named(world: World, name: str) -> Person:
    """Somebody who was made before."""
    (found,) = world.rows(Person, name=name)
    return found
