"""Importing a library: problems by row and column, looking first, the good rows, a second import, many rows."""

from __future__ import annotations

import io
import time
from typing import Any

import openpyxl
import pytest

from charter.config import Settings
from charter.database.events import Event
from charter.database.jobs import Job, JobState
from charter.database.people import Person, Role
from charter.database.resources import Resource, ResourceTopic, ResourceUpload, ResourceWord
from charter.jobs import make_worker
from charter.reports.resource_workbook import resource_workbook
from charter.services import library, resource_imports
from charter.services.errors import Invalid
from charter.services.library import Wanted
from charter.services.resource_sheets import COLUMNS, MOST_ROWS, read_library
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.libraries import item, many, spreadsheet
from tests.integration.application.worlds import World, post_form

IMPORT = "/coalition/resources/import"


@pytest.fixture
def coordinator(world: World) -> Person:
    return world.person("Chan Maly", Role.COORDINATOR)


@pytest.fixture
def client(world: World, coordinator: Person) -> Any:
    return world.client(coordinator)


def upload(client: Any, content: bytes, name: str = "library.csv") -> Any:
    return post_form(client, IMPORT, {"file": (io.BytesIO(content), name)})


def apply(client: Any, preview: str, **data: str) -> Any:
    return post_form(client, f"{preview}/apply", data, page=preview)


def workbook(rows: list[dict[str, Any]]) -> bytes:
    """The empty workbook, filled in."""
    book = openpyxl.load_workbook(io.BytesIO(resource_workbook(language="km")))
    sheet = book.worksheets[0]
    for number, row in enumerate(rows, start=2):
        for column, value in row.items():
            sheet.cell(number, COLUMNS.index(column) + 1, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_filled_workbook_is_shown_first_and_then_imported(world: World, client: Any) -> None:
    answer = upload(client, workbook(many(3)), "library.xlsx")
    page = client.get(answer.location).text
    assert "Import 3 rows" in page and "Guide 1 to keeping" in page
    assert not world.rows(Resource)
    assert apply(client, answer.location).location == "/resources"
    assert len(world.rows(Resource)) == 3 and not world.rows(ResourceUpload)
    with world.reading() as db:
        assert library.search(db, Wanted("កុមារ", language="km", topic="T1")).total == 1
    assert [each.data for each in world.rows(Event, name="ResourcesImported")] == [
        {"new": 3, "changed": 0, "left_out": 0}
    ]


def test_every_problem_is_named_with_row_and_column(world: World, client: Any) -> None:
    good = many(5)
    rows: list[dict[str, Any]] = [
        good[0],
        {**good[1], "kind": "guid", "link": "http://example.org"},
        {**good[2], "key": good[0]["key"]},
        {**good[3], "title_en": "", "title_km": "", "title_vi": "", "languages": "fr"},
        {**good[4], "key": "=A1", "topics": "x" * 81},
        {"key": "", "kind": "contact", "title_en": "Helpline"},
        {"key": "no-link", "kind": "video", "title_en": "A video"},
    ]
    answer = upload(client, workbook(rows), "library.xlsx")
    page = client.get(answer.location).text
    for row, column, text in [
        (3, "kind", "did you mean guide?"),
        (3, "link", "https://"),
        (4, "key", "Row 2 has the same key."),
        (5, "title_en", "Give a title in at least one language."),
        (5, "languages", "“fr” is no language here."),
        (6, "key", "formula"),
        (6, "topics", "A topic has 80"),
        (7, "key", "Every row needs a key"),
        (8, "link", "Give a link; only contacts may have none."),
    ]:
        cells = f'<td class="num">{row}</td><td>{column}</td>'
        assert cells in page and text in page[page.index(cells) :].split("</tr>")[0], (row, column)
    assert page.count('<td class="num">') == 9
    assert apply(client, answer.location).status_code == 409
    assert not world.rows(Resource)
    apply(client, answer.location, rows="good")
    assert [each.key for each in world.rows(Resource)] == ["item-0"]


def test_a_second_import_changes_what_has_the_same_key(world: World, client: Any) -> None:
    rows = many(4)
    apply(client, upload(client, spreadsheet(rows)).location)
    before = {each.key: each.id for each in world.rows(Resource)}
    rows[0] |= {"title_en": "Wholly new words", "topics": "other"}
    answer = upload(client, spreadsheet([*rows, many(5)[4]]))
    page = client.get(answer.location).text
    assert "<dt>New</dt><dd>1</dd>" in page and "<dt>Changed</dt><dd>1</dd>" in page
    assert "<dt>As they are already</dt><dd>3</dd>" in page
    apply(client, answer.location)
    after = {each.key: each.id for each in world.rows(Resource)}
    assert before.items() <= after.items() and len(after) == 5
    (changed,) = world.rows(Resource, key="item-0")
    assert changed.version == 2 and changed.titles["en"] == "Wholly new words"
    words = {each.word for each in world.rows(ResourceWord, resource_id=changed.id)}
    assert "wholly" in words and "keeping" not in words
    assert [each.topic for each in world.rows(ResourceTopic, resource_id=changed.id)] == ["other"]
    again = client.get(upload(client, spreadsheet(rows)).location).text
    assert "Everything in this file is in the library already." in again


def test_importing_nothing_forgets_the_file(world: World, client: Any) -> None:
    address = upload(client, spreadsheet(many(1))).location
    post_form(client, f"{address}/discard", {}, page=address)
    assert not world.rows(ResourceUpload) and not world.rows(Resource)
    assert client.get(address).status_code == 404


def test_nobody_imports_what_another_coordinator_uploaded(world: World, client: Any) -> None:
    address = upload(client, spreadsheet(many(1))).location
    other = world.client(world.person("Other", Role.COORDINATOR))
    assert other.get(address).status_code == 404
    own = upload(other, spreadsheet(many(1))).location
    assert apply(other, own).status_code == 302
    assert client.get(address).status_code == 200


def test_an_item_with_a_file_keeps_it_when_no_link_is_given(
    world: World, settings: Settings, client: Any, coordinator: Person
) -> None:
    made = item(world, settings, "item-0", {"en": "Old"}, by=coordinator)
    with world.writing() as db:
        row = db.get_one(Resource, made.id)
        row.url, row.stored_name, row.file_name = None, "0" * 32, "a.pdf"
    apply(client, upload(client, spreadsheet([{**many(1)[0], "link": ""}])).location)
    (row,) = world.rows(Resource)
    assert (row.stored_name, row.titles["en"]) == ("0" * 32, many(1)[0]["title_en"])
    assert "This item has a file." in client.get(upload(client, spreadsheet(many(1))).location).text


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "x.xlsx", "empty"),
        (b"a,b\n1,2\n", "x.csv", "No row of this file has the headings"),
        ("key,kind\nក,guide\n".encode("utf-16"), "x.csv", "UTF-8"),
        (b"key,kind\n" + b"a,guide\n" * MOST_ROWS, "x.csv", "more than 20000 rows"),
        (b"not a workbook", "x.xlsx", "no Excel workbook"),
    ],
)
def test_a_file_that_is_no_library_is_refused(client: Any, content: bytes, name: str, said: str) -> None:
    answer = upload(client, content, name)
    assert answer.status_code == 422 and said in answer.text


def test_semicolons_separate_cells_where_commas_are_decimal_signs() -> None:
    sheet = read_library(b"key;kind;title_en;link\na;guide;One, two;https://a.org/\n", name="x.csv")
    assert [row.content.titles for row in sheet.rows] == [{"en": "One, two"}]


def test_a_bomb_is_not_opened() -> None:
    with pytest.raises(Invalid):
        read_library(b"PK\x03\x04" + b"\x00" * 100, name="x.xlsx")


@on_sqlite_only
def test_three_thousand_rows_with_some_wrong_are_imported_by_a_worker(
    world: World, settings: Settings, client: Any
) -> None:
    rows = many(3000)
    for number in range(0, 3000, 100):
        rows[number]["kind"] = "nothing"
    answer = upload(client, spreadsheet(rows))
    page = client.get(answer.location).text
    assert "Import the 2970 good rows" in page
    assert page.count("is no kind") == 30 and '<td class="num">2902</td><td>kind</td>' in page
    waiting = apply(client, answer.location, rows="good")
    assert client.get(waiting.location).headers["Refresh"] == "2"
    started = time.monotonic()
    make_worker(settings, world.engine).run_waiting()
    assert time.monotonic() - started < 60
    (job,) = world.rows(Job)
    assert job.state is JobState.DONE
    assert "The library is imported." in client.get(waiting.location).text
    assert len(world.rows(Resource)) == 2970
    stranger = world.client(world.person("Other", Role.COORDINATOR))
    assert stranger.get(waiting.location).status_code == 404


def test_a_long_import_with_something_wrong_fails_unless_the_good_rows_are_asked_for(
    world: World, settings: Settings, client: Any
) -> None:
    rows = many(resource_imports.AT_ONCE + 1)
    rows[7]["link"] = ""
    waiting = apply(client, upload(client, spreadsheet(rows)).location)
    assert waiting.status_code == 409 and not world.rows(Job) and not world.rows(Resource)
