"""From a result to a change that a later assessment shows: a plan is made, committed, carried out and verified."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import time_machine
from playwright.sync_api import Locator, Page, expect

from charter.clock import now
from charter.database.assessments import Assessment
from charter.database.engine import make_engine
from charter.database.people import Person
from charter.database.plans import Action, ActionStatus, Decision, Plan, ProgressNote
from charter.jobs import Worker, make_worker
from charter.services.assessments import move, refresh
from tests.browser.sites import PHONE
from tests.browser.walks import Coalition, press, sees
from tests.integration.application.agreements import Member
from tests.integration.application.inboxes import Inbox, receiving

FOLLOWED = "SB-1"
"""The suggestion that is followed to its end, and the criterion that it is to raise."""
RAISED = "R1"
REASON = "Our partner does it for us."
NOTE = "Half of it is written, in words that everybody understands."
HELP = "Somebody who has written such a policy before."
OWN = "Ask the children what frightens them"


@dataclass
class Walk:
    """Who walks, the clock that everybody has, and the mail that has arrived."""

    coalition: Coalition
    clock: time_machine.Traveller
    inbox: Inbox
    worker: Worker

    def at(self, moment: datetime) -> None:
        """Much later; nobody is logged in any more."""
        self.clock.move_to(moment)

    def mails_to(self, person: Person) -> list[str]:
        """Let the worker do what is due and send its mail; gives what has arrived by then."""
        self.worker.keep_time()
        self.worker.deliver_mail()
        return [mail.get_content() for mail in self.inbox.mails if mail["To"] == person.email]

    def action(self, **equal: object) -> Action:
        """As it is stored now."""
        (found,) = self.coalition.world.rows(Action, **equal)
        return found


def test_from_a_result_to_a_change_that_is_measured(coalition: Coalition) -> None:
    member = _member(coalition)
    _close(member, {})
    start = now()
    monday = _monday(coalition, start + timedelta(days=84))
    with _walking(coalition) as walk:
        lead = coalition.browser_of(coalition.lead)
        _propose(walk, lead, member)
        _decide(walk, lead, due_on=monday.date() + timedelta(days=3))
        _commit(walk, lead)
        _agree(walk)

        walk.at(start + timedelta(days=31))
        _begin(walk)
        walk.at(start + timedelta(days=61))
        _ask_for_help(walk)
        walk.at(monday)
        _finish(walk, _link_in_the_digest(walk))
        _verify(walk)

        walk.at(monday + timedelta(days=30))
        _assess_again(member)
        _see_what_changed(walk)


@contextmanager
def _walking(coalition: Coalition) -> Iterator[Walk]:
    inbox = Inbox()
    here = coalition.settings.model_copy(update={"public_url": coalition.address})
    with receiving(inbox, here) as sending, time_machine.travel(now()) as clock:
        engine = make_engine(sending.database)
        try:
            yield Walk(coalition, clock, inbox, make_worker(sending, engine))
        finally:
            engine.dispose()


def _member(coalition: Coalition) -> Member:
    people = (coalition.lead, coalition.contributor, coalition.mentor)
    return Member(coalition.world, *people, coalition.house, coalition.begun())


def _close(member: Member, better: dict[str, int]) -> None:
    """Rated low but for what is better, submitted and closed."""
    member.answer_everything(1)
    for criterion, rating in better.items():
        member.save(criterion, rating)
    with member.world.writing() as db:
        row = db.get_one(Assessment, member.assessment.id)
        move(db, member.world.actor(db, member.lead), row, "submit")
        move(db, member.world.actor(db, member.mentor), row, "close")
        refresh(db, row)


def _monday(coalition: Coalition, moment: datetime) -> datetime:
    """The next Monday, at the hour when digests are written."""
    day = moment.astimezone(coalition.settings.zone).date()
    return datetime.combine(day + timedelta(days=7 - day.weekday()), time(6, 5), coalition.settings.zone)


def _propose(walk: Walk, page: Page, member: Member) -> None:
    """The lead begins the plan, reads the proposal, and has it worked out again within other limits."""
    page.goto(f"/assessment/{member.assessment.id}/result")
    page.get_by_role("button", name="Make your plan").click()
    sees(page, "A plan is being worked out.")
    assert walk.worker.run_waiting() == 1
    _comes_by_itself(page)
    sees(page, "What it is expected to change")
    first = page.locator("li.suggestion").count()

    page.get_by_label("How many months").fill("6")
    page.get_by_label("Days of work a month").fill("5")
    page.get_by_label("Actions at most").fill("7")
    page.get_by_role("button", name="Work it out again").click()
    sees(page, "A plan is being worked out.")
    assert walk.worker.run_waiting() == 1
    _comes_by_itself(page)
    assert page.locator("li.suggestion").count() == 7 < first
    expect(page.get_by_label("Days of work a month")).to_have_value("5")
    (plan,) = walk.coalition.world.rows(Plan)
    assert (plan.limits["months"], plan.limits["capacity_days"], plan.limits["max_actions"]) == (6, "5", 7)
    expect(_card(walk, page, FOLLOWED)).to_contain_text("must do")


def _comes_by_itself(page: Page) -> None:
    """The page looks every two seconds whether the plan is there."""
    expect(page.locator("main")).not_to_contain_text("A plan is being worked out.", timeout=20_000)


def _decide(walk: Walk, page: Page, *, due_on: date) -> None:
    """One must-do is declined, which takes a reason; another gets a person and a day; one action is the lead's own."""
    plan = page.url
    declined = next(
        each for each in walk.coalition.world.rows(Action, must_do=True) if each.pack_action not in (FOLLOWED, None)
    )
    assert declined.pack_action is not None
    _card(walk, page, declined.pack_action).get_by_role("link", name="Do not act").click()
    page.get_by_role("button", name="Do not act").click()
    expect(page.locator("main")).to_contain_text("Please")  # a must-do: not without a reason
    assert walk.action(id=declined.id).decision is Decision.OPEN
    page.get_by_label("Reason").fill(REASON)
    page.get_by_role("button", name="Do not act").click()
    expect(_card(walk, page, declined.pack_action)).to_contain_text(REASON)

    _card(walk, page, FOLLOWED).get_by_role("link", name="Look closer").click()
    page.get_by_label("Start").fill(now().date().isoformat())
    page.get_by_label("Due").fill(due_on.isoformat())
    page.get_by_label("Responsible", exact=True).select_option(label=walk.coalition.contributor.name)
    page.get_by_role("button", name="Save").click()
    sees(page, "Saved.")
    page.get_by_role("button", name="Act on all must-dos").click()
    sees(page, "You act on")

    page.get_by_role("link", name="Add an action of your own").click()
    page.get_by_label("Title").fill(OWN)
    page.get_by_label("Due").fill((due_on + timedelta(days=30)).isoformat())
    page.get_by_role("button", name="Add it").click()
    sees(page, "The action is part of the plan.")
    assert page.url.partition("#")[0] == plan.partition("#")[0]
    assert walk.action(id=declined.id).decision is Decision.NOT_ACT
    assert walk.action(title=OWN).decision is Decision.ACT


def _commit(walk: Walk, page: Page) -> None:
    page.get_by_role("link", name="Check and commit").click()
    sees(page, OWN)
    sees(page, REASON)
    sees(page, "Not decided, and left out")
    page.get_by_role("button", name="Commit the plan").click()
    sees(page, "The plan is committed. Your mentor is asked to agree.")
    assert {each.decision for each in walk.coalition.world.rows(Action)} == {Decision.ACT, Decision.NOT_ACT}


def _agree(walk: Walk) -> None:
    """The mentor finds the plan by the mail."""
    (asked,) = (each for each in walk.mails_to(walk.coalition.mentor) if "has committed the improvement plan" in each)
    page = walk.coalition.browser_of(walk.coalition.mentor)
    (link,) = re.findall(r"/plan/[0-9]+", asked)
    page.goto(link)
    page.get_by_role("button", name="I agree").click()
    sees(page, f"{walk.coalition.mentor.name} agreed on")
    assert walk.coalition.world.rows(Plan)[0].agreed_by_id == walk.coalition.mentor.id


def _begin(walk: Walk) -> None:
    """The owner, on a phone: from the list of actions to the action, and begun."""
    page = walk.coalition.browser_of(walk.coalition.contributor, screen=PHONE)
    followed = walk.action(pack_action=FOLLOWED)
    page.goto(f"/plan/{followed.plan_id}/actions")
    page.get_by_role("link", name=followed.title).first.click()
    press(page, f"form[action='/action/{followed.id}/status'] button[value=begin]")
    sees(page, "Saved: In progress")
    page.get_by_label("How does it go?").fill(NOTE)
    page.get_by_label("How far is it, in percent?").fill("40")
    press(page, "form[action$='/notes'] button")
    sees(page, NOTE)
    after = walk.action(pack_action=FOLLOWED)
    assert (after.status, after.percent) == (ActionStatus.IN_PROGRESS, 40)


def _ask_for_help(walk: Walk) -> None:
    """It is delayed, for want of help; the mentor reads that and answers; a link shows what there is so far."""
    followed = walk.action(pack_action=FOLLOWED)
    page = walk.coalition.browser_of(walk.coalition.contributor, screen=PHONE)
    page.goto(f"/action/{followed.id}")
    page.get_by_text("Something else has changed").click()
    page.get_by_label("It is delayed").check()
    page.get_by_label("Reason").fill("Nobody here has done this before.")
    press(page, "details form[action$='/status'] button")
    sees(page, "Saved: Delayed")
    press(page, f"a[href='/action/{followed.id}/details']")
    page.get_by_label("Help that you need").fill(HELP)
    press(page, "form button[type=submit]")
    sees(page, HELP)
    _add_link(page, "The draft", "https://example.org/draft")

    mentor = walk.coalition.browser_of(walk.coalition.mentor)
    mentor.goto(f"/action/{followed.id}")
    sees(mentor, HELP)
    mentor.get_by_label("How does it go?").fill("I will sit down with you on Friday.")
    press(mentor, "form[action$='/notes'] button")
    notes = walk.coalition.world.rows(ProgressNote, action_id=followed.id)
    assert [each.by_id for each in notes] == [walk.coalition.contributor.id, walk.coalition.mentor.id]


def _link_in_the_digest(walk: Walk) -> str:
    """Of the action in this Monday's mail, which has come to its owner over SMTP."""
    digests = [each for each in walk.mails_to(walk.coalition.contributor) if "Due this week:" in each]
    (digest,) = digests
    followed = walk.action(pack_action=FOLLOWED)
    assert digest.index("Due this week:") < digest.index(followed.title)
    (link,) = re.findall(rf"{re.escape(walk.coalition.address)}/action/{followed.id}\b", digest)
    return str(link)


def _finish(walk: Walk, link: str) -> None:
    page = walk.coalition.browser_of(walk.coalition.contributor, screen=PHONE)
    page.goto(link)
    sees(page, "If everything is done, say so.")
    _add_link(page, "The policy", "https://example.org/policy")
    press(page, "form[action$='/status'] button[value=finish]")
    sees(page, "Saved: Done")
    sees(page, "It waits for your mentor")
    expect(page.get_by_role("button", name="Verify it")).to_have_count(0)


def _verify(walk: Walk) -> None:
    followed = walk.action(pack_action=FOLLOWED)
    page = walk.coalition.browser_of(walk.coalition.mentor)
    page.goto(f"/action/{followed.id}")
    sees(page, "https://example.org/policy")
    press(page, "form[action$='/review'] button[value=verify]")
    sees(page, f"Verified by {walk.coalition.mentor.name}")
    after = walk.action(pack_action=FOLLOWED)
    assert (after.status, after.done_by_id, after.verified_by_id) == (
        ActionStatus.VERIFIED,
        walk.coalition.contributor.id,
        walk.coalition.mentor.id,
    )


def _assess_again(member: Member) -> None:
    """A year has its end: the next assessment, where one criterion is better."""
    _, (again,) = member.world.cycle(member.organization, title="Year two")
    people = (member.lead, member.contributor, member.mentor)
    _close(Member(member.world, *people, member.organization, again), {RAISED: 3})


def _see_what_changed(walk: Walk) -> None:
    """Beside each other: what was done, and what changed."""
    followed, others = walk.action(pack_action=FOLLOWED), walk.coalition.world.rows(Action, decision=Decision.ACT)
    page = walk.coalition.browser_of(walk.coalition.lead)
    page.goto(f"/plan/{followed.plan_id}")
    page.get_by_role("link", name="What really changed").click()
    sees(page, "From Year one to Year two.")
    sees(page, f"1 of {len(others)}")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=followed.title))
    done, changed = row.get_by_role("cell").all()
    expect(done).to_contain_text("Verified")
    expect(changed).to_contain_text(RAISED)
    expect(changed).to_contain_text(re.compile(r"1 · \S.* → 3 · \S.* Rose as far as expected"))
    own = page.get_by_role("row").filter(has=page.get_by_role("link", name=OWN))
    expect(own).to_contain_text("Not started")


def _card(walk: Walk, page: Page, pack_action: str) -> Locator:
    """The suggestion of that name on the page of the plan."""
    return page.locator(f"#action-{walk.action(pack_action=pack_action).id}")


def _add_link(page: Page, title: str, url: str) -> None:
    details = page.locator("details#add-evidence")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    page.locator("form[action$='/link'] input[type=url]").fill(url)
    page.locator("form[action$='/link'] input[name$=title]").fill(title)
    press(page, "form[action$='/evidence/link'] button")
    sees(page, title)
