"""The mentor's review: ratings beside the member's, changes asked for, closing and reopening."""

from __future__ import annotations

import html
from typing import Any

import pytest
from flask.testing import FlaskClient

from charter.database.assessments import (
    AssessmentState,
    ChangeRequest,
    RatingKind,
    RatingVersion,
    VerifiedRating,
)
from charter.database.outbox import OutboxMail
from charter.database.people import Role
from charter.services import review
from charter.services.assessments import find_assessment
from charter.services.errors import Refused, Stale
from scoring.model import Choice
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.worlds import World


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def group_of(member: Member, criterion_id: str) -> str:
    return next(g.id for g in member.pack.all_groups if any(c.id == criterion_id for c in g.criteria))


def page_of(member: Member, criterion_id: str) -> str:
    return f"/mentor/assessments/{member.assessment.id}/review/{group_of(member, criterion_id)}"


def verify(client: FlaskClient, member: Member, criterion_id: str, version: int = 0, **fields: Any) -> Any:
    data = {f"version-{criterion_id}": str(version)}
    data |= {f"{name}-{criterion_id}": str(value) for name, value in fields.items() if name != "button"}
    return sent(
        client,
        page_of(member, criterion_id),
        page_of(member, criterion_id),
        **data,
        **{fields.get("button", "save"): "1"},
    )


def overview(member: Member) -> str:
    return f"/mentor/assessments/{member.assessment.id}"


def test_a_mentor_puts_a_rating_beside_the_agreed_one_and_neither_replaces_the_other(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    assert verify(client, member, criterion, rating=1, comment="Not all know it").status_code == 302
    (row,) = member.world.rows(VerifiedRating)
    assert (row.rating, row.comment, row.version) == (1, "Not all know it", 1)
    agreed = member.stored(criterion)
    assert agreed is not None and agreed.rating == 3


def test_nothing_can_be_reviewed_before_it_is_submitted(member: Member) -> None:
    member.answer_everything()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    assert "has not submitted yet" in client.get(overview(member)).text
    page = client.get(page_of(member, criterion)).text
    assert "csrf_token" in page and f'name="rating-{criterion}"' not in page
    answer = verify(client, member, criterion, rating=1)
    assert answer.status_code == 409
    assert member.world.rows(VerifiedRating) == []


def test_two_mentors_cannot_overwrite_one_another_unseen(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    verify(client, member, criterion, rating=1)
    answer = verify(client, member, criterion, version=0, rating=2)
    assert answer.status_code == 409
    assert "Stored now" in answer.text
    assert [row.rating for row in member.world.rows(VerifiedRating)] == [1]
    assert verify(client, member, criterion, version=1, rating=2).status_code == 302
    versions = member.world.rows(RatingVersion, kind=RatingKind.VERIFIED)
    assert sorted(row.version for row in versions) == [1, 2]


def test_sending_the_same_page_twice_is_no_conflict(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    assert verify(client, member, criterion, rating=1).status_code == 302
    assert verify(client, member, criterion, rating=1).status_code == 302
    assert [row.version for row in member.world.rows(VerifiedRating)] == [1]


def test_the_page_shows_what_helped_the_member_to_rate(member: Member) -> None:
    criterion = next(each for each in member.pack.criteria if each.guidance and each.evidence)
    member.submitted()
    page = member.world.client(member.mentor).get(page_of(member, criterion.id)).text
    assert f'id="guidance-{criterion.id}"' in page
    assert (criterion.guidance or "?") in html.unescape(page)
    assert all(each in html.unescape(page) for each in criterion.evidence)
    level = criterion.scale.level(3)
    assert f"<dd>3 · {level.title}</dd>" in html.unescape(page)


def test_not_applicable_needs_a_comment(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    answer = verify(client, member, criterion, rating="not-applicable")
    assert answer.status_code == 422
    assert f'href="#rating-{criterion}"' in answer.text
    assert verify(client, member, criterion, rating="not-applicable", comment="No shelter").status_code == 302
    assert member.world.rows(VerifiedRating)[0].rating is Choice.NOT_APPLICABLE


def test_the_rest_of_a_page_can_be_confirmed_at_once(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    verify(client, member, criterion, rating=1, button="confirm_rest")
    group = next(g for g in member.pack.all_groups if g.id == group_of(member, criterion))
    rows = {row.criterion_id: row.rating for row in member.world.rows(VerifiedRating)}
    assert rows[criterion] == 1
    assert len(rows) > 1
    assert set(rows) <= {each.id for each in group.criteria}
    assert all(rating == 3 for name, rating in rows.items() if name != criterion)


def test_changes_are_collected_and_then_sent_together(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    verify(client, member, criterion, rating=1, change="Ask the night staff too")
    assert "Ask the night staff too" in client.get(overview(member)).text
    assert member.now().state is AssessmentState.SUBMITTED
    sent(client, overview(member), f"{overview(member)}/send-back")
    assert member.now().state is AssessmentState.CHANGES_REQUESTED
    (request,) = member.world.rows(ChangeRequest)
    assert request.sent_at is not None
    mails = [mail.subject for mail in member.world.rows(OutboxMail, recipient=member.lead.email)]
    assert "Lotus House: your mentor asks for changes" in mails


def test_only_what_was_asked_for_reopens(member: Member) -> None:
    member.submitted()
    client, (first, second) = member.world.client(member.mentor), member.pack.criteria[:2]
    verify(client, member, first.id, change="Please look again")
    sent(client, overview(member), f"{overview(member)}/send-back")
    member.save(first.id, 2)
    with pytest.raises(Refused):
        member.save(second.id, 2)


def test_no_change_asked_for_no_sending_back(member: Member) -> None:
    member.submitted()
    client = member.world.client(member.mentor)
    assert sent(client, overview(member), f"{overview(member)}/send-back").status_code == 409
    assert member.now().state is AssessmentState.SUBMITTED


def test_a_request_can_be_taken_back_until_it_is_sent(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    verify(client, member, criterion, change="Please look again")
    (request,) = member.world.rows(ChangeRequest)
    sent(client, overview(member), f"{overview(member)}/changes/{request.id}/remove")
    assert member.world.rows(ChangeRequest) == []
    assert sent(client, overview(member), f"{overview(member)}/changes/{request.id}/remove").status_code == 404


def test_closing_freezes_the_result_with_the_verified_ratings(member: Member) -> None:
    member.submitted()
    before = member.now().overall
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    verify(client, member, criterion, rating=1, comment="Not there")
    assert member.now().overall == before  # until it closes, what was agreed counts
    assert sent(client, overview(member), f"{overview(member)}/close").status_code == 302
    closed = member.now()
    assert closed.state is AssessmentState.CLOSED
    assert closed.overall is not None and before is not None and closed.overall < before
    with member.world.reading() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        assert found.result is not None and found.result["criteria"][criterion]["rating"] == 1
        assert found.scores is not None
    with pytest.raises(Refused):
        member.save(criterion, 1)


def test_unsent_requests_keep_the_review_open(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    verify(client, member, criterion, change="Please look again")
    assert sent(client, overview(member), f"{overview(member)}/close").status_code == 409
    assert member.now().state is AssessmentState.SUBMITTED


def test_reopening_needs_a_reason_and_lifts_the_freeze(member: Member) -> None:
    member.submitted()
    client = member.world.client(member.mentor)
    sent(client, overview(member), f"{overview(member)}/close")
    assert sent(client, overview(member), f"{overview(member)}/reopen", reason=" ").status_code == 409
    assert member.now().state is AssessmentState.CLOSED
    assert sent(client, overview(member), f"{overview(member)}/reopen", reason="A new document").status_code == 302
    assert member.now().state is AssessmentState.SUBMITTED
    history = client.get(f"/assessment/{member.assessment.id}/history").text
    assert "A new document" in history


def test_a_change_after_the_mentor_looked_is_pointed_out(member: Member) -> None:
    member.submitted()
    client, criterion = member.world.client(member.mentor), member.pack.criteria[0].id
    verify(client, member, criterion, rating=3, change="Please look again")
    sent(client, overview(member), f"{overview(member)}/send-back")
    member.save(criterion, 2)
    with member.world.reading() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        (seen,) = review.reviewed(db, found, [member.pack.criterion(criterion)])
        assert seen.is_outdated


def test_another_mentor_sees_nothing_of_it(member: Member) -> None:
    member.submitted()
    stranger = member.world.client(member.world.person("Other Mentor", Role.MENTOR))
    for address in (overview(member), page_of(member, member.pack.criteria[0].id), f"{overview(member)}/send-back"):
        answer = stranger.get(address)
        assert answer.status_code == 404
        assert "Lotus House" not in answer.text


def test_a_race_is_decided_by_the_database(member: Member) -> None:
    member.submitted()
    criterion = member.pack.criteria[0].id
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        actor = member.world.actor(db, member.mentor)

        def save(rating: int, known: int) -> None:
            review.save_verified(
                db, actor, assessment=found, criterion_id=criterion, rating=rating, comment=None, known_version=known
            )

        save(1, 0)
        with pytest.raises(Stale):
            save(2, 0)


def test_statements_of_the_queue_do_not_grow_with_the_members(world: World) -> None:
    mentor = world.person("Busy Mentor", Role.MENTOR)
    client = world.client(mentor)
    few = [world.organization(f"Member {number}", mentors=(mentor,)) for number in range(2)]
    world.cycle(*few)
    client.get("/mentor")
    with_two = world.count_statements(lambda: client.get("/mentor"))
    more = [world.organization(f"Further member {number}", mentors=(mentor,)) for number in range(8)]
    world.cycle(*more, title="Second")
    assert world.count_statements(lambda: client.get("/mentor")) == with_two
    assert client.get("/mentor").text.count("Further member") >= 8
