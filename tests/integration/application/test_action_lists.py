"""Lists of actions: filters, overdue, groups, paging, and how many statements they take."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient

from charter.database.people import Role
from charter.database.plans import ActionStatus
from charter.services.action_bulk import BulkChange, change_actions
from charter.services.action_lists import PAGE, By, Filters, action_page, of_all, of_plan, quarters_of, totals
from charter.services.errors import Invalid, NotFound
from charter.services.packs import pack_of
from tests.integration.application.agreements import sent
from tests.integration.application.plan_rows import START
from tests.integration.application.tracked import Tracked, a_tracked_member, add_many
from tests.integration.application.worlds import World

TODAY = date(2027, 4, 15)


@pytest.fixture
def tracked(world: World) -> Tracked:
    return a_tracked_member(world)


def found(tracked: Tracked, **filters: object) -> set[str]:
    with tracked.world.reading() as db:
        page = action_page(db, of_plan(tracked.plan), Filters(**filters), today=TODAY)  # type: ignore[arg-type]
        return {row.action.title for row in page.rows}


def test_filters_find_what_they_say_and_nothing_else(tracked: Tracked) -> None:
    lead, helper = tracked.member.lead, tracked.member.contributor
    tracked.add("ours", owner_id=lead.id)
    tracked.add("nobody's", improves={"R10": {"from": 1, "to": 2}}, must_do=True)
    tracked.add("late", due_on=TODAY - timedelta(days=1), status=ActionStatus.DELAYED, owner_id=helper.id)
    tracked.add("today", due_on=TODAY, improves={})
    tracked.add("long done", due_on=START, status=ActionStatus.DONE, done_by_id=lead.id)
    assert len(found(tracked)) == 5
    assert found(tracked, person=lead.id) == {"ours"}
    assert found(tracked, person=0) == {"nobody's", "today", "long done"}
    assert found(tracked, criteria=frozenset({"R10"})) == {"nobody's"}
    assert found(tracked, criteria=frozenset({"R1"})) == {"ours", "late", "long done"}
    assert found(tracked, statuses=(ActionStatus.DONE,)) == {"long done"}
    assert found(tracked, overdue=True) == {"ours", "nobody's", "late"}
    assert found(tracked, must_do=True) == {"nobody's"}
    assert found(tracked, quarter=(2027, 1)) == {"long done"}
    assert found(tracked, quarter=(2027, 2)) == {"ours", "nobody's", "late", "today"}
    with tracked.world.reading() as db:
        counted = totals(db, of_plan(tracked.plan), today=TODAY)
        assert (counted.all, counted.overdue, counted.count(ActionStatus.DONE)) == (5, 3, 1)
        assert quarters_of(db, of_plan(tracked.plan)) == [(2027, 1), (2027, 2)]


@pytest.mark.parametrize(("quarter", "first", "last"), [(1, "01-01", "03-31"), (4, "10-01", "12-31")])
def test_a_quarter_has_its_first_and_its_last_day(tracked: Tracked, quarter: int, first: str, last: str) -> None:
    days = [date.fromisoformat(f"2028-{each}") for each in (first, last)]
    for day in (days[0] - timedelta(days=1), *days, days[1] + timedelta(days=1)):
        tracked.add(day.isoformat(), due_on=day)
    assert found(tracked, quarter=(2028, quarter)) == {day.isoformat() for day in days}


def test_the_board_has_a_column_for_each_and_holds_every_action_once(tracked: Tracked) -> None:
    lead, helper = tracked.member.lead, tracked.member.contributor
    for title, owner in (("1", helper), ("2", lead), ("3", None), ("4", helper)):
        tracked.add(title, owner_id=owner.id if owner else None, improves={"R1": {"from": 1, "to": 2}} if owner else {})
    with tracked.world.reading() as db:
        _, action = tracked.at(db, tracked.add("5", due_on=date(2027, 7, 1)), lead)
        pack = pack_of(db, action.plan.assessment.published_pack)
        shown = {
            by: [
                (column.key, sorted(row.action.title for row in column.rows))
                for column in action_page(db, of_plan(tracked.plan), Filters(), today=TODAY, by=by, pack=pack).columns
            ]
            for by in By
        }
    names = [(person.name if person else None, titles) for person, titles in shown[By.PERSON]]
    assert names == [(helper.name, ["1", "4"]), (lead.name, ["2"]), (None, ["3", "5"])]
    assert shown[By.QUARTER] == [((2027, 2), ["1", "2", "3", "4"]), ((2027, 3), ["5"])]
    assert [(group.id if group else None, titles) for group, titles in shown[By.PRINCIPLE]] == [
        ("rules", ["1", "2", "4", "5"]),
        (None, ["3"]),
    ]


def test_pages_hold_every_action_once_in_the_order_of_their_days(tracked: Tracked) -> None:
    add_many(tracked.world, tracked.plan, 2 * PAGE + 7)
    with tracked.world.reading() as db:
        pages = [action_page(db, of_plan(tracked.plan), Filters(), today=TODAY, number=n) for n in (1, 2, 3)]
        assert action_page(db, of_plan(tracked.plan), Filters(), today=TODAY, number=99).number == 3
    assert [len(page.rows) for page in pages] == [PAGE, PAGE, 7]
    rows = [row.action for page in pages for row in page.rows]
    assert len({row.id for row in rows}) == 2 * PAGE + 7
    assert [row.due_on for row in rows] == sorted(row.due_on for row in rows)


def test_no_list_asks_more_of_the_database_for_a_thousand_actions_than_for_ten(tracked: Tracked) -> None:
    world, member = tracked.world, tracked.member
    coordinator = world.client(world.person("Some Coordinator", Role.COORDINATOR))
    lead, mentor = world.client(member.lead), world.client(member.mentor)
    address = f"/plan/{tracked.plan.id}/actions"
    asked = [
        *((lead, f"{address}?view={view}&by={by}") for view in ("list", "timeline", "board") for by in By),
        (lead, f"{address}?principle=rules&status=open&overdue=y"),
        (mentor, "/mentor/actions"),
        (coordinator, "/coalition/actions"),
        (coordinator, "/coalition/actions?principle=safeguarding-basics:rules&overdue=y"),
    ]

    def opened(client: FlaskClient, url: str) -> None:
        assert client.get(url).status_code == 200, url

    def counted() -> list[int]:
        return [world.count_statements(partial(opened, client, url)) for client, url in asked]

    def fill(number: int) -> None:
        add_many(world, tracked.plan, number, owner_id=member.contributor.id)
        add_many(world, tracked.plan, number // 10, status=ActionStatus.DONE, done_by_id=member.lead.id)

    fill(10)
    counted()  # the pack is read once
    few = counted()
    fill(990)
    assert counted() == few
    assert max(few) < 20


def test_all_members_are_listed_for_the_coordinator_with_filters(tracked: Tracked) -> None:
    world = tracked.world
    other = a_tracked_member(world, "River House", title="Another")
    tracked.add("Ours")
    other.add("Theirs", must_do=True)
    client = world.client(world.person("Some Coordinator", Role.COORDINATOR))
    page = client.get("/coalition/actions").text
    assert "Ours" in page and "Theirs" in page
    page = client.get(f"/coalition/actions?organization={other.member.organization.id}&must_do=y").text
    assert ">Ours<" not in page and "Theirs" in page
    page = client.get("/coalition/actions?principle=nonsense&quarter=x&status=y&page=-3").text
    assert "Ours" in page and "Theirs" in page
    with world.reading() as db:
        assert totals(db, of_all(), today=TODAY).all == 2


def test_the_mentor_sees_what_waits_and_nobody_elses(tracked: Tracked) -> None:
    other = a_tracked_member(tracked.world, "River House", title="Another")
    for each, title in ((tracked, "Ours"), (other, "Theirs")):
        each.done(each.add(title))
    tracked.add("Not done")
    page = tracked.world.client(tracked.member.mentor).get("/mentor/actions").text
    assert "Ours" in page and "Theirs" not in page and "Not done" not in page


def bulk(tracked: Tracked, ids: list[int], *, seen: int = 1, **change: object) -> int:
    with tracked.world.writing() as db:
        actor = tracked.world.actor(db, tracked.member.contributor)
        plan = db.merge(tracked.plan)
        chosen = dict.fromkeys(ids, seen)
        return change_actions(db, actor, plan=plan, chosen=chosen, change=BulkChange(**change))  # type: ignore[arg-type]


def test_several_are_changed_at_once_each_with_its_own_events(tracked: Tracked) -> None:
    ids = [tracked.add(str(number)) for number in range(3)]
    lead = tracked.member.lead
    change: dict[str, Any] = {"status": ActionStatus.DELAYED, "reason": "Flood", "owner_id": lead.id, "shift_days": 14}
    assert bulk(tracked, ids, **change) == 3
    for each in ids:
        action = tracked.action(each)
        assert (action.status, action.status_reason, action.owner_id) == (ActionStatus.DELAYED, "Flood", lead.id)
        assert action.due_on == START + timedelta(days=103)
    assert bulk(tracked, ids, seen=3, status=ActionStatus.DELAYED, reason="Flood") == 0


def test_if_one_cannot_be_changed_none_is_and_each_says_why(tracked: Tracked) -> None:
    done, short, fine = tracked.add("1"), tracked.add("2", due_on=START + timedelta(days=3)), tracked.add("3")
    tracked.done(done)
    with pytest.raises(Invalid) as invalid:
        bulk(tracked, [done, short, fine], shift_days=-7)
    assert set(invalid.value.messages) == {str(done), str(short)}
    assert "meantime" in str(invalid.value.messages[str(done)])
    assert tracked.action(fine).due_on == START + timedelta(days=89)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": ActionStatus.VERIFIED}, "status"),
        ({"status": ActionStatus.DONE}, "status"),
        ({"status": ActionStatus.ON_HOLD}, "reason"),
        ({"owner_id": 999_999}, "owner_id"),
        ({"shift_days": 1000}, "shift_days"),
        ({}, ""),
    ],
)
def test_a_change_that_nobody_can_make_at_once_is_refused(tracked: Tracked, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as invalid:
        bulk(tracked, [tracked.add()], **change)
    assert set(invalid.value.messages) == {field}


def test_actions_of_another_plan_cannot_be_smuggled_in(tracked: Tracked) -> None:
    theirs = a_tracked_member(tracked.world, "River House", title="Another").add()
    with pytest.raises(NotFound):
        bulk(tracked, [tracked.add(), theirs], shift_days=1)


def test_the_page_changes_several_and_says_what_stands_against_it(tracked: Tracked) -> None:
    client, address = tracked.world.client(tracked.member.lead), f"/plan/{tracked.plan.id}/actions"
    first, second = tracked.add("First"), tracked.add("Second")
    tracked.move(second, "begin", by=tracked.member.lead)
    seen = {"chosen": [f"{first}-1", f"{second}-1"], "shift_days": "7"}
    answer = sent(client, address, f"{address}/change", **seen)
    assert answer.status_code == 422 and "Second: Somebody else changed it" in answer.text
    answer = sent(client, address, f"{address}/change?view=board", **{**seen, "chosen": [f"{first}-1", f"{second}-2"]})
    assert answer.status_code == 302 and "view=board" in answer.location
    assert tracked.action(first).due_on == tracked.action(second).due_on == START + timedelta(days=96)
