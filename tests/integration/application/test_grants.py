"""Grants: asked for, decided, paid, spent, reported and closed; who may what, and what the sums say."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pytest

from charter.clock import now
from charter.database.events import Event
from charter.database.grants import Grant, GrantKind, GrantState, Instalment, Spending
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import Person, Role
from charter.database.plans import Action, ActionStatus, Plan, PlanState
from charter.services import grant_money, grants
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.grant_states import GRANT_MOVES
from charter.web.event_labels import EVENTS
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.plan_rows import action, committed_plan
from tests.integration.application.worlds import World, post_form

TODAY = now().date()


@dataclass
class Fund:
    world: World
    lead: Person
    contributor: Person
    mentor: Person
    coordinator: Person
    house: Organization
    plan: Plan
    lock: Action
    course: Action

    def request(self, **changed: Any) -> grants.Request:
        return grants.Request(
            **{
                "kind": GrantKind.IMPROVEMENT,
                "title": "Locks",
                "purpose": "Two locks for the medicine",
                "requested": 50_000,
                "own_contribution": 5_000,
                "starts_on": date(2027, 1, 1),
                "ends_on": date(2027, 6, 30),
                "actions": frozenset({self.lock.id}),
                **changed,
            }
        )

    def asked(self, **changed: Any) -> int:
        with self.world.writing() as db:
            actor = self.world.actor(db, self.lead)
            made = grants.request_grant(db, actor, organization_id=self.house.id, request=self.request(**changed))
            return made.id

    def approved(self, amount: int = 40_000, **changed: Any) -> int:
        number = self.asked(**changed)
        self.do("decide", self.coordinator, number, decision="approve", reason="Good", approved=amount, known_version=1)
        return number

    def do(self, what: str, person: Person, number: int, /, **arguments: Any) -> Any:
        """Call a service as that person."""
        with self.world.writing() as db:
            found = grants.find_grant(db, number)
            assert found is not None
            service = getattr(grants, what, None) or getattr(grant_money, what)
            return service(db, self.world.actor(db, person), grant=found, **arguments)

    def pay(self, number: int, amount: int) -> int:
        self.do("add_instalment", self.coordinator, number, due_on=TODAY, amount=amount)
        row = self.world.rows(Instalment, grant_id=number, amount=amount, paid_on=None)[0]
        self.do("pay_instalment", self.coordinator, number, instalment_id=row.id, paid_on=TODAY, today=TODAY)
        return row.id

    def spend(self, number: int, amount: int, what: str = "Locks") -> None:
        self.do(
            "add_spending",
            self.lead,
            number,
            spent_on=TODAY,
            amount=amount,
            what=what,
            receipt=None,
            today=TODAY,
        )

    def read(self, number: int) -> Grant:
        with self.world.reading() as db:
            found = grants.find_grant(db, number)
            assert found is not None
            return found

    def state(self, number: int) -> GrantState:
        return self.world.rows(Grant, id=number)[0].state


@pytest.fixture
def fund(world: World) -> Fund:
    lead, contributor = world.person("Sok Dara"), world.person("Keo Sophea")
    mentor, coordinator = world.person("Ana Lim", Role.MENTOR), world.person("Chan Maly", Role.COORDINATOR)
    house = world.organization("Hope House", leads=(lead,), contributors=(contributor,), mentors=(mentor,))
    _, (assessment,) = world.cycle(house)
    plan = committed_plan(world, assessment)
    lock = action(world, plan, "Lock the medicine away", date(2027, 6, 1))
    course = action(world, plan, "Take a course", date(2027, 5, 1))
    return Fund(world, lead, contributor, mentor, coordinator, house, plan, lock, course)


FORM = {
    "title": "Locks",
    "kind": "improvement",
    "purpose": "Two locks",
    "requested": "500.50",
    "own_contribution": "",
    "starts_on": "2027-01-01",
    "ends_on": "2027-06-30",
}


def test_the_whole_way_on_the_pages(fund: Fund) -> None:
    lead, office = fund.world.client(fund.lead), fund.world.client(fund.coordinator)
    new = f"/organizations/{fund.house.id}/grants/new"
    assert "Ask for a grant" in lead.get(f"/organizations/{fund.house.id}/grants").text
    answer = post_form(lead, new, {**FORM, "actions": [str(fund.lock.id), str(fund.course.id)]})
    page = answer.location
    assert "One request waits for a decision" in office.get("/coalition/grants").text
    assert "Lock the medicine away" in office.get(page).text
    assert "500.50" in office.get(page).text
    answer = post_form(office, f"{page}/decide", {"decision": "return", "reason": "Which locks?", "version": "1"})
    assert answer.status_code == 302
    assert "Which locks?" in lead.get(f"{page}/change").text
    assert 'name="version" value="2"' in lead.get(f"{page}/change").text
    changed = {**FORM, "title": "Strong locks", "actions": [str(fund.lock.id)], "version": "2"}
    assert post_form(lead, f"{page}/change", changed).status_code == 302
    decision = {"decision": "approve", "approved": "400", "reason": "Good", "version": "3"}
    assert post_form(office, f"{page}/decide", decision).status_code == 302
    assert {mail.subject for mail in fund.world.rows(OutboxMail) if "grant" in mail.subject} == {
        "There are questions about your grant request: Locks",
        "Your grant request was approved: Strong locks",
    }
    assert post_form(office, f"{page}/instalments/new", {"due_on": "2027-01-05", "amount": "400"}).status_code == 302
    (instalment,) = fund.world.rows(Instalment)
    pay = post_form(office, f"{page}/instalments/{instalment.id}/pay", {"paid_on": TODAY.isoformat()})
    assert pay.status_code == 302
    spent = {"spent_on": TODAY.isoformat(), "amount": "450", "what": "Locks", "receipt": "No. 7"}
    assert post_form(lead, f"{page}/spendings/new", spent).status_code == 302
    assert "$50.00 more was spent than was paid." in lead.get(page).text
    assert "Close the grant" not in office.get(page).text
    assert post_form(lead, f"{page}/report", {"report": "Both locks are in use."}).status_code == 302
    assert post_form(office, f"{page}/close", {"note": "Thank you"}).status_code == 302
    last = fund.world.client(fund.contributor).get(page).text
    for text in ("Both locks are in use.", "Thank you", "Closed", "No. 7"):
        assert text in last
    names = [event.name for event in fund.world.rows(Event) if "grant" in (event.data or {})]
    assert names == [
        "GrantRequested",
        "GrantReturned",
        "GrantRequestedAgain",
        "GrantApproved",
        "InstalmentPlanned",
        "InstalmentPaid",
        "SpendingNoted",
        "GrantReported",
        "GrantClosed",
    ]
    assert set(names) | {move.event for move in GRANT_MOVES} <= set(EVENTS)


def test_a_request_names_actions_of_the_own_plan_that_are_under_way(fund: Fund) -> None:
    world = fund.world
    stranger = world.organization("River Home", leads=(world.person("Lim Vanna"),))
    _, (theirs,) = world.cycle(stranger, title="Year two")
    foreign = action(world, committed_plan(world, theirs), "Of others", date(2027, 6, 1))
    dropped = action(world, fund.plan, "Dropped", date(2027, 6, 1), status=ActionStatus.DROPPED)
    for chosen in (frozenset(), frozenset({foreign.id}), frozenset({dropped.id}), frozenset({fund.lock.id, 999})):
        with pytest.raises(Invalid, match="actions"):
            fund.asked(actions=chosen)
    with world.writing() as db:
        db.get_one(Plan, fund.plan.id).state = PlanState.ENDED
    with pytest.raises(Invalid, match="actions"):
        fund.asked()
    page = world.client(fund.lead).get(f"/organizations/{fund.house.id}/grants/new").text
    assert "There is no action to ask for" in page
    assert world.rows(Grant) == []


def test_amounts_and_days_have_to_make_sense(fund: Fund) -> None:
    with pytest.raises(Invalid, match="requested"):
        fund.asked(requested=0)
    with pytest.raises(Invalid, match="ends_on"):
        fund.asked(ends_on=date(2026, 12, 31))
    client = fund.world.client(fund.lead)
    for amount in ("-5", "1e9", "12.345", "a lot", "999999999", "0", ""):
        answer = post_form(
            client,
            f"/organizations/{fund.house.id}/grants/new",
            {**FORM, "requested": amount, "actions": [str(fund.lock.id)]},
        )
        assert answer.status_code == 422, amount
    assert fund.world.rows(Grant) == []


@on_sqlite_only
@pytest.mark.parametrize("state", list(GrantState))
@pytest.mark.parametrize("name", sorted({move.name for move in GRANT_MOVES}))
def test_only_what_the_table_of_moves_has_is_possible(fund: Fund, state: GrantState, name: str) -> None:
    number = fund.approved()
    with fund.world.writing() as db:
        row = db.get_one(Grant, number)
        row.state, row.report = state, "Done"
    move = next((each for each in GRANT_MOVES if each.name == name and each.start is state), None)
    version = fund.world.rows(Grant)[0].version
    calls: dict[str, tuple[str, Person, dict[str, Any]]] = {
        "change": ("change_request", fund.lead, {"request": fund.request(), "known_version": version}),
        "withdraw": ("withdraw", fund.lead, {}),
        "close": ("close", fund.coordinator, {"note": None}),
        "reopen": ("reopen", fund.coordinator, {"reason": "By mistake"}),
    }
    for decision in ("approve", "return", "decline"):
        arguments = {"decision": decision, "reason": "So", "approved": 100, "known_version": version}
        calls[decision] = ("decide", fund.coordinator, arguments)
    what, person, arguments = calls[name]
    if move is None:
        with pytest.raises(Refused):
            fund.do(what, person, number, **arguments)
        assert fund.state(number) is state
        return
    for other in (fund.lead, fund.contributor, fund.mentor, fund.coordinator):
        if other is not person:
            with pytest.raises(Refused):
                fund.do(what, other, number, **arguments)
    fund.do(what, person, number, **arguments)
    assert fund.state(number) is move.end


def test_a_decision_needs_a_reason_and_an_approval_an_amount(fund: Fund) -> None:
    number = fund.asked()
    for decision in ("approve", "return", "decline"):
        with pytest.raises(Invalid, match="reason"):
            fund.do("decide", fund.coordinator, number, decision=decision, reason=" ", approved=100, known_version=1)
    with pytest.raises(Invalid, match="approved"):
        fund.do("decide", fund.coordinator, number, decision="approve", reason="So", approved=None, known_version=1)
    assert fund.state(number) is GrantState.REQUESTED


def test_a_coordinator_decides_only_on_what_they_have_read(fund: Fund) -> None:
    number = fund.asked()
    fund.do("change_request", fund.lead, number, request=fund.request(requested=90_000), known_version=1)
    with pytest.raises(Stale):
        fund.do("decide", fund.coordinator, number, decision="approve", reason="So", approved=1, known_version=1)
    page = f"/grants/{number}/decide"
    answer = post_form(
        fund.world.client(fund.coordinator),
        page,
        {"decision": "approve", "approved": "1", "reason": "So", "version": "1"},
    )
    assert answer.status_code == 422
    assert "changed the request in the meantime" in answer.text
    # The form that comes back still holds what its reader saw: sending it again decides nothing.
    assert re.search(r'name="version"[^>]*value="1"', answer.text)
    assert fund.state(number) is GrantState.REQUESTED


def test_never_is_more_paid_than_was_approved(fund: Fund) -> None:
    number = fund.approved(40_000)
    fund.pay(number, 25_000)
    with pytest.raises(Invalid, match="amount"):
        fund.do("add_instalment", fund.coordinator, number, due_on=TODAY, amount=15_001)
    fund.pay(number, 15_000)
    with pytest.raises(Invalid, match="amount"):
        fund.do("add_instalment", fund.coordinator, number, due_on=TODAY, amount=1)
    sums = grant_money.sums_of(fund.read(number))
    assert (sums.approved, sums.paid, sums.to_pay) == (40_000, 40_000, 0)
    with pytest.raises(Invalid, match="amount"):
        fund.do("add_instalment", fund.coordinator, number, due_on=TODAY, amount=-5)


def test_what_is_sent_twice_is_kept_once(fund: Fund) -> None:
    number = fund.approved()
    for _ in range(2):
        fund.do("add_instalment", fund.coordinator, number, due_on=TODAY, amount=10_000)
        fund.spend(number, 700)
    (instalment,) = fund.world.rows(Instalment)
    for _ in range(2):
        fund.do("pay_instalment", fund.coordinator, number, instalment_id=instalment.id, paid_on=TODAY, today=TODAY)
    (spending,) = fund.world.rows(Spending)
    for _ in range(2):
        fund.do("remove_spending", fund.lead, number, spending_id=spending.id)
    names = [event.name for event in fund.world.rows(Event)]
    for name in ("InstalmentPlanned", "InstalmentPaid", "SpendingNoted", "SpendingTakenBack"):
        assert names.count(name) == 1
    fund.spend(number, 700)
    assert len(fund.world.rows(Spending)) == 2, "what was taken back may be entered again"


def test_a_payment_that_was_a_mistake_is_planned_again_then_removed(fund: Fund) -> None:
    number = fund.approved()
    instalment = fund.pay(number, 10_000)
    asked = {"instalment_id": instalment, "was_paid": True}
    fund.do("take_back_instalment", fund.coordinator, number, **asked)
    assert grant_money.sums_of(fund.read(number)).paid == 0
    with pytest.raises(Refused):
        fund.do("take_back_instalment", fund.coordinator, number, **asked)
    assert len(fund.world.rows(Instalment)) == 1, "who answers the first question again removes nothing"
    fund.do("take_back_instalment", fund.coordinator, number, **asked | {"was_paid": False})
    assert fund.world.rows(Instalment) == []


def test_nothing_is_paid_or_spent_on_a_day_to_come(fund: Fund) -> None:
    number, tomorrow = fund.approved(), TODAY + timedelta(days=1)
    fund.do("add_instalment", fund.coordinator, number, due_on=tomorrow, amount=100)
    (row,) = fund.world.rows(Instalment)
    with pytest.raises(Invalid, match="paid_on"):
        fund.do("pay_instalment", fund.coordinator, number, instalment_id=row.id, paid_on=tomorrow, today=TODAY)
    with pytest.raises(Invalid, match="spent_on"):
        fund.do(
            "add_spending",
            fund.lead,
            number,
            spent_on=tomorrow,
            amount=100,
            what="Locks",
            receipt=None,
            today=TODAY,
        )


def test_money_of_a_grant_that_is_closed_or_not_approved_does_not_move(fund: Fund) -> None:
    asked, closed = fund.asked(), fund.approved(title="Older")
    instalment = fund.pay(closed, 100)
    fund.spend(closed, 50)
    (spending,) = fund.world.rows(Spending)
    fund.do("write_report", fund.lead, closed, text="Done", seen="")
    fund.do("close", fund.coordinator, closed, note=None)
    for number in (asked, closed):
        with pytest.raises(Refused):
            fund.do("add_instalment", fund.coordinator, number, due_on=TODAY, amount=100)
        with pytest.raises(Refused):
            fund.spend(number, 100)
        with pytest.raises(Refused):
            fund.do("write_report", fund.lead, number, text="Other", seen="")
    with pytest.raises(Refused):
        fund.do("take_back_instalment", fund.coordinator, closed, instalment_id=instalment, was_paid=True)
    with pytest.raises(Refused):
        fund.do("remove_spending", fund.lead, closed, spending_id=spending.id)


def test_it_is_closed_only_after_the_report(fund: Fund) -> None:
    number = fund.approved()
    with pytest.raises(Refused, match="report"):
        fund.do("close", fund.coordinator, number, note=None)
    with pytest.raises(NotFound):
        fund.do("write_report", fund.contributor, number, text="Not mine to write", seen="")


def test_two_leads_do_not_write_over_each_others_report(fund: Fund) -> None:
    number = fund.approved()
    fund.do("write_report", fund.lead, number, text="First", seen="")
    with pytest.raises(Stale):
        fund.do("write_report", fund.lead, number, text="Second", seen="")
    seen = grants.report_seen(fund.read(number))
    fund.do("write_report", fund.lead, number, text="Second, after reading the first", seen=seen)
    assert fund.read(number).report == "Second, after reading the first"


def test_the_number_of_another_grants_instalment_is_no_way_in(fund: Fund) -> None:
    one, other = fund.approved(), fund.approved(title="Other")
    instalment = fund.pay(one, 100)
    fund.spend(one, 50)
    (spending,) = fund.world.rows(Spending)
    office, lead = fund.world.client(fund.coordinator), fund.world.client(fund.lead)
    for path in ("pay", "take-back"):
        assert office.get(f"/grants/{other}/instalments/{instalment}/{path}").status_code == 404
    assert lead.get(f"/grants/{other}/spendings/{spending.id}/remove").status_code == 404


def test_others_see_nothing_of_a_grant(fund: Fund) -> None:
    number = fund.approved()
    world = fund.world
    stranger = world.person("Lim Vanna")
    world.organization("River Home", leads=(stranger,))
    other_mentor = world.person("Other Mentor", Role.MENTOR)
    for person in (stranger, other_mentor):
        for path in (f"/grants/{number}", f"/organizations/{fund.house.id}/grants", "/coalition/grants"):
            assert world.client(person).get(path).status_code == 404
    for person in (fund.mentor, fund.contributor):
        assert world.client(person).get(f"/grants/{number}").status_code == 200
        assert world.client(person).get(f"/grants/{number}/spendings/new").status_code == 404
        assert world.client(person).get("/coalition/grants.csv").status_code == 404


def test_the_coordinators_sums_add_up_by_year_and_kind(fund: Fund) -> None:
    first = fund.approved(40_000)
    fund.pay(first, 30_000)
    fund.spend(first, 12_345)
    fund.approved(10_000, kind=GrantKind.LEARNING, title="Course", starts_on=date(2026, 1, 1), requested=20_000)
    fund.do("withdraw", fund.lead, fund.asked(title="Never mind", requested=77_700))
    with fund.world.reading() as db:
        rows = grant_money.list_grants(db)
        found = grant_money.totals(rows)
        whole = grant_money.whole(rows)
    assert list(found) == [(2027, GrantKind.IMPROVEMENT), (2026, GrantKind.LEARNING)]
    sums = found[2027, GrantKind.IMPROVEMENT]
    assert (sums.requested, sums.approved, sums.paid, sums.spent) == (50_000, 40_000, 30_000, 12_345)
    assert (sums.to_pay, sums.left, sums.number) == (10_000, 17_655, 2)
    assert (whole.requested, whole.approved) == (70_000, 50_000)
    page = fund.world.client(fund.coordinator).get("/coalition/grants?year=2026").text
    assert "Course" in page
    assert "Locks" not in page


def test_the_table_to_download_holds_no_formula(fund: Fund) -> None:
    number = fund.approved(40_000, title="=HYPERLINK(1)")
    fund.spend(number, 105)
    answer = fund.world.client(fund.coordinator).get("/coalition/grants.csv")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert row["Title"] == "'=HYPERLINK(1)"
    assert (row["Approved"], row["Spent"], row["Paid, not spent"]) == ("400", "1.05", "-1.05")
    assert row["Currency"] == "USD"


def test_lists_and_pages_cost_no_more_statements_with_more_grants(fund: Fund) -> None:
    office, lead = fund.world.client(fund.coordinator), fund.world.client(fund.lead)
    number = fund.approved()
    fund.pay(number, 100)
    fund.spend(number, 1)
    pages = (
        (office, "/coalition/grants"),
        (office, "/coalition/grants.csv"),
        (lead, f"/organizations/{fund.house.id}/grants"),
        (lead, f"/grants/{number}"),
    )
    few = [fund.world.count_statements(lambda c=c, p=p: c.get(p)) for c, p in pages]  # type: ignore[misc]
    for each in range(8):
        fund.pay(number, 200 + each)
        fund.spend(number, 2 + each)
        fund.pay(fund.approved(title=f"Grant {each}"), 500)
    many = [fund.world.count_statements(lambda c=c, p=p: c.get(p)) for c, p in pages]  # type: ignore[misc]
    assert many == few
