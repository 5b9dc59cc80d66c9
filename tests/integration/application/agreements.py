"""A member with two people who rate together, for the tests about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient

from charter.database.assessments import AgreedRating, Assessment, ChangeRequest
from charter.database.organizations import Organization
from charter.database.people import Person, Role
from charter.services import accounts, agreement
from charter.services.assessments import find_assessment, move, refresh
from charter.services.packs import pack_of
from questionnaires import Pack
from tests.integration.application.worlds import World, token_in


@dataclass(frozen=True)
class Member:
    """An organization with its people and its assessment."""

    world: World
    lead: Person
    contributor: Person
    mentor: Person
    organization: Organization
    assessment: Assessment

    @property
    def address(self) -> str:
        return f"/member/assessments/{self.assessment.id}"

    @property
    def pack(self) -> Pack:
        with self.world.reading() as db:
            found = find_assessment(db, self.assessment.id)
            assert found is not None
            return pack_of(db, found.published_pack)

    def save(self, criterion_id: str, rating: Any = None, *, by: Person | None = None, **values: Any) -> Any:
        """Save an agreed rating through the service, knowing the version that is stored."""
        rows = self.world.rows(AgreedRating, assessment_id=self.assessment.id, criterion_id=criterion_id)
        known = values.pop("known_version", rows[0].version if rows else 0)
        with self.world.writing() as db:
            found = find_assessment(db, self.assessment.id)
            assert found is not None
            return agreement.save_agreed(
                db,
                self.world.actor(db, by or self.lead),
                assessment=found,
                criterion_id=criterion_id,
                rating=rating,
                note=values.get("note"),
                reason=values.get("reason"),
                known_version=known,
            )

    def answer_everything(self, rating: int = 3) -> None:
        """A rating for every criterion of the pack, whether it applies or not."""
        for criterion in self.pack.criteria:
            self.save(criterion.id, rating)

    def ask_for_changes(self, *criterion_ids: str) -> None:
        """The mentor of a submitted assessment asks for changes on these."""
        from charter.clock import now

        with self.world.writing() as db:
            found = find_assessment(db, self.assessment.id)
            assert found is not None
            actor = self.world.actor(db, self.mentor)
            for name in criterion_ids:
                db.add(
                    ChangeRequest(
                        assessment_id=found.id,
                        criterion_id=name,
                        comment=f"Please look at {name} again",
                        sent_at=now(),
                        requested_at=now(),
                        requested_by_id=actor.id,
                    )
                )
            move(db, actor, found, "request_changes")
            refresh(db, found)

    def submitted(self) -> None:
        """Answered and moved on, without the page."""
        self.answer_everything()
        with self.world.writing() as db:
            found = find_assessment(db, self.assessment.id)
            assert found is not None
            move(db, self.world.actor(db, self.lead), found, "submit")
            refresh(db, found)

    def stored(self, criterion_id: str) -> AgreedRating | None:
        rows = self.world.rows(AgreedRating, assessment_id=self.assessment.id, criterion_id=criterion_id)
        return rows[0] if rows else None

    def now(self) -> Assessment:
        """The assessment as it is stored."""
        return self.world.rows(Assessment, id=self.assessment.id)[0]


def a_member(world: World, name: str = "Lotus House", **cycle: Any) -> Member:
    """A member that is invited to an open cycle."""
    lead, contributor = _person(world, f"Lead of {name}"), _person(world, f"Helper of {name}")
    mentor = _person(world, f"Mentor of {name}", Role.MENTOR)
    organization = world.organization(name, leads=(lead,), contributors=(contributor,), mentors=(mentor,))
    _, (assessment,) = world.cycle(organization, **cycle)
    return Member(world, lead, contributor, mentor, organization, assessment)


def _person(world: World, name: str, role: Role | None = None) -> Person:
    """Without a password, which takes long to store and nobody types here."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    with world.writing() as db:
        return accounts.add_person(db, None, name=name, email=email, language="en", role=role)


def sent(client: FlaskClient, page: str, address: str, **data: Any) -> Any:
    """Load a page as a person would, then send a form to an address, with the token of the page."""
    token = token_in(client.get(page).get_data(as_text=True))
    return client.post(address, data={**data, "csrf_token": token})
