"""What is promised to the staff, tried on dumps of the database, on its files, on logs and on everybody's pages."""

from __future__ import annotations

import gzip
import json
import logging
import re
import time
import types
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from gunicorn.config import Config
from gunicorn.glogging import Logger
from sqlalchemy import make_url, text
from werkzeug.serving import WSGIRequestHandler

from charter.config import Settings
from charter.database.base import Base
from charter.database.events import Event
from charter.database.people import MemberRole, Role
from charter.database.staff_rounds import Sheet, SheetDraft, StaffCode, StaffRound
from charter.services.organizations import add_membership, assign_mentor
from charter.services.staff_codes import code_digest, draft_place, read_code
from charter.web.access_log import LOGGERS
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.staff_round_walks import Round
from tests.integration.application.worlds import World, token_in

Dump = dict[str, dict[str, str]]
CHANGING = re.compile(r'nonce="[^"]*"|name="(?:csrf_token|form_number)" value="[^"]*"|datetime="[^"]*">[^<]*')
SHEETS = tuple((str(level), str(other)) for level in (1, 2, 3, 4) for other in (1, 2))
"""Eight sheets, each unlike the others."""


@pytest.fixture
def staff_round(world: World) -> Round:
    return Round(world, staff=8)


def dump(world: World) -> Dump:
    """Every row of every table as text, by table and primary key."""
    found: Dump = {}
    with world.reading() as db:
        for table in Base.metadata.sorted_tables:
            keys = [column.name for column in table.primary_key]
            for row in db.execute(table.select()).mappings():
                name = json.dumps([str(row[key]) for key in keys])
                found.setdefault(table.name, {})[name] = json.dumps(dict(row), default=repr, sort_keys=True)
    return found


def changed(before: Dump, after: Dump) -> set[str]:
    """Tables in which anything is not as it was."""
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def file_of(settings: Settings) -> bytes:
    """The database's file, or nothing where it is a server's."""
    url = make_url(settings.database)
    return Path(str(url.database)).read_bytes() if url.get_backend_name() == "sqlite" else b""


def secrets_of(settings: Settings, code: str) -> list[bytes]:
    """Everything that leads to a code, in the forms in which it may have been written down."""
    plain = read_code(code)
    assert plain is not None
    return [code.encode(), plain.encode(), draft_place(settings.key, plain).encode()]


def test_before_and_after_each_sending_only_random_ids_relate(staff_round: Round, settings: Settings) -> None:
    world = staff_round.world
    for number, ratings in enumerate(SHEETS[:4]):
        device = staff_round.enter(staff_round.codes[number])
        staff_round.fill(device, *ratings)
        before = dump(world)
        staff_round.send(device)
        after = dump(world)
        assert changed(before, after) == {"event", "sheet", "sheet_draft", "staff_code"}
        assert not before.get("sheet", {}).keys() & after["sheet"].keys(), "a sheet kept its id"
        assert before["staff_code"].keys() == after["staff_code"].keys()
        codes = " ".join(after["staff_code"].values())
        for row in world.rows(Sheet):
            assert vars(row).keys() - {"_sa_instance_state"} == {"id", "round_id", "ratings"}
            assert row.id not in codes
        everything = json.dumps(after)
        assert not [each for each in secrets_of(settings, staff_round.codes[number]) if each.decode() in everything]


def test_a_draft_says_nothing_without_its_code(staff_round: Round, settings: Settings) -> None:
    device = staff_round.enter(staff_round.codes[0])
    names = staff_round.fill(device, "3", "1")
    (few,) = staff_round.world.rows(SheetDraft)
    digests = [row.code_digest for row in staff_round.world.rows(StaffCode)]
    assert few.draft_key not in digests
    everything = json.dumps(dump(staff_round.world)).encode() + file_of(settings) + few.ciphertext
    plain = read_code(staff_round.codes[0])
    assert plain is not None
    assert f'"{names[0]}":3'.encode() not in everything
    assert plain.encode() not in everything and staff_round.codes[0].encode() not in everything
    staff_round.fill(device, *(["2"] * len(names)))
    (many,) = staff_round.world.rows(SheetDraft)
    assert len(few.ciphertext) == len(many.ciphertext), "its length tells how much was answered"


def test_a_draft_holds_no_time(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    staff_round.fill(device, "3")
    (draft,) = staff_round.world.rows(SheetDraft)
    # A Fernet token would begin with its version and the second in which it was made.
    assert not draft.ciphertext.startswith(b"gAAAA")
    second = int.from_bytes(draft.ciphertext[1:9])
    assert abs(second - time.time()) > 366 * 24 * 3600  # a random one is as near once in a thousand million
    assert SheetDraft.__table__.columns.keys() == ["draft_key", "round_id", "ciphertext"]


def test_after_the_close_nothing_in_dump_or_file_leads_from_a_code_to_a_sheet(
    staff_round: Round, settings: Settings
) -> None:
    world = staff_round.world
    staff_round.send_all(*SHEETS[:6])
    waiting = staff_round.enter(staff_round.codes[6])
    staff_round.fill(waiting, "3")
    sheets_before = {row.id for row in world.rows(Sheet)}
    drafts_before = world.rows(SheetDraft)
    staff_round.close()
    everything = json.dumps(dump(world)).encode() + file_of(settings)
    for code in staff_round.codes:
        assert not [each for each in secrets_of(settings, code) if each in everything]
    assert not [each for each in sheets_before if each.encode() in everything]
    assert drafts_before and all(draft.ciphertext not in everything for draft in drafts_before)
    assert not world.rows(SheetDraft)
    assert not any(row.sent for row in world.rows(StaffCode)), "who has sent is not forgotten"
    assert len(world.rows(Sheet)) == 6


def test_events_hold_the_day_and_nothing_that_says_whose_or_which(staff_round: Round, settings: Settings) -> None:
    staff_round.send_all(*SHEETS[:3])
    staff_round.close()
    events = staff_round.world.rows(Event)
    sent = [event for event in events if event.name == "SheetSent"]
    assert len(sent) == 3
    for event in sent:
        local = event.at.astimezone(settings.zone)
        assert (local.hour, local.minute, local.second) == (0, 0, 0)
        assert (event.actor_id, event.organization_id, event.assessment_id) == (None, None, None)
        assert (event.reason, event.data) == (None, {})
    (closed,) = [event for event in events if event.name == "StaffRoundClosed"]
    assert closed.data["sheets"] == "<5"
    digests = [row.code_digest for row in staff_round.world.rows(StaffCode)]
    ids = [row.id for row in staff_round.world.rows(Sheet)]
    told = json.dumps([event.data for event in events])
    assert not [each for each in (*digests, *ids) if each in told]


def test_where_rows_lie_tells_no_order(staff_round: Round, settings: Settings) -> None:
    """By chance both orders agree once in forty thousand times."""
    world = staff_round.world
    names = staff_round.send_all(*SHEETS)
    sheets = [{names[0]: int(first), names[1]: int(second)} for first, second in SHEETS]
    digests = [code_digest(settings.key, read_code(code) or "") for code in staff_round.codes]
    for closed in (False, True):
        if closed:
            staff_round.close()
        lie_sheets, lie_codes = _places(world, settings)
        in_file = [ratings for _place, ratings in sorted(lie_sheets, key=lambda each: each[0])]
        codes_in_file = [digest for _place, digest in sorted(lie_codes)]
        assert len(in_file) == len(codes_in_file) == len(SHEETS)
        assert sorted(map(str, in_file)) == sorted(map(str, sheets))
        assert in_file not in (sheets, sheets[::-1])
        assert codes_in_file not in (digests, digests[::-1])


def _places(world: World, settings: Settings) -> tuple[list[tuple[Any, Any]], list[tuple[Any, str]]]:
    """Sheets and codes with the place where they lie: an offset in the file, or PostgreSQL's."""
    with world.reading() as db:
        if db.get_bind().dialect.name == "postgresql":
            numbers = {row[0] for row in db.execute(text("SELECT xmin::text FROM sheet"))}
            numbers |= {row[0] for row in db.execute(text("SELECT xmin::text FROM staff_code"))}
            assert len(numbers) == 1, "transactions tell who sent what"
            sheets = [
                (place, json.loads(ratings)) for place, ratings in db.execute(text("SELECT ctid, ratings FROM sheet"))
            ]
            return sheets, [tuple(row) for row in db.execute(text("SELECT ctid, code_digest FROM staff_code"))]
    content = file_of(settings)
    sheets = [(content.index(row.id.encode()), row.ratings) for row in world.rows(Sheet)]
    return sheets, [(content.index(row.code_digest.encode()), row.code_digest) for row in world.rows(StaffCode)]


@on_sqlite_only
def test_no_page_of_anybody_changes_when_a_sheet_is_sent(staff_round: Round) -> None:
    """Then nobody can count, or learn from a page who has sent. For the audit of coordinators see the next test."""
    world = staff_round.world
    contributor, mentor, coordinator = (
        world.person("Chan Maly"),
        world.person("Keo Bopha", Role.MENTOR),
        world.person("Ly Vanna", Role.COORDINATOR),
    )
    with world.writing() as db:
        organization = db.merge(staff_round.organization)
        add_membership(db, None, person=db.merge(contributor), organization=organization, role=MemberRole.CONTRIBUTOR)
        assign_mentor(db, None, mentor=db.merge(mentor), organization=organization)
    device = staff_round.enter(staff_round.codes[0])
    staff_round.fill(device, "3")
    clients = [world.client(each) for each in (staff_round.lead, contributor, mentor, coordinator)]
    addresses = [each for each in _addresses(world.app, staff_round) if not each.startswith("/coalition/audit")]
    assert staff_round.address in addresses
    before = [_shown(client, address) for client in clients for address in addresses]
    staff_round.send(device)
    after = [_shown(client, address) for client in clients for address in addresses]
    assert sum(status == 200 for status, _page in before) > 8
    assert before == after


def test_the_audit_of_an_organization_does_not_change_when_a_sheet_is_sent(staff_round: Round) -> None:
    coordinator = staff_round.world.client(staff_round.world.person("Ly Vanna", Role.COORDINATOR))
    device = staff_round.enter(staff_round.codes[0])
    staff_round.fill(device, "3")
    address = f"/coalition/audit?organization={staff_round.organization.id}"
    before = _rows_of(_shown(coordinator, address)[1])
    staff_round.send(device)
    assert before == _rows_of(_shown(coordinator, address)[1])
    assert len(before) > 3


def _rows_of(page: str) -> list[str]:
    return re.findall(r"<tr>.*?</tr>", page, re.DOTALL)


@on_sqlite_only
def test_nobody_is_shown_a_sheet_after_the_close(staff_round: Round) -> None:
    world = staff_round.world
    staff_round.send_all(*SHEETS[:6])
    staff_round.close()
    coordinator = world.person("Ly Vanna", Role.COORDINATOR)
    ids = [row.id for row in world.rows(Sheet)] + [row.code_digest for row in world.rows(StaffCode)]
    for client in (staff_round.client, world.client(coordinator)):
        for address in _addresses(world.app, staff_round):
            _status, page = _shown(client, address)
            assert not [each for each in ids if each in page], address


def _addresses(app: Flask, staff_round: Round) -> list[str]:
    """Every page that is reached with nothing but the ids of this assessment."""
    known = {
        "assessment_id": staff_round.assessment.id,
        "organization_id": staff_round.organization.id,
        "cycle_id": staff_round.assessment.cycle_id,
    }
    adapter = app.url_map.bind("localhost")
    return [
        adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments})
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.arguments <= known.keys() and rule.endpoint != "static"
    ]


def _shown(client: Any, address: str) -> tuple[int, str]:
    answer = client.get(address)
    is_text = (answer.mimetype or "").startswith(("text/", "application/json"))
    return answer.status_code, CHANGING.sub("", answer.get_data(as_text=True)) if is_text else ""


@pytest.fixture
def lines() -> Iterator[list[str]]:
    """What the access logs of both servers take down."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    keeper = Keeper()
    loggers = [logging.getLogger(name) for name in LOGGERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(keeper)
        logger.setLevel(logging.INFO)
    yield found
    for logger, level in zip(loggers, levels, strict=True):
        logger.removeHandler(keeper)
        logger.setLevel(level)


@pytest.mark.parametrize(
    ("path", "referrer", "kept"),
    [
        ("/answer", "", False),
        ("/answer/part/PR1", "", False),
        ("/static/answer.js", "", False),
        ("/static/fonts.css", "http://localhost/answer/overview", False),
        ("/answers", "", True),
        ("/log-in", "", True),
    ],
)
def test_gunicorn_takes_down_no_line_of_a_staff_page(
    app: Flask, lines: list[str], path: str, referrer: str, kept: bool
) -> None:
    settings = Config()
    settings.set("accesslog", "-")
    logger = Logger(settings)
    response = types.SimpleNamespace(status="200 OK", sent=10, headers=[], response_length=10)
    request = types.SimpleNamespace(headers=[], uri=path)
    environ = {
        "REQUEST_METHOD": "GET",
        "RAW_URI": path,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "HTTP_REFERER": referrer,
    }
    logger.access(response, request, environ, datetime.now(UTC) - datetime.now(UTC))
    assert any("192.0.2.7" in line for line in lines) is kept


@pytest.mark.parametrize(("path", "kept"), [("/answer/part/PR1", False), ("/answer?in=km", False), ("/log-in", True)])
def test_the_development_server_takes_down_no_line_of_a_staff_page(
    app: Flask, lines: list[str], path: str, kept: bool
) -> None:
    handler = WSGIRequestHandler.__new__(WSGIRequestHandler)
    handler.client_address = ("192.0.2.7", 4711)
    handler.requestline, handler.command, handler.path, handler.request_version = (
        f"GET {path} HTTP/1.1",
        "GET",
        path,
        "HTTP/1.1",
    )
    handler.log_request(200, 10)
    assert any("192.0.2.7" in line for line in lines) is kept


def test_our_own_logs_hold_neither_address_nor_code(staff_round: Round, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    staff_round.send_all(("3",))
    told = " ".join(record.getMessage() for record in caplog.records if not record.name.startswith("sqlalchemy"))
    assert "127.0.0.1" not in told
    assert staff_round.codes[0] not in told


def test_staff_pages_are_kept_nowhere_and_know_nobody(staff_round: Round) -> None:
    device = staff_round.enter(staff_round.codes[0])
    for address in ("/answer", "/answer/welcome", "/answer/overview", staff_round.parts(device)[0], "/answer/send"):
        assert device.get(address).headers["Cache-Control"] == "private, no-store"
    # Somebody with an account who answers with a code is asked like anybody else.
    page = staff_round.client.get("/answer")
    assert "Lead of Hope House" not in page.text
    cookie = device.get_cookie("charter")
    assert cookie is not None
    plain = read_code(staff_round.codes[0])
    assert plain is not None
    assert plain not in cookie.value and staff_round.codes[0] not in cookie.value


def test_a_page_of_questions_takes_the_same_few_statements_however_much_is_answered(world: World) -> None:
    staff_round = Round(world, pack="chab-dai-charter")
    device = staff_round.enter(staff_round.codes[0])
    parts = staff_round.parts(device)
    empty = world.count_statements(lambda: device.get(parts[0]))
    for part in parts:
        page = device.get(part).text
        names = dict.fromkeys(re.findall(r'name="(r-[^"]+)"', page), "2")
        device.post(part, data={"csrf_token": token_in(page), **names})
    full = world.count_statements(lambda: device.get(parts[0]))
    assert empty == full == 3


@pytest.mark.parametrize("language", ["en", "km", "vi"])
def test_a_page_of_questions_is_small(world: World, language: str) -> None:
    """Compressed as a proxy does it by default; the page with the most text counts."""
    staff_round = Round(world, pack="chab-dai-charter")
    device = staff_round.enter(staff_round.codes[0])
    device.get(f"/answer?in={language}")
    sizes = {part: len(gzip.compress(device.get(part).data, 6)) for part in staff_round.parts(device)}
    assert len(sizes) == 15
    assert max(sizes.values()) <= 14 * 1024, sizes


def test_the_view_is_made_once(staff_round: Round) -> None:
    staff_round.send_all(*SHEETS[:6])
    page = staff_round.client.get(f"{staff_round.address}/close").text
    staff_round.close()
    (first,) = staff_round.world.rows(StaffRound)
    again_sent = staff_round.client.post(f"{staff_round.address}/close", data={"csrf_token": token_in(page)})
    assert again_sent.status_code == 409
    (again,) = staff_round.world.rows(StaffRound)
    assert (first.closed_at, first.view) == (again.closed_at, again.view)
