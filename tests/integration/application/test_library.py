"""The library: found in three languages, alike on both databases; filters, pages, looking after it."""

from __future__ import annotations

import io
import os
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from charter.clock import now
from charter.config import Settings
from charter.database.events import Event
from charter.database.people import Person, Role
from charter.database.resources import Resource, ResourceKind, ResourceTopic, ResourceWord
from charter.services import library, resource_imports, resources
from charter.services.evidence_files import STRAY_AFTER, remove_strays
from charter.services.library import Wanted
from charter.stores import store_for
from tests.integration.application.files import PDF
from tests.integration.application.libraries import KHMER, KHMER_SUMMARY, item, many, spreadsheet
from tests.integration.application.worlds import World, post_form


@pytest.fixture
def coordinator(world: World) -> Person:
    return world.person("Chan Maly", Role.COORDINATOR)


@pytest.fixture
def shelf(world: World, settings: Settings, coordinator: Person) -> None:
    by = {"by": coordinator}
    item(world, settings, "policy", {"en": "Child protection policy", "km": KHMER}, topics=("child-protection",), **by)
    item(world, settings, "report", {"en": "How to report abuse"}, summaries={"km": KHMER_SUMMARY}, **by)
    item(
        world,
        settings,
        "street",
        {"vi": "Bảo vệ trẻ em đường phố"},
        summaries={"en": "Policy examples"},
        kind=ResourceKind.VIDEO,
        **by,
    )
    item(world, settings, "audit", {"en": "Finance: the yearly audit"}, **by)


def keys(world: World, text: str, **filters: Any) -> list[str]:
    with world.reading() as db:
        return [row.key for row in library.search(db, Wanted(text, **filters)).rows]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["street", "policy", "audit", "report"]),
        ("policy", ["policy", "street"]),
        ("POL", ["policy", "street"]),
        ("prot child", []),
        ("child prot", ["policy"]),
        ("the report of abuse", ["report"]),
        ("child-protection", ["policy"]),
        ("bảo vệ trẻ em", ["street"]),
        ("bao ve tre em", ["street"]),
        ("TRẺ EM ĐƯỜNG", ["street"]),
        ("duong pho", ["street"]),
        ("ការពារកុមារ", ["policy", "report"]),
        ("កុមារ", ["policy", "report"]),
        ("បណ្តុះបណ្តាល", ["report"]),
        ("រាយការណ៍", ["report"]),
        ("កុមារ abuse", ["report"]),
        ("100%", []),
        ("%", ["street", "policy", "audit", "report"]),
        ("_olicy", []),
        ("'; drop table resource", []),
    ],
)
def test_words_are_found_in_three_languages(world: World, shelf: None, text: str, expected: list[str]) -> None:
    assert keys(world, text) == expected


def test_a_piece_of_khmer_is_found_however_icu_cuts_it(world: World, settings: Settings, coordinator: Person) -> None:
    """Every run of six letters or more that begins and ends between syllables of the sentence finds it."""
    sentence = KHMER_SUMMARY.split()[0]
    item(world, settings, "one", {"km": sentence}, by=coordinator)
    starts = [0, *(number for number in range(1, len(sentence)) if _is_syllable_start(sentence, number))]
    pieces = {sentence[first:last] for first in starts for last in starts if last - first >= 6}
    assert len(pieces) > 100
    assert [piece for piece in sorted(pieces) if keys(world, piece) != ["one"]] == []


def _is_syllable_start(text: str, place: int) -> bool:
    return "\u1780" <= text[place] <= "\u17b3" and text[place - 1] != "\u17d2"


def test_two_ways_of_typing_the_same_khmer_are_one(world: World, settings: Settings, coordinator: Person) -> None:
    item(world, settings, "women", {"km": "ស្រ្តីនិងកុមារ"}, by=coordinator)
    assert keys(world, "ស្ត្រី") == keys(world, "ស្រ្តី") == keys(world, "ស្ត្រី\u200bនិង\u200bកុមារ") == ["women"]


def test_what_has_the_word_in_its_title_comes_first(world: World, settings: Settings, coordinator: Person) -> None:
    item(world, settings, "b", {"en": "A note"}, summaries={"en": "about safety"}, by=coordinator)
    item(world, settings, "t", {"en": "B note"}, topics=("safety",), by=coordinator)
    item(world, settings, "a", {"en": "Z: safety"}, by=coordinator)
    assert keys(world, "safety") == ["a", "t", "b"]


def test_filters_narrow_the_search(world: World, shelf: None) -> None:
    assert keys(world, "policy", language="vi") == ["street"]
    assert keys(world, "policy", kind=ResourceKind.GUIDE) == ["policy"]
    assert keys(world, "", topic="child-protection") == ["policy"]
    assert keys(world, "audit", topic="child-protection") == []


def test_a_search_without_result_says_what_fewer_words_find(world: World, coordinator: Person, shelf: None) -> None:
    page = world.client(coordinator).get("/resources?text=policy+audit").text
    assert "Nothing was found" in page
    assert 'href="/resources?text=policy">policy</a> <span class="muted">(2 items)' in page
    assert 'href="/resources?text=audit">audit</a> <span class="muted">(one item)' in page
    assert "Search in all kinds" in world.client(coordinator).get("/resources?text=zzz&kind=video").text


def test_a_large_library_takes_no_more_statements_and_comes_in_pages(world: World, coordinator: Person) -> None:
    client = world.client(coordinator)

    def statements(*addresses: str) -> list[int]:
        return [world.count_statements(partial(client.get, address)) for address in addresses]

    addresses = (
        "/resources",
        "/resources?text=guide+safe&page=2",
        "/resources?text=%E1%9E%80%E1%9E%BB%E1%9E%98%E1%9E%B6%E1%9E%9A",
    )
    _import(world, coordinator, many(30))
    few = statements(*addresses)
    _import(world, coordinator, many(400))
    assert statements(*addresses) == few
    page = client.get("/resources?text=guide+safe&page=2").text
    assert page.count('<li class="card">') == 20
    assert "Page 2 of 20" in page and "400 items" in page
    assert "Page 20 of 20" in client.get("/resources?page=999").text


def somebody(world: World) -> Person:
    """Who works for a member."""
    person = world.person("Sok Dara")
    world.organization("Lotus House", leads=(person,))
    return person


def _import(world: World, person: Person, rows: list[dict[str, str]]) -> None:
    with world.writing() as db:
        actor = world.actor(db, person)
        upload = resource_imports.keep_upload(db, actor, name="x.csv", content=spreadsheet(rows))
        resource_imports.apply(db, actor, upload, only_good=False)


FORM = {"kind": "guide", "title_en": "A guide", "languages": "en", "topics": "R1, child-protection"}


def test_a_coordinator_adds_changes_and_removes(world: World, coordinator: Person) -> None:
    client = world.client(coordinator)
    answer = post_form(client, "/coalition/resources/add", {**FORM, "url": "https://example.org/a"})
    (made,) = world.rows(Resource)
    assert answer.location == f"/resources/{made.id}"
    page = world.client(somebody(world)).get(answer.location).text
    assert "A guide" in page and 'href="https://example.org/a"' in page and "Change the item" not in page
    edited = {
        **FORM,
        "title_en": "",
        "title_km": KHMER,
        "url": "https://example.org/b",
        "key": made.key,
        "topics": "R2",
    }
    post_form(client, f"/coalition/resources/{made.id}/edit", edited)
    assert keys(world, "guide") == [] and keys(world, "កុមារ") == [made.key]
    assert [each.topic for each in world.rows(ResourceTopic)] == ["R2"]
    post_form(client, f"/coalition/resources/{made.id}/remove", {})
    assert not world.rows(Resource) and not world.rows(ResourceWord)
    names = [each.name for each in world.rows(Event) if each.name.startswith("Resource")]
    assert names == ["ResourceAdded", "ResourceChanged", "ResourceRemoved"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title_en": ""}, "Give a title in at least one language."),
        ({"url": ""}, "Give a link, or upload a file."),
        ({"url": "http://example.org/x"}, "https://"),
        ({"url": "javascript:alert(1)"}, "https://"),
        ({"languages": []}, "Choose at least one language."),
        ({"key": "no spaces"}, "A key has"),
        ({"key": "taken"}, "Another item has this key"),
        ({"topics": "x" * 81}, "A topic has 80"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_stored(
    world: World, settings: Settings, coordinator: Person, change: dict[str, Any], said: str
) -> None:
    item(world, settings, "taken", {"en": "Taken"}, by=coordinator)
    sent = {**FORM, "url": "https://example.org/a", **change}
    answer = post_form(world.client(coordinator), "/coalition/resources/add", sent)
    assert answer.status_code == 422 and said in answer.text
    assert len(world.rows(Resource)) == 1


def test_a_file_is_kept_handed_out_and_deleted_with_its_item(
    world: World, settings: Settings, coordinator: Person
) -> None:
    client, store = world.client(coordinator), store_for(settings)
    post_form(client, "/coalition/resources/add", {**FORM, "file": (io.BytesIO(PDF), "my guide.pdf")})
    (made,) = world.rows(Resource)
    answer = world.client(somebody(world)).get(f"/resources/{made.id}/file")
    assert answer.data == PDF and "attachment" in answer.headers["Content-Disposition"]
    refused = post_form(client, "/coalition/resources/add", {**FORM, "file": (io.BytesIO(b"<script>"), "x.pdf")})
    assert refused.status_code == 422
    assert len(list(store.names())) == 1
    stray = store.put(b"nobody's")
    old = (now() - STRAY_AFTER - timedelta(hours=1)).timestamp()
    for path in settings.evidence_folder.glob("??/*"):
        os.utime(path, (old, old))
    assert remove_strays(world.sessions, store) == 1
    assert stray not in dict(store.names()) and made.stored_name in dict(store.names())
    post_form(client, f"/coalition/resources/{made.id}/remove", {})
    assert list(store.names()) == []


def test_a_failed_save_leaves_no_file(world: World, settings: Settings, coordinator: Person) -> None:
    with pytest.raises(RuntimeError), world.writing() as db:
        resources.add_resource(
            db,
            world.actor(db, coordinator),
            store_for(settings),
            content=resources.Content("x", ResourceKind.GUIDE, {"en": "X"}, {}, ("en",), ()),
            file_name="x.pdf",
            file=PDF,
            limit=10_000,
        )
        raise RuntimeError
    assert list(store_for(settings).names()) == []
