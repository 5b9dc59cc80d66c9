"""A staff round from opening to what may be shown."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from charter.clock import now
from charter.config import Settings
from charter.database.assessments import Assessment, AssessmentState, FactAnswer
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import MemberRole
from charter.database.sessions import Attempt
from charter.database.staff_rounds import Sheet, SheetDraft, StaffCode, StaffRound
from charter.services.organizations import add_membership
from charter.services.sheets import MOST_WRONG
from charter.services.staff_reminders import remind_open_rounds
from charter.services.staff_rounds import close_due_rounds
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.staff_round_walks import Round
from tests.integration.application.worlds import World, post_form, token_in

pytestmark = on_sqlite_only
"""Pages and their words; what they ask of the database is asked on both in the tests of its services."""


def view_of(staff_round: Round) -> dict[str, Any]:
    """What may be shown of the only round."""
    (closed,) = staff_round.world.rows(StaffRound)
    assert closed.view is not None
    return dict(closed.view)


@pytest.fixture
def staff_round(world: World) -> Round:
    return Round(world)


def test_from_opening_to_the_median(staff_round: Round) -> None:
    names = staff_round.send_all(("3",), ("1",), ("3",), ("2",), ("dont-know",), ("3",))
    assert "The round is open" in staff_round.client.get(staff_round.address).text
    staff_round.close()
    assert "What the staff said" in staff_round.client.get(staff_round.address).text
    view = view_of(staff_round)
    first = view["criteria"][names[0]]
    assert (view["sheets"], view["codes"]) == (6, 6)
    assert (first["n"], first["median"], first["counts"]) == (5, 3, None)
    assert not staff_round.world.rows(SheetDraft)


def test_opening_begins_an_assessment_that_was_only_invited(staff_round: Round) -> None:
    (assessment,) = staff_round.world.rows(Assessment)
    assert assessment.state is AssessmentState.ANSWERING


def test_a_round_for_fewer_than_the_minimum_is_not_opened(world: World) -> None:
    lead = world.person("Sok Dara")
    _cycle, (assessment,) = world.cycle(world.organization("Hope House", leads=(lead,)))
    address = f"/member/assessments/{assessment.id}/staff-round"
    client = world.client(lead)
    assert "only if at least 5 people send a sheet" in client.get(address).text
    fields = {"staff": 4, "closes_on": (now() + timedelta(days=2)).date().isoformat(), "language": "en"}
    answer = post_form(client, f"{address}/open", fields, page=address)
    assert answer.status_code == 422
    assert "at least 5 people" in answer.text
    assert not world.rows(StaffRound)
    assert world.rows(Assessment)[0].state is AssessmentState.INVITED


def test_below_the_minimum_nothing_is_shown_not_even_the_number(staff_round: Round) -> None:
    staff_round.send_all(("3",), ("1",), ("3",), ("2",))
    staff_round.close()
    assert "Fewer than 5 people sent a sheet" in staff_round.client.get(staff_round.address).text
    view = view_of(staff_round)
    assert view["sheets"] == "<5"
    assert all(each["median"] is None for each in view["criteria"].values())


def test_what_is_saved_is_found_again_on_another_device(staff_round: Round) -> None:
    first = staff_round.enter(staff_round.codes[0])
    staff_round.fill(first, "2")
    second = staff_round.enter(staff_round.codes[0].lower().replace("-", " "))
    page = second.get(staff_round.parts(second)[0]).text
    assert re.search(r'value="2" checked', page)


def test_two_tabs_lose_nothing_of_one_another(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    first, second = staff_round.parts(device)[:2]
    pages = {part: device.get(part).text for part in (first, second)}
    names = {part: re.findall(r'name="(r-[^"]+)"', page)[0] for part, page in pages.items()}
    stale = device.get(first).text
    for part in (first, second):
        device.post(part, data={"csrf_token": token_in(pages[part]), names[part]: "1"})
    # The other tab shows the first part as it was, still without an answer, and saves it so.
    device.post(first, data={"csrf_token": token_in(stale)})
    assert all('value="1" checked' in device.get(part).text for part in (first, second))


def test_an_answer_can_be_taken_back(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    staff_round.fill(device, "1")
    staff_round.fill(device, "open")
    assert not staff_round.world.rows(SheetDraft)


def test_a_level_that_the_scale_lacks_is_refused(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    part = staff_round.parts(device)[0]
    page = device.get(part).text
    name = re.findall(r'name="(r-[^"]+)"', page)[0]
    answer = device.post(part, data={"csrf_token": token_in(page), name: "99"})
    assert answer.status_code == 422
    assert f'href="#{name}"' in answer.text
    assert not staff_round.world.rows(SheetDraft)


def test_a_sheet_is_sent_once_and_then_not_changed(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    staff_round.fill(device, "2")
    other_tab = staff_round.enter(staff_round.codes[0])
    part = staff_round.parts(other_tab)[0]
    page, sending = other_tab.get(part).text, other_tab.get("/answer/send").text
    assert "cannot be changed" in sending
    staff_round.send(device)
    name = re.findall(r'name="(r-[^"]+)"', page)[0]
    for address, fields in (("/answer/send", {}), (part, {name: "1"})):
        answer = other_tab.post(address, data={"csrf_token": token_in(page), **fields})
        assert answer.location.endswith("/answer/welcome")
    assert "was sent and cannot be changed" in staff_round.enter(staff_round.codes[0]).get("/answer/welcome").text
    (sheet,) = staff_round.world.rows(Sheet)
    assert list(sheet.ratings.values()) == [2]
    assert not staff_round.world.rows(SheetDraft)


def test_many_who_send_at_once_lose_nothing_and_nobody_counts_twice(staff_round: Round) -> None:
    codes = [*staff_round.codes[:4], staff_round.codes[0]]
    devices = [staff_round.enter(code) for code in codes]
    for number, device in enumerate(devices[:4], start=1):
        staff_round.fill(device, str(number))
    tokens = [token_in(device.get("/answer/send").text) for device in devices]
    with ThreadPoolExecutor(len(devices)) as threads:
        answers = list(
            threads.map(
                lambda device, token: device.post("/answer/send", data={"csrf_token": token}).status_code,
                devices,
                tokens,
            )
        )
    assert set(answers) <= {302, 409}
    assert sorted(value for sheet in staff_round.world.rows(Sheet) for value in sheet.ratings.values()) == [1, 2, 3, 4]
    assert sum(code.sent for code in staff_round.world.rows(StaffCode)) == 4


def test_an_empty_sheet_is_not_sent(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    answer = staff_round.send(device)
    assert answer.status_code == 409
    assert "nothing to send yet" in answer.text
    assert not staff_round.world.rows(Sheet)


def test_nothing_is_taken_after_the_close(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    staff_round.fill(device, "2")
    page = device.get("/answer/send").text
    staff_round.close()
    answer = device.post("/answer/send", data={"csrf_token": token_in(page)})
    assert answer.location.endswith("/answer/welcome")
    assert "No more answers can be given" in device.get("/answer/welcome").text
    assert not staff_round.world.rows(Sheet)
    assert not staff_round.world.rows(SheetDraft)


def test_a_wrong_code_is_told_so_and_opens_nothing(staff_round: Round) -> None:
    device = staff_round.world.client()
    answer = post_form(device, "/answer", {"code": "0000-0000-0000-0000"})
    assert answer.status_code == 422
    assert "There is no such code" in answer.text
    short = post_form(device, "/answer", {"code": "0000"})
    assert "This is no code" in short.text
    assert device.get("/answer/overview").location.endswith("/answer")
    (attempt,) = staff_round.world.rows(Attempt)
    assert (attempt.at.minute, attempt.at.second) == (0, 0)
    assert "127.0.0.1" not in attempt.key


def test_guessing_is_stopped_and_only_failures_are_counted(staff_round: Round) -> None:
    device = staff_round.world.client()
    with time_machine.travel(now().replace(minute=10), tick=False):
        staff_round.enter(staff_round.codes[0])
        token = token_in(device.get("/answer").text)
        for number in range(MOST_WRONG):
            answer = device.post("/answer", data={"code": f"{number:016d}", "csrf_token": token})
            assert answer.status_code == 422
        blocked = device.post("/answer", data={"code": staff_round.codes[0], "csrf_token": token})
        assert blocked.status_code == 429
    with time_machine.travel(now() + timedelta(hours=1)):
        staff_round.enter(staff_round.codes[0])


def test_an_edited_address_opens_no_other_part(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    assert device.get("/answer/part/nowhere").status_code == 404


def test_another_organizations_lead_finds_no_staff_round(staff_round: Round) -> None:
    stranger = staff_round.world.person("Chan Maly")
    staff_round.world.organization("New Roots", leads=(stranger,))
    client = staff_round.world.client(stranger)
    token = token_in(client.get("/answer").text)
    for path in ("", "/close"):
        assert client.get(staff_round.address + path).status_code == 404
    for path in ("/open", "/codes", "/slips", "/last-day", "/close", "/paper"):
        assert client.post(staff_round.address + path, data={"csrf_token": token}).status_code == 404
    (running,) = staff_round.world.rows(StaffRound)
    assert running.closed_at is None


def test_a_contributor_reads_the_page_and_changes_nothing(staff_round: Round) -> None:
    world = staff_round.world
    contributor = world.person("Chan Maly")
    with world.writing() as db:
        add_membership(
            db,
            None,
            person=db.merge(contributor),
            organization=db.get_one(Organization, staff_round.organization.id),
            role=MemberRole.CONTRIBUTOR,
        )
    client = world.client(contributor)
    page = client.get(staff_round.address)
    assert "The round is open" in page.text
    assert "Close the round" not in page.text
    token = token_in(page.text)
    for path in ("/open", "/codes", "/slips", "/last-day", "/close"):
        assert client.post(staff_round.address + path, data={"csrf_token": token}).status_code == 404


def test_a_form_that_is_sent_twice_makes_codes_once(staff_round: Round) -> None:
    page = staff_round.client.get(staff_round.address).text
    fields = {"csrf_token": token_in(page), "more-count": 3, "more-known": 6, "more-language": "km"}
    first = staff_round.client.post(f"{staff_round.address}/codes", data=fields)
    again = staff_round.client.post(f"{staff_round.address}/codes", data=fields)
    assert (first.status_code, again.status_code) == (200, 409)
    assert first.text.count("/answer?in=km#") == 3
    assert len(staff_round.world.rows(StaffCode)) == 9


def test_slips_are_a_pdf_with_every_code_of_the_page(staff_round: Round) -> None:
    import pypdfium2

    page = staff_round.client.get(staff_round.address).text
    fields = {"csrf_token": token_in(page), "more-count": 9, "more-known": 6, "more-language": "km"}
    shown = staff_round.client.post(f"{staff_round.address}/codes", data=fields).text
    packed = re.findall(r'name="codes" value="([^"]+)"', shown)
    slips = {"csrf_token": token_in(page), "language": "km", "codes": packed[0]}
    answer = staff_round.client.post(f"{staff_round.address}/slips", data=slips)
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    printed = "".join(sheet.get_textpage().get_text_range() for sheet in document)
    codes = re.findall(r"<code>([0-9A-Z-]{19})</code>", shown)
    assert len(document) == 2
    assert len(codes) == 9 and all(code in printed for code in codes)
    forged = {**slips, "codes": packed[0][:-4] + "AAAA"}
    assert staff_round.client.post(f"{staff_round.address}/slips", data=forged).status_code == 400


def test_a_second_round_can_be_opened_only_after_the_first_and_starts_empty(staff_round: Round) -> None:
    staff_round.send_all(("3",), ("1",))
    assert staff_round.open().status_code == 409
    staff_round.close()
    assert staff_round.open().status_code == 200
    second = max(staff_round.world.rows(StaffRound), key=lambda each: each.number)
    assert second.number == 2
    assert not staff_round.world.rows(Sheet, round_id=second.id)


def test_a_round_closes_by_itself_after_its_last_day(staff_round: Round, settings: Settings) -> None:
    staff_round.send_all(*[("3",)] * 5)
    with staff_round.world.writing() as db:
        assert close_due_rounds(db, settings) == 0
    with time_machine.travel(now() + timedelta(days=9)):
        late = staff_round.enter(staff_round.codes[5])
        assert "This staff round is over" in late.get("/answer/welcome").text
        with staff_round.world.writing() as db:
            assert close_due_rounds(db, settings) == 1
        with staff_round.world.writing() as db:
            assert close_due_rounds(db, settings) == 0
    assert view_of(staff_round)["sheets"] == 5


def test_the_last_day_can_be_moved_but_not_into_the_past(staff_round: Round) -> None:
    for days, status in ((10, 302), (-1, 422)):
        day = (now() + timedelta(days=days)).date()
        address = f"{staff_round.address}/last-day"
        answer = post_form(staff_round.client, address, {"day-closes_on": day.isoformat()}, page=staff_round.address)
        assert answer.status_code == status
    (running,) = staff_round.world.rows(StaffRound)
    assert running.closes_on == (now() + timedelta(days=10)).date()


def test_the_lead_is_reminded_once_for_each_last_day(staff_round: Round, settings: Settings) -> None:
    with staff_round.world.writing() as db:
        assert remind_open_rounds(db, settings) == 0
    with time_machine.travel(now() + timedelta(days=5)):
        for expected in (1, 0):
            with staff_round.world.writing() as db:
                assert remind_open_rounds(db, settings) == expected
    (mail,) = staff_round.world.rows(OutboxMail)
    link = re.findall(r"http\S+", mail.body)[0]
    assert staff_round.client.get(link.removeprefix(settings.public_url)).status_code == 200


def test_a_question_is_hidden_only_if_a_known_fact_says_so(world: World) -> None:
    staff_round = Round(world, pack="chab-dai-charter")
    device = staff_round.enter(staff_round.codes[0])
    conditional = "r-PR5.2"
    assert conditional in device.get("/answer/part/PR5").text
    with world.writing() as db:
        db.add(
            FactAnswer(
                assessment_id=staff_round.assessment.id,
                fact_id="services",
                value=["legal-aid"],
                version=1,
                updated_at=now(),
                updated_by_id=staff_round.lead.id,
            )
        )
    page = device.get("/answer/part/PR5").text
    assert conditional not in page
    assert "r-PR5.1" in page
