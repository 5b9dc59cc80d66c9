"""The filled workbook: problems by cell, a preview, conflicts, and applying it."""

from __future__ import annotations

import html
import io
import re
from functools import cache
from typing import Any

import openpyxl
import pytest

from charter.database.assessments import AgreedRating, FactAnswer
from charter.database.jobs import Job
from charter.reports.form_workbook import form_workbook
from charter.services.workbooks import KIND, form_workbook_job
from questionnaires import load_pack
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World, token_in

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


@cache
def empty_form() -> bytes:
    return form_workbook(load_pack("safeguarding-basics"), language="en")


def filled(**given: Any) -> bytes:
    """The form with these ratings, facts or (rating, note) pairs typed into it, by code."""
    workbook = openpyxl.load_workbook(io.BytesIO(empty_form()))
    for sheet in workbook.worksheets[:-1]:
        places: dict[str, int] = {}
        for number, row in enumerate(sheet.iter_rows(), start=1):
            texts = {str(cell.value): cell.column for cell in row if cell.value is not None}
            if "Code" in texts:
                places = texts
                continue
            code = next((str(cell.value) for cell in row if cell.column == places.get("Code")), None)
            if code not in given or not places:
                continue
            value = given[code]
            rating, note = value if isinstance(value, tuple) else (value, None)
            sheet.cell(number, places.get("Rating") or places["Your answer"]).value = rating
            if note:
                sheet.cell(number, places["Note"]).value = note
    buffer = io.BytesIO()
    workbook.save(buffer)
    return buffer.getvalue()


def upload(member: Member, client: Any, content: bytes, name: str = "filled.xlsx") -> Any:
    page = f"{member.address}/workbook"
    return sent(client, page, page, file=(io.BytesIO(content), name))


def apply(member: Member, client: Any, preview: str, *, also: tuple[str, ...] = ()) -> Any:
    """Send the form of the preview as it stands, with more boxes ticked."""
    data: dict[str, Any] = {"csrf_token": token_in(preview), "criterion": list(also), "fact": []}
    for tag in re.findall(r"<input [^>]*>", preview):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        assert name is not None and value is not None
        if 'type="checkbox"' in tag and " checked" in tag:
            data[name[1]].append(html.unescape(value[1]))
        elif 'type="hidden"' in tag:
            data[name[1]] = html.unescape(value[1])
    return client.post(f"{member.address}/workbook/apply", data=data)


def ratings(member: Member) -> dict[str, tuple[Any, str | None]]:
    return {row.criterion_id: (row.rating, row.note) for row in member.world.rows(AgreedRating)}


def test_what_is_new_is_ticked_and_stored_once_that_is_confirmed(member: Member) -> None:
    client = member.world.client(member.lead)
    preview = upload(member, client, filled(R1=(3, "Minutes of May"), P1="4", team_size=12))
    assert preview.status_code == 200
    assert "3 · Working" in preview.text and "Minutes of May" in preview.text
    assert ratings(member) == {}
    assert apply(member, client, preview.text).status_code == 302
    assert ratings(member) == {"R1": (3, "Minutes of May"), "P1": (4, None)}
    assert [(row.fact_id, row.value) for row in member.world.rows(FactAnswer)] == [("team_size", 12)]
    page = client.get(member.address).text
    assert "Taken from the workbook: 2 answers, 1 facts." in page


def test_problems_are_named_by_cell_and_nothing_is_taken(member: Member) -> None:
    client = member.world.client(member.lead)
    response = upload(member, client, filled(R1=9, P1=3, team_size="many"))
    assert response.status_code == 422
    assert "2 things in the workbook must be put right" in response.text
    assert re.search(r"<td>[^<]*![A-Z]+[0-9]+</td>", response.text)
    assert ratings(member) == {} and member.world.rows(FactAnswer) == []


@pytest.mark.parametrize("content", [b"", b"no workbook", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_form_is_refused_in_words(member: Member, content: bytes) -> None:
    response = upload(member, member.world.client(member.lead), content)
    assert response.status_code == 422
    assert "Nothing was taken from it" in response.text or "Please choose a file" in response.text


def test_what_would_replace_an_answer_is_shown_and_not_ticked(member: Member) -> None:
    member.save("R1", 2, note="Ours")
    member.save("R3", 3)
    client = member.world.client(member.lead)
    preview = upload(member, client, filled(R1=4, R3=3, P1=3)).text
    assert "2 · Started" in preview and "4 · Working and checked" in preview
    assert "1 answer is the same as what is stored." in preview
    apply(member, client, preview)
    assert ratings(member) == {"R1": (2, "Ours"), "R3": (3, None), "P1": (3, None)}
    apply(member, client, upload(member, client, filled(R1=4)).text, also=("R1",))
    assert ratings(member)["R1"] == (4, "Ours")  # what the workbook leaves empty stays


def test_what_somebody_saved_since_the_preview_comes_back_and_is_not_overwritten(member: Member) -> None:
    client = member.world.client(member.lead)
    preview = upload(member, client, filled(R1=4, P1=3)).text
    member.save("R1", 2, by=member.contributor)
    response = apply(member, client, preview)
    assert response.status_code == 200
    assert "Please choose again for these: R1" in response.text and "2 · Started" in response.text
    assert ratings(member) == {"R1": (2, None), "P1": (3, None)}
    apply(member, client, response.text, also=("R1",))
    assert ratings(member)["R1"] == (4, None)


def test_a_workbook_of_another_organization_is_pointed_out(member: Member) -> None:
    preview = upload(member, member.world.client(member.lead), filled(**{"organization.name": "River House", "R1": 3}))
    assert "it is of “River House”" in preview.text


def test_the_sent_answers_are_checked_again(member: Member) -> None:
    client = member.world.client(member.lead)
    page, address = f"{member.address}/workbook", f"{member.address}/workbook/apply"
    own = '{"pack": "safeguarding-basics", "version": "1.0", "ratings": {"R1": 99}}'
    assert sent(client, page, address, answers=own, criterion="R1").status_code == 409
    for broken in ("", "[]", "{", "[" * 100_000):
        assert sent(client, page, address, answers=broken).status_code == 400
    assert ratings(member) == {}


def test_after_submission_a_workbook_changes_nothing(member: Member) -> None:
    client = member.world.client(member.lead)
    preview = upload(member, client, filled(R1=1)).text
    member.submitted()
    assert "nothing can be changed" in client.get(f"{member.address}/workbook").text
    assert apply(member, client, preview, also=("R1",)).status_code == 409
    assert ratings(member)["R1"] == (3, None)


def test_only_answers_that_are_open_are_offered(member: Member) -> None:
    member.submitted()
    member.ask_for_changes("R1")
    client = member.world.client(member.lead)
    preview = upload(member, client, filled(R1=4, P1=1)).text
    assert "(not open for changes)" in preview
    apply(member, client, preview, also=("R1", "P1"))
    assert ratings(member)["R1"][0] == 4 and ratings(member)["P1"][0] == 3


def test_the_empty_form_is_made_by_a_job_in_the_chosen_language(member: Member) -> None:
    member.world.sessions.configure(info={})  # no worker is there to be told of the job
    client = member.world.client(member.contributor)
    page = f"{member.address}/workbook"
    response = sent(client, page, f"{page}/form", **{"empty-kind": "workbook", "empty-language": "km"})
    (job,) = member.world.rows(Job)
    assert response.location.endswith(job.id)
    assert (job.kind, job.arguments) == (KIND, {"assessment": member.assessment.id, "language": "km"})
    with member.world.reading() as db:
        made = form_workbook_job(db, job.arguments, lambda _: None)
    assert made.name == "safeguarding-basics-form-km.xlsx"
    assert upload(member, member.world.client(member.lead), made.content).status_code == 200
    assert sent(client, page, f"{page}/form", **{"empty-kind": "workbook", "empty-language": "xx"}).status_code == 422
