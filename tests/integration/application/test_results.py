"""The result page, its charts, explanations and reports."""

from __future__ import annotations

import io
import re
from functools import partial

import openpyxl
import pypdf
import pytest
from flask import Flask

from charter.config import Settings
from charter.database.jobs import Job, JobState
from charter.jobs import make_worker
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


def result(member: Member) -> str:
    return f"/assessment/{member.assessment.id}/result"


def test_an_empty_result_says_what_to_do(member: Member) -> None:
    page = member.world.client(member.lead).get(result(member)).text
    assert "Nothing has been rated yet" in page


def test_lead_mentor_and_nobody_else_see_the_same_result(member: Member) -> None:
    member.submitted()
    for person in (member.lead, member.contributor, member.mentor):
        page = member.world.client(person).get(result(member))
        assert page.status_code == 200
        assert "67%" in page.text  # every rating is 3 of 1 to 4
    stranger = a_member(member.world, "Other House", title="Other")
    assert member.world.client(stranger.lead).get(result(member)).status_code == 404


def test_every_number_leads_to_where_it_comes_from(member: Member) -> None:
    member.submitted()
    client = member.world.client(member.lead)
    links = set(re.findall(r'href="([^"]*/explain/[^"]+)"', client.get(result(member)).text))
    assert len(links) > len(member.pack.criteria)
    for link in links:
        assert client.get(link).status_code == 200
    assert client.get(f"{result(member)}/explain/nothing").status_code == 404


@on_sqlite_only
def test_charts_are_pictures_with_their_texts(member: Member) -> None:
    member.submitted()
    client = member.world.client(member.lead)
    addresses = re.findall(r'src="([^"]*\.svg)"', client.get(result(member)).text)
    assert addresses
    for address in addresses:
        picture = client.get(address)
        assert picture.mimetype == "image/svg+xml"
        assert "<text" in picture.text  # on the web the browser shapes the letters
        again = client.get(address, headers={"If-None-Match": picture.headers["ETag"]})
        assert again.status_code == 304
        assert client.get(address.removesuffix(".svg")).status_code == 200
    assert client.get(f"/assessment/{member.assessment.id}/charts/none.svg").status_code == 404


@pytest.mark.parametrize("format_", ["pdf", "xlsx"])
def test_a_report_is_made_by_a_job_and_fetched(member: Member, settings: Settings, app: Flask, format_: str) -> None:
    member.submitted()
    client = member.world.client(member.lead)
    page = result(member)
    address = f"/assessment/{member.assessment.id}/reports"
    waiting = sent(client, page, address, language="km", format=format_).location
    assert "It is being made" in client.get(waiting).text
    # A second click is the same job.
    assert sent(client, page, address, language="km", format=format_).location == waiting
    worker = make_worker(settings, member.world.engine)
    assert worker.run_waiting() == 1
    assert worker.run_waiting() == 0
    assert "It is ready" in client.get(waiting).text
    file = client.get(f"{waiting}/file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert file.headers["X-Content-Type-Options"] == "nosniff"
    if format_ == "pdf":
        assert len(pypdf.PdfReader(io.BytesIO(file.data)).pages) > 4
    else:
        assert openpyxl.load_workbook(io.BytesIO(file.data)).sheetnames
    stranger = a_member(member.world, "Other House", title="Other")
    assert member.world.client(stranger.lead).get(waiting).status_code == 404
    # Nor under an assessment that is theirs.
    job_id = waiting.rsplit("/", 1)[1]
    own = f"/assessment/{stranger.assessment.id}/jobs/{job_id}"
    assert member.world.client(stranger.lead).get(own).status_code == 404


def test_a_job_that_cannot_be_done_fails_and_says_so(member: Member, settings: Settings) -> None:
    from charter.services.jobs import request_job

    with member.world.writing() as db:
        job = request_job(
            db,
            None,
            kind="assessment-report",
            arguments={"assessment": 0, "language": "en", "format": "pdf"},
            assessment_id=member.assessment.id,
        )
    worker = make_worker(settings, member.world.engine)
    worker.run(job.id)
    (stored,) = member.world.rows(Job)
    assert stored.state is JobState.FAILED
    page = member.world.client(member.lead).get(f"/assessment/{member.assessment.id}/jobs/{job.id}").text
    assert "It could not be made" in page


def test_a_job_runs_once_however_many_workers_are_told(member: Member, settings: Settings) -> None:
    from charter.services import jobs

    with member.world.writing() as db:
        job = jobs.request_job(db, None, kind="none", arguments={}, assessment_id=member.assessment.id)
    with member.world.writing() as db:
        assert jobs.claim_job(db, job.id) is not None
    with member.world.writing() as db:
        assert jobs.claim_job(db, job.id) is None


def test_earlier_years_stand_beside_this_one(member: Member) -> None:
    member.submitted()
    client = member.world.client(member.mentor)
    overview = f"/mentor/assessments/{member.assessment.id}"
    sent(client, overview, f"{overview}/close")
    import time_machine

    with time_machine.travel("2031-03-01", tick=True):
        _, (second,) = member.world.cycle(member.organization, title="Year two")
        again = Member(member.world, member.lead, member.contributor, member.mentor, member.organization, second)
        again.answer_everything(4)
        page = member.world.client(member.lead).get(result(again)).text
    assert "What has changed" in page
    assert "Year one" in page


def test_statements_of_the_result_do_not_grow_with_the_questionnaire(world: World) -> None:
    small = a_member(world, "Small House")
    large = a_member(world, "Large House", pack="chab-dai-charter", title="Large")
    counts = []
    for member in (small, large):
        member.answer_everything()
        client = world.client(member.lead)
        ask = partial(client.get, result(member))
        # Once a minute a page also notes when somebody was last seen; the lesser of two has not.
        counts.append(min(world.count_statements(ask) for _ in range(3)))
    assert counts[0] == counts[1]
