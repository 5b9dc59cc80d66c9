"""Agreed ratings: each saved on its own, nothing overwritten unseen."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from charter.clock import now
from charter.database.assessments import AgreedRating, Assessment, AssessmentState, RatingVersion
from charter.database.events import Event
from charter.database.staff_rounds import StaffRound
from charter.services.assessments import find_assessment, refresh
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.profile import save_profile
from scoring.model import Choice
from tests.integration.application.agreements import Member, a_member
from tests.integration.application.worlds import World


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def recomputed(member: Member) -> tuple[Any, ...]:
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        refresh(db, found)
        caches = (found.answered, found.to_answer, found.overall, found.band)
        db.rollback()
        return caches


def cached(member: Member) -> tuple[Any, ...]:
    found = member.now()
    return (found.answered, found.to_answer, found.overall, found.band)


def test_the_first_save_begins_the_assessment_and_is_kept_with_who_and_when(member: Member) -> None:
    saved = member.save("R1", 3, note="Board minutes of May", by=member.contributor)
    assert (saved.row.version, saved.changed) == (1, True)
    assert member.now().state is AssessmentState.ANSWERING
    row = member.stored("R1")
    assert row is not None
    assert (row.rating, row.note, row.updated_by_id) == (3, "Board minutes of May", member.contributor.id)
    names = [event.name for event in member.world.rows(Event, assessment_id=member.assessment.id)]
    assert names == ["OrganizationInvited", "AssessmentBegun", "RatingAgreed"]


def test_every_version_stays_in_the_history(member: Member) -> None:
    member.save("R1", 2)
    member.save("R1", 3, note="Found the minutes", by=member.contributor)
    versions = member.world.rows(RatingVersion, criterion_id="R1")
    assert [(each.version, each.rating, each.note, each.by_id) for each in versions] == [
        (1, 2, None, member.lead.id),
        (2, 3, "Found the minutes", member.contributor.id),
    ]


def test_a_save_that_knows_an_older_version_is_stale_and_changes_nothing(member: Member) -> None:
    member.save("R1", 2)
    member.save("R1", 3, by=member.contributor)
    with pytest.raises(Stale) as stale:
        member.save("R1", 4, known_version=1)
    assert stale.value.current.rating == 3
    row = member.stored("R1")
    assert row is not None and (row.rating, row.version) == (3, 2)
    assert len(member.world.rows(RatingVersion, criterion_id="R1")) == 2


def test_a_save_that_knows_of_no_answer_does_not_overwrite_one(member: Member) -> None:
    member.save("R1", 2)
    with pytest.raises(Stale):
        member.save("R1", 4, by=member.contributor, known_version=0)


def test_a_save_that_knows_a_version_that_never_was_is_stale(member: Member) -> None:
    with pytest.raises(Stale):
        member.save("R1", 2, known_version=7)
    assert member.stored("R1") is None


def test_the_same_post_twice_is_one_version(member: Member) -> None:
    member.save("R1", 2, note="x")
    again = member.save("R1", 2, note=" x ", known_version=0)
    assert (again.row.version, again.changed) == (1, False)
    assert len(member.world.rows(RatingVersion)) == 1


def test_of_two_who_save_at_the_same_moment_one_is_told(member: Member) -> None:
    member.save("S1", 2)  # so that beginning is over
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def save(rating: int) -> None:
        ready.wait()
        try:
            member.save("R1", rating, known_version=0)
            outcomes.append("saved")
        except Stale as stale:
            outcomes.append(f"stale {stale.current.rating}")

    threads = [threading.Thread(target=save, args=(rating,)) for rating in (1, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = member.stored("R1")
    assert row is not None and row.version == 1
    assert sorted(outcomes) == ["saved", f"stale {row.rating}"]


def test_two_who_save_different_answers_at_once_are_both_counted(member: Member) -> None:
    member.save("S1", 2)
    threads = [threading.Thread(target=member.save, args=(name, 3)) for name in ("R1", "P1", "P2", "S3")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert member.now().answered == 5
    assert cached(member) == recomputed(member)


@pytest.mark.parametrize("rating", [0, 5, -1, Choice.DONT_KNOW])
def test_a_level_that_the_scale_lacks_is_refused(member: Member, rating: Any) -> None:
    with pytest.raises(Invalid):
        member.save("R1", rating)
    assert member.now().state is AssessmentState.INVITED


def test_an_unknown_criterion_is_not_found(member: Member) -> None:
    with pytest.raises(NotFound):
        member.save("X9", 3)


def test_somebody_of_another_organization_is_turned_away(member: Member) -> None:
    stranger = a_member(member.world, "River House", title="Another").lead
    with pytest.raises(NotFound):
        member.save("R1", 3, by=stranger)
    with pytest.raises(NotFound):
        member.save("R1", 3, by=member.mentor)


def test_not_applicable_may_be_saved_before_its_reason(member: Member) -> None:
    member.save("P3", Choice.NOT_APPLICABLE)
    member.save("P3", Choice.NOT_APPLICABLE, reason="We have no visitors")
    row = member.stored("P3")
    assert row is not None and (row.version, row.reason) == (2, "We have no visitors")
    assert member.now().answered == 1


def test_nobody_rates_together_while_staff_answer(member: Member) -> None:
    member.save("R1", 3)
    with member.world.writing() as db:
        db.add(
            StaffRound(
                assessment_id=member.assessment.id,
                number=1,
                opened_at=now(),
                opened_by_id=member.lead.id,
                closes_on=now().date(),
            )
        )
    with pytest.raises(Refused, match="staff round is open"):
        member.save("R2", 3)
    with member.world.writing() as db:
        db.query(StaffRound).one().closed_at = now()
    member.save("R2", 3)


def test_nothing_can_be_saved_once_it_is_submitted(member: Member) -> None:
    member.submitted()
    with pytest.raises(Refused, match="submitted"):
        member.save("R1", 1)


def test_when_changes_are_asked_for_only_the_named_answers_are_open(member: Member) -> None:
    member.submitted()
    member.ask_for_changes("R1")
    with pytest.raises(Refused, match="elsewhere"):
        member.save("P1", 1)
    member.save("R1", 4)
    assert cached(member) == recomputed(member)


def test_a_question_that_a_change_brings_can_be_answered(member: Member) -> None:
    """S2 is asked only if S1 is at least 2: it would otherwise block a submission for ever."""
    member.answer_everything()
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        save_profile(db, member.world.actor(db, member.lead), assessment=found, facts={"team_size": 20}, known={})
    member.save("S2", None)
    member.save("S1", 1)
    with member.world.writing() as db:
        from charter.services.assessments import move

        found = find_assessment(db, member.assessment.id)
        assert found is not None
        move(db, member.world.actor(db, member.lead), found, "submit")
    member.ask_for_changes("S1")
    assert member.save("S1", 3).reapplied == {"S2"}
    member.save("S2", 3)


def test_a_cycle_in_preparation_or_closed_cannot_be_begun(member: Member) -> None:
    from charter.database.cycles import Cycle, CycleState

    for state in (CycleState.DRAFT, CycleState.CLOSED):
        with member.world.writing() as db:
            db.query(Cycle).one().state = state
        with pytest.raises(Refused):
            member.save("R1", 3)
        assert member.now().state is AssessmentState.INVITED


def test_counts_stay_what_recomputing_gives(member: Member) -> None:
    """Through answers that bring and take away questions, are changed, cleared, and said not to apply."""
    steps: list[tuple[str, Any]] = [
        ("R2", 3), ("R1", 1), ("R1", 2), ("R1", None), ("R1", 4), ("S1", 1), ("S2", 2), ("S1", 3), ("S2", None),
        ("P1", Choice.NOT_APPLICABLE), ("P1", 2), ("D2", 4), ("R1", Choice.NOT_APPLICABLE), ("P3", 1),
    ]  # fmt: skip
    for criterion_id, rating in steps:
        member.save(criterion_id, rating, note=f"said of {criterion_id}")
        assert cached(member) == recomputed(member), (criterion_id, rating)
    assert member.now().overall is None  # no score before it is submitted


def test_an_answer_says_which_other_questions_it_brings_or_takes_away(member: Member) -> None:
    assert member.save("R2", 3).reapplied == frozenset()
    assert member.save("R1", 1).reapplied == {"R2"}
    assert member.save("R1", 1, note="still").reapplied == frozenset()
    assert member.save("R1", 3).reapplied == {"R2"}


def test_a_save_takes_as_many_statements_however_much_is_stored(member: Member) -> None:
    member.save("S1", 2)
    client = member.world.client(member.lead)
    token = _token(client, member)

    def save(rating: int, version: int) -> int:
        data = {"P1-rating": str(rating), "P1-version": str(version), "csrf_token": token}

        def post() -> None:
            assert client.post(f"{member.address}/answer/P1", data=data).status_code == 200

        return member.world.count_statements(post)

    save(1, 0)
    few = save(2, 1)
    for criterion_id in ("R1", "R3", "P2", "P3", "S3", "S4", "D1"):
        member.save(criterion_id, 3)
    for number in range(3):
        a_member(member.world, f"House {number}", title=f"Cycle {number}").answer_everything()
    assert save(3, 2) == few
    postgresql = member.world.app.extensions["charter.engine"].dialect.name == "postgresql"
    assert few <= (10 if postgresql else 9)


def _token(client: Any, member: Member) -> str:
    from tests.integration.application.worlds import token_in

    return token_in(client.get(f"{member.address}/rate/people").text)


def test_the_constraint_of_versions_holds_whatever_the_program_does(member: Member) -> None:
    from sqlalchemy.exc import IntegrityError

    member.save("R1", 3)
    with pytest.raises(IntegrityError), member.world.writing() as db:
        row = member.world.rows(RatingVersion)[0]
        db.add(
            RatingVersion(
                **{
                    column.name: getattr(row, column.name)
                    for column in RatingVersion.__table__.columns
                    if column.name != "id"
                }
            )
        )
        db.flush()
    assert len(member.world.rows(AgreedRating)) == 1
    assert len(member.world.rows(Assessment)) == 1
