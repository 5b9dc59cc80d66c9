"""Actions that are carried out: who moves them where, what that needs, notes, details, and no save over another's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.people import Person
from charter.database.plans import Action, ActionStatus, Decision, Funding, Plan, PlanState, ProgressNote
from charter.services import actions as service
from charter.services.action_details import change_details, details_of
from charter.services.action_evidence import add_action_link, remove_action_evidence
from charter.services.action_states import ACTION_MOVES, OPEN
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.states import Party
from charter.stores import store_for
from tests.integration.application.plan_rows import START
from tests.integration.application.tracked import Tracked, a_tracked_member
from tests.integration.application.worlds import World


@pytest.fixture
def tracked(world: World) -> Tracked:
    return a_tracked_member(world)


def status_of(tracked: Tracked, action_id: int) -> ActionStatus:
    return tracked.action(action_id).status


def test_an_action_goes_from_begun_to_verified_with_evidence_and_a_second_person(tracked: Tracked) -> None:
    member, action_id = tracked.member, tracked.add()
    tracked.move(action_id, "begin", by=member.contributor)
    with pytest.raises(Refused, match="evidence"):
        tracked.move(action_id, "finish", by=member.contributor)
    tracked.done(action_id)
    tracked.move(action_id, "verify", by=member.mentor)
    action = tracked.action(action_id)
    assert action.status is ActionStatus.VERIFIED
    assert (action.done_by_id, action.verified_by_id) == (member.contributor.id, member.mentor.id)
    names = [event.name for event in tracked.world.rows(Event) if event.data.get("action") == action_id]
    assert names == ["ActionBegun", "EvidenceAdded", "ActionDone", "ActionVerified"]


def test_nobody_but_the_mentor_verifies(tracked: Tracked) -> None:
    action_id = tracked.add()
    tracked.done(action_id)
    for person in (tracked.member.lead, tracked.member.contributor):
        with pytest.raises(Refused):
            tracked.move(action_id, "verify", by=person)
    assert status_of(tracked, action_id) is ActionStatus.DONE


def test_whoever_said_it_is_done_cannot_verify_it_even_as_mentor(tracked: Tracked) -> None:
    action_id = tracked.add()
    tracked.done(action_id)
    with tracked.world.writing() as db:
        db.get_one(Action, action_id).done_by_id = tracked.member.mentor.id
    with pytest.raises(Refused, match="second person"):
        tracked.move(action_id, "verify", by=tracked.member.mentor)


def test_the_mentor_sends_back_with_a_reason_that_everybody_reads(tracked: Tracked) -> None:
    action_id = tracked.add()
    tracked.done(action_id)
    with pytest.raises(Invalid, match="reason"):
        tracked.move(action_id, "send_back", by=tracked.member.mentor, reason=" ")
    tracked.move(action_id, "send_back", by=tracked.member.mentor, reason="The minutes are not signed")
    action = tracked.action(action_id)
    assert (action.status, action.status_reason) == (ActionStatus.IN_PROGRESS, "The minutes are not signed")
    assert (action.done_at, action.done_by_id) == (None, None)
    assert tracked.world.rows(Event, name="ActionSentBack")[0].reason == "The minutes are not signed"


def test_only_the_lead_drops_and_opens_again(tracked: Tracked) -> None:
    action_id = tracked.add()
    with pytest.raises(Refused):
        tracked.move(action_id, "drop", by=tracked.member.contributor, reason="No money")
    tracked.move(action_id, "drop", by=tracked.member.lead, reason="No money")
    with pytest.raises(Refused):
        tracked.move(action_id, "reopen", by=tracked.member.contributor)
    tracked.move(action_id, "reopen", by=tracked.member.lead)
    assert status_of(tracked, action_id) is ActionStatus.NOT_STARTED


def test_what_is_verified_stays_so_unless_the_mentor_says_why_not(tracked: Tracked) -> None:
    action_id = tracked.add()
    tracked.done(action_id)
    tracked.move(action_id, "verify", by=tracked.member.mentor)
    for name in ("begin", "take_back", "drop", "finish"):
        with pytest.raises(Refused):
            tracked.move(action_id, name, by=tracked.member.lead, reason="x")
    tracked.move(action_id, "withdraw_verification", by=tracked.member.mentor, reason="It was another policy")
    action = tracked.action(action_id)
    assert (action.status, action.verified_by_id) == (ActionStatus.IN_PROGRESS, None)


def test_nobody_else_has_a_part_in_it(tracked: Tracked) -> None:
    action_id = tracked.add()
    other = a_tracked_member(tracked.world, "River House", title="Another").member
    for person in (other.lead, other.mentor, tracked.world.person("Some Coordinator")):
        with pytest.raises(NotFound):
            tracked.move(action_id, "begin", by=person)
    assert tracked.action(action_id).version == 1


def test_every_status_can_be_left_again_and_no_two_moves_of_a_party_look_alike() -> None:
    assert {move.start for move in ACTION_MOVES} == set(ActionStatus)
    for party in Party:
        made = [(move.name, move.start) for move in ACTION_MOVES if party in move.parties]
        assert len(made) == len(set(made))
    assert all(move.needs_evidence for move in ACTION_MOVES if move.end in (ActionStatus.DONE, ActionStatus.VERIFIED))
    assert all(
        move.needs_second_person and move.parties == {Party.MENTOR} and move.start is ActionStatus.DONE
        for move in ACTION_MOVES
        if move.end is ActionStatus.VERIFIED
    )


def test_a_move_that_saw_an_older_version_is_stale_and_changes_nothing(tracked: Tracked) -> None:
    action_id = tracked.add()
    tracked.move(action_id, "begin", by=tracked.member.lead)
    with pytest.raises(Stale) as stale:
        tracked.move(action_id, "delay", by=tracked.member.contributor, reason="Rain", version=1)
    assert stale.value.current.status is ActionStatus.IN_PROGRESS
    assert status_of(tracked, action_id) is ActionStatus.IN_PROGRESS
    assert tracked.world.rows(Event, name="ActionDelayed") == []


@pytest.mark.parametrize("state", [PlanState.DRAFT, PlanState.ENDED])
def test_only_a_committed_plan_is_carried_out(tracked: Tracked, state: PlanState) -> None:
    action_id = tracked.add()
    with tracked.world.writing() as db:
        actor, action = tracked.at(db, action_id, tracked.member.lead)
        db.get_one(Plan, tracked.plan.id).state = state
        db.flush()
        with pytest.raises(Refused):
            service.move_action(db, actor, action=action, name="begin", known_version=1)
        with pytest.raises(Refused):
            service.add_note(db, actor, action=action, text="We began")


def test_what_was_not_decided_or_declined_is_no_action_to_carry_out(tracked: Tracked) -> None:
    declined = [tracked.add(decision=Decision.NOT_ACT), tracked.add(decision=Decision.OPEN)]
    with tracked.world.reading() as db:
        assert [service.find_action(db, each) for each in declined] == [None, None]


def note(tracked: Tracked, action_id: int, text: str, *, by: Person, percent: int | None = None) -> None:
    with tracked.world.writing() as db:
        actor, action = tracked.at(db, action_id, by)
        service.add_note(db, actor, action=action, text=text, percent=percent)


def test_a_note_says_how_far_it_is_and_is_kept_once(tracked: Tracked) -> None:
    action_id = tracked.add(status=ActionStatus.IN_PROGRESS)
    for _ in range(2):
        note(tracked, action_id, "The draft is written", by=tracked.member.contributor, percent=40)
    note(tracked, action_id, "Well done", by=tracked.member.mentor)
    rows = tracked.world.rows(ProgressNote)
    assert [(row.text, row.percent) for row in rows] == [("The draft is written", 40), ("Well done", 40)]
    action = tracked.action(action_id)
    assert (action.percent, action.version) == (40, 2)
    assert len(tracked.world.rows(Event, name="ProgressNoted")) == 2


@pytest.mark.parametrize(("text", "percent"), [("", 10), ("x" * 5001, 10), ("Half", 101), ("Half", -1)])
def test_a_note_that_cannot_be_kept_changes_nothing(tracked: Tracked, text: str, percent: int) -> None:
    action_id = tracked.add()
    with pytest.raises(Invalid):
        note(tracked, action_id, text, by=tracked.member.lead, percent=percent)
    assert tracked.world.rows(ProgressNote) == [] and tracked.action(action_id).percent == 0


def test_a_mentor_does_not_say_how_far_it_is(tracked: Tracked) -> None:
    action_id = tracked.add()
    with pytest.raises(NotFound):
        note(tracked, action_id, "Half", by=tracked.member.mentor, percent=50)


def change(tracked: Tracked, action_id: int, *, by: Person | None = None, version: int = 1, **values: Any) -> bool:
    with tracked.world.writing() as db:
        actor, action = tracked.at(db, action_id, by or tracked.member.lead)
        details = replace(details_of(action), **values)
        return change_details(db, actor, action=action, details=details, known_version=version)


def test_details_are_stored_with_one_event_that_says_what_was_and_what_is(tracked: Tracked) -> None:
    action_id, helper = tracked.add(), tracked.member.contributor
    assert change(
        tracked,
        action_id,
        due_on=date(2027, 5, 31),
        owner_id=helper.id,
        supporters=frozenset({tracked.member.lead.id, helper.id}),
        cost_spent=12_50,
        funding=Funding.DONOR,
        help_needed="  A lawyer  ",
    )
    with tracked.world.reading() as db:
        _, action = tracked.at(db, action_id, helper)
        assert (action.owner_id, action.cost_spent, action.help_needed) == (helper.id, 1250, "A lawyer")
        assert [person.id for person in action.supporters] == [tracked.member.lead.id]  # who owns it need not help
    (event,) = tracked.world.rows(Event, name="ActionChanged")
    assert event.data["changes"]["due_on"] == ["2027-04-03", "2027-05-31"]
    assert event.data["changes"]["funding"] == [None, "donor"]
    assert not change(tracked, action_id, version=2)
    assert len(tracked.world.rows(Event, name="ActionChanged")) == 1


def test_details_that_cannot_be_are_named_all_at_once(tracked: Tracked) -> None:
    action_id = tracked.add()
    stranger = a_tracked_member(tracked.world, "River House", title="Another").member.lead
    with pytest.raises(Invalid) as invalid:
        change(
            tracked,
            action_id,
            due_on=START - timedelta(days=1),
            percent=200,
            owner_id=stranger.id,
            supporters=frozenset({stranger.id}),
            cost_planned=-1,
            baseline="x" * 201,
        )
    expected = {"due_on", "percent", "owner_id", "supporters", "cost_planned", "baseline"}
    assert set(invalid.value.messages) == expected
    assert tracked.action(action_id).version == 1


def test_details_over_somebody_elses_are_stale(tracked: Tracked) -> None:
    action_id = tracked.add()
    change(tracked, action_id, percent=10)
    with pytest.raises(Stale):
        change(tracked, action_id, by=tracked.member.contributor, percent=90)
    assert tracked.action(action_id).percent == 10


@pytest.mark.parametrize("status", [ActionStatus.VERIFIED, ActionStatus.DROPPED])
def test_details_of_what_is_over_stay(tracked: Tracked, status: ActionStatus) -> None:
    people: dict[str, Any] = {"done_by_id": tracked.member.lead.id, "verified_by_id": tracked.member.mentor.id}
    action_id = tracked.add(status=status, **people)
    with pytest.raises(Refused):
        change(tracked, action_id, percent=10)
    with pytest.raises(Refused), tracked.world.writing() as db:
        actor, action = tracked.at(db, action_id, tracked.member.lead)
        add_action_link(db, actor, action=action, title=None, url="https://example.org")


def remove(tracked: Tracked, action_id: int, evidence_id: int, *, by: Person | None = None) -> None:
    with tracked.world.writing() as db:
        actor, action = tracked.at(db, action_id, by or tracked.member.lead)
        store = store_for(tracked.world.app.extensions["charter.settings"])
        remove_action_evidence(db, actor, store, action=action, evidence_id=evidence_id)


def test_evidence_can_be_removed_until_the_action_is_done(tracked: Tracked) -> None:
    action_id = tracked.add()
    first = tracked.show(action_id)
    remove(tracked, action_id, first)
    remove(tracked, action_id, first)
    assert len(tracked.world.rows(Event, name="EvidenceRemoved")) == 1
    with pytest.raises(Refused, match="evidence"):
        tracked.move(action_id, "finish", by=tracked.member.lead)
    tracked.done(action_id)
    with pytest.raises(Refused, match="back first"):
        remove(tracked, action_id, tracked.show(action_id))
    assert len([row for row in tracked.world.rows(Evidence) if row.removed_at is None]) == 1


def test_evidence_of_another_action_is_none_of_this_one(tracked: Tracked) -> None:
    first, second = tracked.add(), tracked.add()
    with pytest.raises(NotFound):
        remove(tracked, second, tracked.show(first))
    with pytest.raises(NotFound):
        tracked.show(first, by=tracked.member.mentor)


@pytest.mark.parametrize("status", list(ActionStatus))
def test_late_is_what_is_open_after_the_day_it_was_due(tracked: Tracked, status: ActionStatus) -> None:
    people: dict[str, Any] = {"done_by_id": tracked.member.lead.id, "verified_by_id": tracked.member.mentor.id}
    action = tracked.action(tracked.add(status=status, due_on=date(2027, 3, 31), **people))
    days = [service.days_late(action, today=date(2027, 3, 31) + timedelta(days=day)) for day in (-1, 0, 1, 12)]
    assert days == ([0, 0, 1, 12] if status in OPEN else [0, 0, 0, 0])
