"""Digests: to whom, when by the coalition's own clock, in which language, and how they are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
import time_machine

from charter.config import Settings
from charter.database.engine import transaction
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import MemberRole, Membership, Person, Role
from charter.database.plans import ActionStatus, Decision, Plan, PlanState
from charter.database.records import Visit
from charter.database.subscriptions import DigestRun, MailChoice, MailKind
from charter.services import accounts, leaving, organizations
from charter.services.assessments import move
from charter.services.digests import due_digests, write_digests
from charter.services.outbox import deliver_due
from charter.services.reminders import do_what_is_due
from charter.services.subscriptions import off_path
from tests.integration.application.inboxes import Inbox, receiving
from tests.integration.application.plan_rows import action, committed_plan
from tests.integration.application.worlds import World, post_form

ZONE = ZoneInfo("Asia/Phnom_Penh")
MONDAY = datetime(2027, 2, 15, 6, 0, tzinfo=ZONE)
"""A Monday in the middle of a month."""


@dataclass
class Coalition:
    world: World
    settings: Settings
    inbox: Inbox
    lead: Person
    contributor: Person
    mentor: Person
    coordinator: Person
    house: Organization
    plan: Plan

    def at(self, moment: datetime) -> list[EmailMessage]:
        """The worker's hour at that moment; gives the digests that arrived."""
        before = len(self.inbox.mails)
        with time_machine.travel(moment, tick=False):
            with transaction(self.world.sessions) as db:
                write_digests(db, self.settings)
            deliver_due(self.world.sessions, self.settings)
        return self.inbox.mails[before:]


@pytest.fixture
def coalition(world: World, settings: Settings) -> Iterator[Coalition]:
    inbox = Inbox()
    lead, contributor = world.person("Sok Dara"), world.person("Keo Sophea")
    mentor, coordinator = world.person("Ana Lim", Role.MENTOR), world.person("Chan Maly", Role.COORDINATOR)
    house = world.organization("Hope House", leads=(lead,), contributors=(contributor,), mentors=(mentor,))
    _, (assessment,) = world.cycle(house)
    plan = committed_plan(world, assessment)
    https = settings.model_copy(update={"public_url": "https://charter.example.org"})
    with receiving(inbox, https) as sending:
        yield Coalition(world, sending, inbox, lead, contributor, mentor, coordinator, house, plan)


def by_recipient(mails: list[EmailMessage]) -> dict[str, str]:
    assert len({mail["To"] for mail in mails}) == len(mails), "one digest each"
    return {str(mail["To"]).partition("@")[0]: mail.get_content() for mail in mails}


def test_on_monday_everybody_reads_what_is_due_for_them_and_the_lead_what_is_due_for_others(
    coalition: Coalition,
) -> None:
    world, plan = coalition.world, coalition.plan
    late = action(world, plan, "Write a policy", date(2027, 2, 12), owner=coalition.contributor)
    action(world, plan, "Train the staff", date(2027, 2, 21), owner=coalition.lead, supporters=(coalition.contributor,))
    action(world, plan, "Buy a lock", date(2027, 2, 22), owner=coalition.contributor)
    action(world, plan, "Paint the fence", date(2027, 3, 1), owner=coalition.contributor)
    mails = by_recipient(coalition.at(MONDAY))
    assert set(mails) == {"sok.dara", "keo.sophea", "ana.lim"}
    own = mails["keo.sophea"]
    overdue, this_week, next_week = own.index("Overdue:"), own.index("Due this week:"), own.index("Due next week:")
    assert overdue < own.index("Write a policy, was due on") < this_week
    assert this_week < own.index("Train the staff, due on February 21, 2027") < next_week
    assert next_week < own.index("Buy a lock")
    assert "Paint the fence" not in own
    assert f"https://charter.example.org/action/{late.id}" in own
    assert "Also due" not in own
    lead = mails["sok.dara"]
    assert "Also due or overdue at Hope House:" in lead
    assert "Write a policy, was due on February 12, 2027 (Keo Sophea)" in lead
    assert "Buy a lock" not in lead, "what is due next week is for the owner to know"
    assert "Hope House: Write a policy" in mails["ana.lim"]
    assert "https://charter.example.org/account/mails" in own


def test_there_is_no_digest_when_there_is_nothing_to_say(coalition: Coalition) -> None:
    action(coalition.world, coalition.plan, "Far away", date(2027, 6, 1), owner=coalition.lead)
    assert coalition.at(MONDAY) == []
    action(coalition.world, coalition.plan, "Since yesterday", date(2027, 2, 15), owner=coalition.lead)
    assert coalition.at(MONDAY + timedelta(days=1)) == [], "what was nothing on Monday is no mail on Tuesday"
    assert len(coalition.at(MONDAY + timedelta(days=7))) == 2


@pytest.mark.parametrize(
    ("state", "decision", "status"),
    [
        (PlanState.DRAFT, Decision.ACT, ActionStatus.NOT_STARTED),
        (PlanState.ENDED, Decision.ACT, ActionStatus.IN_PROGRESS),
        (PlanState.COMMITTED, Decision.OPEN, ActionStatus.NOT_STARTED),
        (PlanState.COMMITTED, Decision.NOT_ACT, ActionStatus.NOT_STARTED),
        (PlanState.COMMITTED, Decision.ACT, ActionStatus.DROPPED),
    ],
)
def test_only_what_was_decided_and_is_under_way_is_told_of(
    coalition: Coalition, state: PlanState, decision: Decision, status: ActionStatus
) -> None:
    world = coalition.world
    with world.writing() as db:
        db.get_one(Plan, coalition.plan.id).state = state
    action(world, coalition.plan, "Late", date(2027, 1, 5), owner=coalition.lead, decision=decision, status=status)
    assert coalition.at(MONDAY) == []


def test_the_day_begins_at_midnight_of_the_coalition_and_the_digest_comes_at_six(coalition: Coalition) -> None:
    action(coalition.world, coalition.plan, "Due on Sunday", date(2027, 2, 14), owner=coalition.lead)
    action(coalition.world, coalition.plan, "Due on Monday", date(2027, 2, 15), owner=coalition.lead)
    for early in (
        datetime(2027, 2, 14, 23, 59, tzinfo=ZONE),
        datetime(2027, 2, 15, 0, 1, tzinfo=ZONE),
        datetime(2027, 2, 15, 5, 59, tzinfo=ZONE),
    ):
        assert coalition.at(early) == []
    # Sunday, 23:00 in UTC, is Monday morning there.
    mails = by_recipient(coalition.at(datetime(2027, 2, 14, 23, 0, tzinfo=UTC)))
    assert "Due on Sunday, was due on February 14, 2027" in mails["sok.dara"]
    assert "Due on Monday, due on February 15, 2027" in mails["sok.dara"]


def test_a_worker_that_was_down_or_runs_twice_writes_one_digest(coalition: Coalition) -> None:
    action(coalition.world, coalition.plan, "Late", date(2027, 1, 5), owner=coalition.contributor)
    assert len(coalition.at(MONDAY + timedelta(days=2, hours=3))) == 3, "made up for on Wednesday"
    for later in range(1, 90):
        assert coalition.at(MONDAY + timedelta(days=2, hours=3 + later)) == []
    with coalition.world.writing() as db:
        db.query(DigestRun).delete()
    assert coalition.at(MONDAY + timedelta(days=2, hours=4)) == [], "the names of the mails say it as well"


def test_two_workers_at_the_same_time_write_one_digest_between_them(coalition: Coalition) -> None:
    action(coalition.world, coalition.plan, "Late", date(2027, 1, 5), owner=coalition.contributor)
    with time_machine.travel(MONDAY, tick=False):
        for _ in range(2):
            with transaction(coalition.world.sessions) as db:
                do_what_is_due(db, coalition.settings)
    digests = [row for row in coalition.world.rows(OutboxMail) if (row.once or "").startswith("digest")]
    assert len(digests) == len({row.recipient for row in digests}) == 3


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2027, 1, 31, 23, 59, tzinfo=ZONE), set()),  # a Sunday
        (datetime(2027, 2, 1, 0, 1, tzinfo=ZONE), set()),
        (datetime(2027, 2, 1, 6, 0, tzinfo=ZONE), {"2027-W05", "2027-02"}),  # a Monday that begins the month
        (datetime(2026, 12, 31, 23, 59, tzinfo=ZONE), {"2026-W53"}),  # a Thursday
        (datetime(2027, 1, 1, 0, 1, tzinfo=ZONE), set()),
        (datetime(2027, 1, 1, 6, 0, tzinfo=ZONE), {"2027-01"}),  # a Friday, still in week 53
        (datetime(2027, 5, 1, 12, 0, tzinfo=ZONE), set()),  # a Saturday
        (datetime(2027, 5, 2, 12, 0, tzinfo=ZONE), set()),
        (datetime(2027, 5, 3, 6, 0, tzinfo=ZONE), {"2027-W18", "2027-05"}),
        (datetime(2027, 5, 10, 23, 0, tzinfo=ZONE), {"2027-W19", "2027-05"}),
        (datetime(2027, 5, 11, 6, 0, tzinfo=ZONE), {"2027-W19"}),
        (datetime(2028, 2, 29, 23, 59, tzinfo=ZONE), {"2028-W09"}),
    ],
)
def test_weeks_months_and_years_begin_where_the_coalition_is(moment: datetime, expected: set[str]) -> None:
    assert {period.name for _, period in due_digests(moment)} == expected


def test_a_week_is_told_of_once_over_the_turn_of_the_year(coalition: Coalition) -> None:
    action(coalition.world, coalition.plan, "Late", date(2026, 12, 24), owner=coalition.contributor)
    assert len(coalition.at(datetime(2026, 12, 28, 6, 0, tzinfo=ZONE))) == 3
    assert coalition.at(datetime(2026, 12, 31, 23, 59, tzinfo=ZONE)) == []
    new_year = by_recipient(coalition.at(datetime(2027, 1, 1, 6, 0, tzinfo=ZONE)))
    assert set(new_year) == {"chan.maly"}, "the week has had its digest; the month begins"
    assert "Verified in December 2026: 0" in new_year["chan.maly"]


def test_a_mentor_reads_what_waits_for_them(coalition: Coalition) -> None:
    world, plan = coalition.world, coalition.plan
    action(world, plan, "Lock the medicine away", date(2027, 3, 1), status=ActionStatus.DONE)
    action(world, plan, "Find a trainer", date(2027, 3, 1), help_needed="Who could do it?")
    other = world.organization("River Home", leads=(world.person("Lim Vanna"),))
    _, (theirs,) = world.cycle(other, title="Year two")
    action(world, committed_plan(world, theirs), "Not theirs", date(2027, 1, 1))
    with world.writing() as db:
        db.add_all(
            Visit(
                organization_id=coalition.house.id,
                mentor_id=coalition.mentor.id,
                visited_on=on,
                next_on=following,
                note="x",
                created_at=datetime(2027, 1, 1, tzinfo=UTC),
            )
            for on, following in ((date(2026, 12, 1), date(2027, 1, 3)), (date(2027, 1, 3), date(2027, 2, 17)))
        )
        assessment = db.get_one(type(theirs), plan.assessment_id)
        move(db, world.actor(db, coalition.lead), assessment, "begin")
        move(db, world.actor(db, coalition.lead), assessment, "submit")
        assessment.state_since = datetime(2027, 1, 31, 17, 30, tzinfo=UTC)
    text = by_recipient(coalition.at(MONDAY))["ana.lim"]
    assert "Hope House, since February 1, 2027" in text
    assert f"https://charter.example.org/mentor/assessments/{plan.assessment_id}" in text
    assert text.index("verify them:") < text.index("Lock the medicine away") < text.index("Help is needed:")
    assert text.index("Help is needed:") < text.index("Find a trainer")
    assert "Who could do it?" not in text, "it is read on the page"
    assert text.count("Hope House, on February 17, 2027") == 1
    assert "January 3, 2027" not in text
    assert "Not theirs" not in text


def test_the_office_reads_numbers_once_a_month(coalition: Coalition) -> None:
    world, plan = coalition.world, coalition.plan
    for number in range(3):
        action(world, plan, f"Late {number}", date(2027, 1, 5), owner=coalition.lead)
    action(world, plan, "Done", date(2027, 1, 5), status=ActionStatus.DONE)
    for verified_at in (
        datetime(2027, 1, 31, 16, 59, tzinfo=UTC),  # 23:59 in Phnom Penh
        datetime(2027, 1, 31, 17, 1, tzinfo=UTC),  # 00:01 on the first of February
    ):
        action(
            world,
            plan,
            "Verified",
            date(2027, 1, 5),
            status=ActionStatus.VERIFIED,
            verified_at=verified_at,
            verified_by_id=coalition.mentor.id,
            done_by_id=coalition.lead.id,
        )
    text = by_recipient(coalition.at(datetime(2027, 2, 1, 6, 0, tzinfo=ZONE)))["chan.maly"]
    assert "Actions under way: 3" in text
    assert "Overdue: 3" in text
    assert "Done, not verified yet: 1" in text
    assert "Verified in January 2027: 1" in text
    assert "• Hope House: 3" in text


def test_a_mentor_may_have_it_monthly_instead(coalition: Coalition) -> None:
    action(coalition.world, coalition.plan, "Late", date(2027, 1, 5))
    client = coalition.world.client(coalition.mentor)
    page = client.get("/account/mails").text
    assert page.count("checked") == 2
    assert "Your members, monthly" in page
    answer = post_form(client, "/account/mails", {"kinds": ["caseload-monthly"]})
    assert answer.status_code == 302
    assert "ana.lim" not in by_recipient(coalition.at(MONDAY))
    assert "ana.lim" in by_recipient(coalition.at(datetime(2027, 3, 1, 6, 0, tzinfo=ZONE)))


def test_nobody_gets_a_digest_who_left_whose_account_is_closed_or_whose_organization_left(coalition: Coalition) -> None:
    world, plan = coalition.world, coalition.plan
    gone, closed = world.person("Gone Person"), world.person("Closed Person")
    with world.writing() as db:
        for person in (gone, closed):
            organizations.add_membership(
                db, None, person=db.merge(person), organization=db.merge(coalition.house), role=MemberRole.CONTRIBUTOR
            )
    for owner in (gone, closed):
        action(world, plan, "Late", date(2027, 1, 5), owner=owner)
    with world.writing() as db:
        coordinator = world.actor(db, coalition.coordinator)
        membership = next(each for each in db.query(Membership) if each.person_id == gone.id)
        organizations.end_membership(db, coordinator, membership=membership)
        db.get_one(Person, closed.id).disabled_at = MONDAY
    assert set(by_recipient(coalition.at(MONDAY))) == {"sok.dara", "ana.lim"}
    with world.writing() as db:
        leaving.mark_left(
            db,
            world.actor(db, coalition.coordinator),
            organization=db.get_one(Organization, coalition.house.id),
            left_on=date(2027, 2, 16),
            retention_days=365,
        )
    assert coalition.at(MONDAY + timedelta(days=7)) == []


@pytest.mark.parametrize("language", ["en", "km", "vi"])
def test_a_digest_is_in_its_readers_language(coalition: Coalition, language: str) -> None:
    world = coalition.world
    with world.writing() as db:
        accounts.set_language(db, world.actor(db, coalition.lead), language)
    action(world, coalition.plan, "សរសេរគោលការណ៍", date(2027, 2, 17), owner=coalition.lead)
    (mail,) = coalition.at(MONDAY)
    assert mail["Content-Language"] == language
    day = {"en": "February 17, 2027", "km": "17 កុម្ភៈ 2027", "vi": "17 tháng 2, 2027"}[language]
    assert day in mail.get_content()
    assert "សរសេរគោលការណ៍" in mail.get_content()


def test_a_mail_program_stops_a_digest_with_one_click(coalition: Coalition) -> None:
    world = coalition.world
    action(world, coalition.plan, "Late", date(2027, 1, 5), owner=coalition.contributor)
    mail = next(each for each in coalition.at(MONDAY) if each["To"].startswith("keo.sophea"))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    assert address.startswith("https://charter.example.org/mails/off/")
    path = address.removeprefix("https://charter.example.org")
    stranger = world.client()
    assert "Stop these mails?" in stranger.get(path).text
    assert world.rows(MailChoice) == [], "mail programs look at links"
    answer = stranger.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert stranger.post(path, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    (choice,) = world.rows(MailChoice)
    assert (choice.person_id, choice.kind, choice.wanted) == (coalition.contributor.id, MailKind.ACTIONS, False)
    assert set(by_recipient(coalition.at(MONDAY + timedelta(days=7)))) == {"sok.dara", "ana.lim"}
    client = world.client(coalition.contributor)
    assert client.get("/account/mails").text.count("checked") == 1
    post_form(client, "/account/mails", {"kinds": ["actions", "due-dates"]})
    assert "keo.sophea" in by_recipient(coalition.at(MONDAY + timedelta(days=14)))


def test_a_changed_token_stops_nobodys_mails(coalition: Coalition) -> None:
    mine = off_path(coalition.settings, coalition.lead.id, MailKind.ACTIONS)
    number, kind, signature = mine.removeprefix("/mails/off/").split(".")
    for token in (
        f"{coalition.mentor.id}.{kind}.{signature}",
        f"{number}.due-dates.{signature}",
        f"{number}.{kind}.{signature[:-1]}",
        f"{number}.nonsense.{signature}",
        f"{number}.{kind}",
        f"²{number}.{kind}.{signature}",
        "é",
    ):
        answer = coalition.world.client().post(f"/mails/off/{token}", data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 404, token
    assert coalition.world.rows(MailChoice) == []


def test_people_choose_only_among_mails_that_they_may_get(coalition: Coalition) -> None:
    client = coalition.world.client(coalition.lead)
    answer = post_form(client, "/account/mails", {"kinds": ["coalition"]})
    assert answer.status_code == 422
    assert coalition.world.rows(MailChoice) == []


def test_whoever_wants_no_reminders_of_due_days_gets_none(coalition: Coalition) -> None:
    world = coalition.world
    post_form(world.client(coalition.lead), "/account/mails", {"kinds": ["actions"]})
    with world.reading() as db:
        day = db.get_one(Plan, coalition.plan.id).assessment.due_on
    moment = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    with time_machine.travel(moment, tick=False), transaction(world.sessions) as db:
        do_what_is_due(db, coalition.settings)
    reminded = {row.recipient for row in world.rows(OutboxMail) if (row.once or "").startswith("assessment")}
    assert reminded == {"keo.sophea@example.org"}


def test_the_number_of_statements_does_not_grow(coalition: Coalition) -> None:
    world = coalition.world

    def write(moment: datetime) -> int:
        with time_machine.travel(moment, tick=False), transaction(world.sessions) as db:
            return world.count_statements(lambda: write_digests(db, coalition.settings))

    action(world, coalition.plan, "Late", date(2027, 1, 5), owner=coalition.contributor)
    few = write(datetime(2027, 2, 1, 6, 0, tzinfo=ZONE))
    for number in range(8):
        lead, mentor = world.person(f"Lead {number}"), world.person(f"Mentor {number}", Role.MENTOR)
        house = world.organization(f"House {number}", leads=(lead,), mentors=(mentor,))
        _, (assessment,) = world.cycle(house, title=f"Cycle {number}")
        plan = committed_plan(world, assessment)
        for each in range(5):
            action(world, plan, f"Late {each}", date(2027, 1, 5), owner=lead, supporters=(coalition.lead,))
    before = len(world.rows(OutboxMail))
    many = write(datetime(2027, 3, 1, 6, 0, tzinfo=ZONE))
    assert len(world.rows(OutboxMail)) - before == 20
    assert many <= few
