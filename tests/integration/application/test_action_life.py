"""The life of an action, lived at random: nothing gets past the rules, and nothing that was written is lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from charter.clock import now
from charter.database import Base
from charter.database.assessments import Assessment, AssessmentState
from charter.database.cycles import Cycle, CycleState
from charter.database.engine import make_engine, session_factory, transaction
from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import ContentKind, PublishedPack
from charter.database.people import MemberRole, Membership, Person, Role
from charter.database.plans import Action, ActionStatus, Plan, PlanState, ProgressNote
from charter.services import actions as service
from charter.services.action_bulk import STATUSES, BulkChange, change_actions
from charter.services.action_details import change_details, details_of
from charter.services.action_evidence import add_action_link, remove_action_evidence
from charter.services.action_states import ACTION_MOVES, find_action_move
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.events import verify_chain
from charter.services.states import Party
from charter.stores import FolderStore
from tests.integration.application.plan_rows import action_values

MOVES = sorted({move.name for move in ACTION_MOVES})
PEOPLE = ("lead", "contributor", "mentor", "both", "both-as-mentor", "coordinator", "stranger")
"""`both` works for the member and accompanies it; as a mentor only in `both-as-mentor`."""
REACHED: set[ActionStatus] = set()
"""Every status that some life came to."""


@cache
def sessions() -> sessionmaker[Session]:
    """One database in memory with a committed plan; each life has an action of its own in it."""
    engine = make_engine("sqlite:///:memory:")
    Base.metadata.create_all(engine)
    factory, today = session_factory(engine), date(2027, 1, 1)
    with transaction(factory) as db:
        organization = Organization(name="Lotus House", state=OrganizationState.ACTIVE, language="en", created_at=now())
        kept = {"kind": ContentKind.PACK, "version": "1", "language": "en", "fingerprint": "", "archive": b""}
        pack = PublishedPack(pack="p", title="P", published_at=now(), **kept)
        people = [
            Person(
                name=name,
                email=name,
                language="en",
                created_at=now(),
                passkey_handle=name.encode(),
                role={"mentor": Role.MENTOR, "coordinator": Role.COORDINATOR}.get(name),
            )
            for name in PEOPLE
            if name != "both-as-mentor"
        ]
        db.add_all([organization, pack, *people])
        db.flush()
        for person in people:
            if person.name in ("lead", "contributor", "both"):
                role = MemberRole.LEAD if person.name == "lead" else MemberRole.CONTRIBUTOR
                membership = {"person_id": person.id, "organization_id": organization.id}
                db.add(Membership(role=role, from_at=now(), **membership))
        cycle = Cycle(
            title="Year one",
            published_pack_id=pack.id,
            state=CycleState.OPEN,
            opens_on=today,
            closes_on=today,
            created_at=now(),
        )
        db.add(cycle)
        db.flush()
        assessment = Assessment(
            cycle_id=cycle.id,
            organization_id=organization.id,
            published_pack_id=pack.id,
            state=AssessmentState.CLOSED,
            due_on=today,
            created_at=now(),
            state_since=now(),
        )
        db.add(assessment)
        db.flush()
        plan = {"assessment_id": assessment.id, "organization_id": organization.id}
        db.add(Plan(state=PlanState.COMMITTED, limits={}, created_at=now(), **plan))
    return factory


class ActionLife(RuleBasedStateMachine):
    """People do whatever they like with one action, allowed or not."""

    @initialize()
    def begin(self) -> None:
        with transaction(sessions()) as db:
            plan = db.scalars(select(Plan)).one()
            action = Action(**action_values(plan, title="Write a policy"))
            db.add(action)
            db.flush()
            self.action_id = action.id
            self.people = {person.name: person for person in db.scalars(select(Person))}
            self.organization_id = plan.organization_id
        self.notes: list[tuple[int, str]] = []
        self.evidence: dict[int, bool] = {}
        self.events: list[tuple[int, str]] = []
        self.version = 1
        with sessions()() as db:
            self.last = self.stored(db)

    def actor(self, name: str) -> Actor:
        here = self.organization_id
        if name in ("lead", "contributor", "both"):
            role = MemberRole.LEAD if name == "lead" else MemberRole.CONTRIBUTOR
            return Actor(self.people[name], {here: role})
        if name == "both-as-mentor":
            # The same person as `both`, who has changed sides since.
            person = self.people["both"]
            person.role = Role.MENTOR
            return Actor(person, {}, frozenset({here}))
        return Actor(self.people[name], {}, frozenset({here}) if name == "mentor" else frozenset())

    def stored(self, db: Session) -> dict[str, Any]:
        """Everything that is kept of it."""
        row = db.get_one(Action, self.action_id, populate_existing=True)
        notes = select(ProgressNote).where(ProgressNote.action_id == self.action_id).order_by(ProgressNote.id)
        evidence = select(Evidence).where(Evidence.action_id == self.action_id).order_by(Evidence.id)
        action = service.find_action(db, self.action_id)
        assert action is not None
        return {
            "action": {column.key: getattr(row, column.key) for column in Action.__table__.columns},
            "notes": [(note.id, note.text) for note in db.scalars(notes)],
            "evidence": {one.id: one.removed_at is not None for one in db.scalars(evidence)},
            "events": [(event.id, event.hash) for event in reversed(service.action_events(db, action))],
        }

    def attempt(self, do: Callable[[Session, Action], Any]) -> dict[str, Any] | None:
        """Do it; gives what is stored then. None where it was not allowed, after a look that nothing changed."""
        before = self.last
        try:
            with transaction(sessions()) as db:
                action = service.find_action(db, self.action_id)
                assert action is not None
                do(db, action)
        except (Refused, Invalid, NotFound, Stale):
            with sessions()() as db:
                assert self.stored(db) == before
            return None
        with sessions()() as db:
            after = self.last = self.stored(db)
        changed = after["action"] != before["action"]
        assert after["action"]["version"] > before["action"]["version"] if changed else True
        anything = changed or after["notes"] != before["notes"] or after["evidence"] != before["evidence"]
        assert (len(after["events"]) > len(before["events"])) == anything
        assert after["events"][: len(before["events"])] == before["events"]
        return after

    @rule(
        name=st.sampled_from(MOVES),
        who=st.sampled_from(PEOPLE),
        reason=st.sampled_from([None, " ", "Rain"]),
        older=st.sampled_from([0, 0, 0, 1]),
    )
    def move(self, name: str, who: str, reason: str | None, older: int) -> None:
        before = self.last
        known, status = before["action"]["version"] - older, before["action"]["status"]
        after = self.attempt(
            lambda db, action: service.move_action(
                db, self.actor(who), action=action, name=name, known_version=known, reason=reason
            )
        )
        if after is None:
            return
        made = find_action_move(name, status)
        assert made is not None and not older
        assert after["action"]["status"] is made.end
        assert not made.needs_reason or reason == "Rain"
        assert who not in ("coordinator", "stranger")
        assert len(after["events"]) == len(before["events"]) + 1

    @rule()
    def go_on(self) -> None:
        """The straight way: begun, shown, done, verified."""
        status = self.last["action"]["status"]
        if status is ActionStatus.DONE:
            self.move("verify", "mentor", None, 0)
        elif False not in self.last["evidence"].values():
            self.show("both", 1)
        else:
            self.move("begin" if status is ActionStatus.NOT_STARTED else "finish", "both", None, 0)

    @rule(place=st.integers(0, 99))
    def do_what_is_allowed(self, place: int) -> None:
        status = self.last["action"]["status"]
        possible = [each for each in ACTION_MOVES if each.start is status]
        move = possible[place % len(possible)]
        who = "mentor" if move.parties == {Party.MENTOR} else "lead" if place % 2 or len(move.parties) == 1 else "both"
        shown = list(self.last["evidence"].values()).count(False)
        after = self.attempt(
            lambda db, action: service.move_action(
                db, self.actor(who), action=action, name=move.name, known_version=action.version, reason="Rain"
            )
        )
        assert (after is not None) == (bool(shown) or not move.needs_evidence)

    @rule(
        who=st.sampled_from(PEOPLE),
        text=st.sampled_from(["", "Half is done", "ពាក់កណ្តាល"]),
        percent=st.sampled_from([None, 0, 50, 100, 101]),
    )
    def note(self, who: str, text: str, percent: int | None) -> None:
        self.attempt(
            lambda db, action: service.add_note(db, self.actor(who), action=action, text=text, percent=percent)
        )

    @rule(who=st.sampled_from(PEOPLE), place=st.integers(1, 3))
    def show(self, who: str, place: int) -> None:
        url = f"https://example.org/{place}"
        self.attempt(lambda db, action: add_action_link(db, self.actor(who), action=action, title=None, url=url))

    @rule(who=st.sampled_from(PEOPLE), place=st.integers(0, 5))
    def take_away(self, who: str, place: int) -> None:
        if self.evidence:
            number = list(self.evidence)[place % len(self.evidence)]
            self.attempt(
                lambda db, action: remove_action_evidence(
                    db, self.actor(who), UNUSED, action=action, evidence_id=number
                )
            )

    @rule(who=st.sampled_from(PEOPLE), percent=st.integers(-1, 101), days=st.integers(-1, 400))
    def change(self, who: str, percent: int, days: int) -> None:
        def do(db: Session, action: Action) -> None:
            values = {**vars(details_of(action)), "percent": percent}
            details = type(details_of(action))(**values | {"due_on": action.starts_on + timedelta(days=days)})
            change_details(db, self.actor(who), action=action, details=details, known_version=action.version)

        self.attempt(do)

    @rule(
        who=st.sampled_from(PEOPLE),
        status=st.sampled_from([None, *ActionStatus]),
        reason=st.sampled_from([None, "Rain"]),
        days=st.sampled_from([None, -500, -10, 7]),
    )
    def change_several(self, who: str, status: ActionStatus | None, reason: str | None, days: int | None) -> None:
        def do(db: Session, action: Action) -> None:
            change = BulkChange(status=status, reason=reason, shift_days=days)
            change_actions(db, self.actor(who), plan=action.plan, chosen={action.id: action.version}, change=change)

        after = self.attempt(do)
        assert after is None or status is None or (status in STATUSES and after["action"]["status"] is status)

    @invariant()
    def nothing_is_verified_without_evidence_and_a_second_person(self) -> None:
        row, shown = self.last["action"], list(self.last["evidence"].values()).count(False)
        REACHED.add(row["status"])
        if row["status"] in (ActionStatus.DONE, ActionStatus.VERIFIED):
            assert shown and row["done_by_id"] is not None
        if row["status"] is ActionStatus.VERIFIED:
            assert row["verified_by_id"] is not None and row["verified_by_id"] != row["done_by_id"]
            assert row["verified_by_id"] in (self.people["mentor"].id, self.people["both"].id)

    @invariant()
    def nothing_is_lost(self) -> None:
        stored = self.last
        assert stored["notes"][: len(self.notes)] == self.notes
        assert stored["events"][: len(self.events)] == self.events
        assert set(self.evidence) <= set(stored["evidence"])
        assert all(stored["evidence"][one] for one, removed in self.evidence.items() if removed)
        assert stored["action"]["version"] >= self.version
        self.notes, self.events, self.evidence = stored["notes"], stored["events"], stored["evidence"]
        self.version = stored["action"]["version"]


UNUSED = FolderStore.__new__(FolderStore)  # links have no file


def test_every_status_is_lived_and_the_chain_of_events_holds_after_it() -> None:
    run_state_machine_as_test(ActionLife, settings=settings(max_examples=25, stateful_step_count=25, derandomize=True))
    assert set(ActionStatus) == REACHED
    with sessions()() as db:
        count, broken = verify_chain(db)
        assert broken == []
        assert count == len(db.scalars(select(Event.id)).all())
