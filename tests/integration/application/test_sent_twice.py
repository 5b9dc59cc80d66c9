"""A form that is sent twice, because the answer to the first one got lost, counts once."""

from __future__ import annotations

import html
import io
import re
import threading
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import func, select

from charter.clock import now
from charter.config import Settings
from charter.database.assessments import Comment
from charter.database.cycles import Cycle
from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.grants import Grant
from charter.database.handled_forms import HandledForm
from charter.database.jobs import Job, JobState
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import Person, Role
from charter.database.plans import ActionStatus, ProgressNote
from charter.database.records import Visit
from charter.jobs import make_worker
from charter.services.handled_forms import KEPT
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.files import PDF
from tests.integration.application.tracked import Tracked, a_tracked_member
from tests.integration.application.worlds import World, token_in

ONCE = "This was sent twice. It is saved, once."
NOTE = {"text": "We began", "percent": "10"}


@pytest.fixture
def tracked(world: World) -> Tracked:
    return a_tracked_member(world)


class Form:
    """A form on a page that was loaded once, to be sent any number of times."""

    def __init__(self, client: FlaskClient, page: str, address: str | None = None) -> None:
        self.client, self.address = client, address or page
        text = client.get(page).text
        numbers = set(re.findall(r'name="form_number" value="([^"]+)"', text))
        assert len(numbers) == 1, f"one number for all forms of {page}"
        self.hidden = {"csrf_token": token_in(text), "form_number": numbers.pop()}

    def send(self, fields: Mapping[str, Any]) -> Any:
        files = {name: (io.BytesIO(PDF), "policy.pdf") for name, value in fields.items() if value is PDF}
        return self.client.post(self.address, data={**fields, **self.hidden, **files})


def count(world: World, *tables: Any) -> list[int]:
    with world.reading() as db:
        return [db.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def test_whatever_adds_something_adds_it_once(tracked: Tracked) -> None:
    """Everything of which there may be two that are alike."""
    member, world = tracked.member, tracked.world
    office = world.client(world.person("Chan Maly", Role.COORDINATOR))
    lead, mentor, public = world.client(member.lead), world.client(member.mentor), world.client()
    action = tracked.add()
    home, number, year = f"/organizations/{member.organization.id}", member.assessment.id, now().year
    own, criterion = f"/member/assessments/{number}", member.pack.criteria[0].id
    published = world.rows(Cycle)[0].published_pack_id
    new: list[tuple[Any, Form, dict[str, Any]]] = [
        (ProgressNote, Form(lead, f"/action/{action}", f"/action/{action}/notes"), NOTE),
        (
            Evidence,
            Form(lead, f"/action/{action}", f"/action/{action}/evidence/link"),
            {"link-url": "https://example.org/minutes", "link-title": "Minutes"},
        ),
        (Evidence, Form(lead, f"/action/{action}", f"/action/{action}/evidence/file"), {"file-file": PDF}),
        (
            Evidence,
            Form(lead, f"{own}/rate/{next(g.id for g in member.pack.all_groups if g.criteria)}",
                 f"{own}/evidence/{criterion}/link"),
            {"link-url": "https://example.org/policy", "link-title": "Policy"},
        ),
        (
            Comment,
            Form(mentor, f"/mentor/assessments/{number}", f"/mentor/assessments/{number}/comments"),
            {"text": "Well done"},
        ),
        (Visit, Form(mentor, f"{home}/visits/new"), {"visited_on": f"{year - 1}-03-01", "note": "We read the policy"}),
        (
            Grant,
            Form(lead, f"{home}/grants/new"),
            {"kind": "improvement", "title": "Locks", "purpose": "Two locks", "requested": "500",
             "own_contribution": "", "starts_on": f"{year + 1}-01-01", "ends_on": f"{year + 1}-06-30",
             "actions": [str(action)]},
        ),
        (
            Cycle,
            Form(office, "/coalition/cycles/add"),
            {"title": "Year two", "pack": str(published), "opens_on": f"{year + 1}-01-01",
             "closes_on": f"{year + 1}-03-01"},
        ),
        (
            Organization,
            Form(public, "/apply"),
            {"name": "New House", "contact_name": "Ny Bopha", "contact_email": "ny@example.org", "language": "km",
             "about": "We shelter children."},
        ),
    ]  # fmt: skip
    twice: list[Any] = []
    for table, form, fields in new:
        before = count(world, table, Event, OutboxMail)
        first = form.send(fields)
        assert first.status_code == 302, (table, first.status_code, re.findall(r"error[^<]*<[^<]*", first.text))
        after = count(world, table, Event, OutboxMail)
        assert after[0] == before[0] + 1, table
        again = form.send(fields)
        assert (again.status_code, again.location) == (302, first.location), table
        assert count(world, table, Event, OutboxMail) == after, table
        assert ONCE in form.client.get(again.location).text
        form.hidden["form_number"] = ""  # the control: without the page's number they are two
        form.send(fields)
        twice += [table] if count(world, table)[0] == before[0] + 2 else []
    assert {Evidence, Comment, Visit, Grant, Organization} <= set(twice)


def test_who_is_refused_because_of_their_own_first_try_is_told_that_it_is_saved(tracked: Tracked) -> None:
    """The person is invited already, the action is no longer open: both are their own doing."""
    world, lead = tracked.world, tracked.world.client(tracked.member.lead)
    people = f"/member/{tracked.member.organization.id}/people"
    invite = Form(lead, f"{people}/invite")
    invited = {"name": "Ny Bopha", "email": "bopha@example.org", "role": "contributor", "language": "km"}
    action = tracked.add()
    start = Form(lead, f"/action/{action}", f"/action/{action}/status")
    for form, fields in ((invite, invited), (start, {"name": "begin", "version": "1"})):
        first, mails = form.send(fields), len(world.rows(OutboxMail))
        again = form.send(fields)
        assert (first.status_code, again.status_code, again.location) == (302, 302, first.location)
        assert ONCE in lead.get(again.location).text
        assert len(world.rows(OutboxMail)) == mails
    assert len(world.rows(Person, email="bopha@example.org")) == 1


@on_sqlite_only
def test_other_words_another_page_and_another_person_are_no_repetition(tracked: Tracked) -> None:
    world, member = tracked.world, tracked.member
    lead, helper = world.client(member.lead), world.client(member.contributor)
    page = f"/action/{tracked.add()}"
    form = Form(lead, page, f"{page}/notes")
    form.send(NOTE)
    form.send({**NOTE, "text": "We began, with everybody"})  # who goes back and writes on
    form.send({**NOTE, "percent": "20"})
    Form(lead, page, f"{page}/notes").send(NOTE)
    other = Form(helper, page, f"{page}/notes")
    other.hidden["form_number"] = form.hidden["form_number"]
    other.send(NOTE)
    assert len(world.rows(ProgressNote)) == 5
    assert ONCE not in lead.get(page).text


@on_sqlite_only
def test_what_was_refused_is_not_taken_for_saved(tracked: Tracked) -> None:
    world, lead = tracked.world, tracked.world.client(tracked.member.lead)
    action = tracked.add()
    form = Form(lead, f"/action/{action}", f"/action/{action}/status")
    tracked.move(action, "begin", by=tracked.member.lead)
    finish = {"name": "finish", "version": "2"}
    assert "evidence" in html.unescape(lead.get(form.send(finish).location).text)
    assert world.rows(HandledForm) == []
    tracked.show(action)
    finish["version"] = str(tracked.action(action).version)
    assert form.send(finish).status_code == 302
    assert ONCE not in lead.get(f"/action/{action}").text
    assert tracked.action(action).status is ActionStatus.DONE


def test_both_at_once_are_one(tracked: Tracked) -> None:
    """As when a button is pressed twice: two processes have them at the same moment."""
    world, page = tracked.world, f"/action/{tracked.add()}"
    form = Form(world.client(tracked.member.lead), page, f"{page}/notes")
    cookie = form.client.get_cookie("charter")
    assert cookie is not None
    statuses = []

    def send() -> None:
        client = world.app.test_client()
        client.set_cookie("charter", cookie.value)
        statuses.append(client.post(form.address, data={**NOTE, **form.hidden}).status_code)

    threads = [threading.Thread(target=send) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert statuses == [302] * 4
    assert len(world.rows(ProgressNote)) == 1


@on_sqlite_only
def test_a_file_to_make_is_asked_for_once(tracked: Tracked) -> None:
    world, number = tracked.world, tracked.member.assessment.id
    lead = world.client(tracked.member.lead)
    tracked.member.answer_everything()
    form = Form(lead, f"/assessment/{number}/result", f"/assessment/{number}/reports")
    fields = {"format": "xlsx", "language": "en"}
    first = form.send(fields)
    assert first.status_code == 302
    with world.writing() as db:
        db.get_one(Job, first.location.rsplit("/", 1)[-1]).state = JobState.DONE
    assert form.send(fields).location == first.location
    assert len(world.rows(Job)) == 1


@on_sqlite_only
def test_it_is_forgotten_after_a_day(tracked: Tracked, settings: Settings) -> None:
    world, page = tracked.world, f"/action/{tracked.add()}"
    form = Form(world.client(tracked.member.lead), page, f"{page}/notes")
    form.send(NOTE)
    (row,) = world.rows(HandledForm)
    assert "We began" not in row.location and len(row.digest) == 64
    worker = make_worker(settings, world.engine)
    with time_machine.travel(now() + KEPT - timedelta(minutes=1), tick=False):
        worker.keep_time()
        assert len(world.rows(HandledForm)) == 1
    with time_machine.travel(now() + KEPT + timedelta(minutes=1), tick=False):
        worker.keep_time()
        assert world.rows(HandledForm) == []


@on_sqlite_only
def test_of_a_sheet_and_a_log_in_nothing_is_noted(world: World) -> None:
    person = world.person("Sok Dara")
    client = world.client()
    for page, fields in (
        ("/log-in", {"email": person.email, "password": "seven quiet rivers"}),
        ("/answer", {"code": "no such code"}),
    ):
        Form(client, page).send(fields)
    assert world.rows(HandledForm) == []


@on_sqlite_only
def test_it_costs_one_statement(tracked: Tracked) -> None:
    page = f"/action/{tracked.add()}"
    form = Form(tracked.world.client(tracked.member.lead), page, f"{page}/notes")
    form.send({**NOTE, "text": "first"})
    costs = tracked.world.count_statements(lambda: form.send({**NOTE, "text": "second"}))
    form.hidden["form_number"] = ""
    assert costs == tracked.world.count_statements(lambda: form.send({**NOTE, "text": "third"})) + 1
