"""Evidence: what is taken, who may fetch it, and that no file is lost or left behind."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from charter.clock import now
from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.services import evidence as service
from charter.services.assessments import find_assessment
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.evidence_files import remove_strays
from charter.stores import Store, store_for
from tests.integration.application.agreements import Member, a_member, sent
from tests.integration.application.files import PDF, PNG, docx
from tests.integration.application.worlds import World


@pytest.fixture
def member(world: World) -> Member:
    return a_member(world)


@pytest.fixture
def store(member: Member) -> Store:
    return store_for(member.world.app.extensions["charter.settings"])


def names(store: Store) -> list[str]:
    return [name for name, _ in store.names()]


def add(
    member: Member, store: Store, content: bytes = PDF, *, name: str = "minutes.pdf", fail: bool = False
) -> Evidence:
    with member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        row = service.add_file(
            db,
            member.world.actor(db, member.lead),
            store,
            assessment=found,
            criterion_id="R1",
            title=None,
            file_name=name,
            content=content,
            limit=1024 * 1024,
        )
        if fail:
            raise RuntimeError("the power went")
        return row


def upload(member: Member, content: bytes, name: str, **fields: str) -> Any:
    page = f"{member.address}/evidence/R1"
    data: dict[str, Any] = {"file-file": (io.BytesIO(content), name), **fields}
    return sent(member.world.client(member.lead), page, f"{page}/file", **data)


def test_a_file_is_kept_with_its_hash_and_given_back_to_be_saved(member: Member, store: Store) -> None:
    assert upload(member, PDF, "Minutes of May.pdf", **{"file-title": "Board minutes"}).status_code == 302
    (row,) = member.world.rows(Evidence)
    assert (row.title, row.file_name, row.media_type) == ("Board minutes", "Minutes of May.pdf", "application/pdf")
    assert row.sha256 == hashlib.sha256(PDF).hexdigest() and row.size == len(PDF)
    assert names(store) == [row.stored_name]
    for person in (member.lead, member.contributor, member.mentor):
        response = member.world.client(person).get(f"/assessment/{member.assessment.id}/evidence/{row.id}")
        assert response.data == PDF
        assert response.headers["Content-Disposition"].startswith("attachment;")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_other_organizations_cannot_fetch_or_remove_it(member: Member, store: Store) -> None:
    row = add(member, store)
    other = a_member(member.world, "River House", title="Another")
    client = member.world.client(other.lead)
    assert client.get(f"/assessment/{member.assessment.id}/evidence/{row.id}").status_code == 404
    assert client.get(f"/assessment/{other.assessment.id}/evidence/{row.id}").status_code == 404
    response = sent(client, f"{other.address}/evidence/R1", f"{other.address}/evidence/{row.id}/remove")
    assert response.status_code == 404
    assert names(store) == [row.stored_name]


def test_the_name_is_cleaned_and_ends_in_what_the_file_is(member: Member, store: Store) -> None:
    assert add(member, store, name="..\\..\\C:\\Minutes\u202efdp.exe").file_name == "Minutes fdp.pdf"
    assert add(member, store, PNG, name="/etc/photo.html").file_name == "photo.png"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "picture.png"),
        (b"<!doctype html><p>x", "page.pdf"),
        (b"MZ\x90\x00" + b"\x00" * 200, "minutes.pdf"),
        (docx(macro=True), "minutes.docx"),
        (b"", "empty.pdf"),
    ],
)
def test_what_is_not_taken_leaves_nothing(member: Member, store: Store, content: bytes, name: str) -> None:
    response = upload(member, content, name)
    assert response.status_code == 422
    assert 'href="#file-file"' in response.text
    assert member.world.rows(Evidence) == [] and names(store) == []


def test_a_file_that_is_too_large_is_refused(member: Member, store: Store) -> None:
    with pytest.raises(Invalid, match="too large"):
        add(member, store, PDF + b" " * (1024 * 1024))


def test_a_transaction_that_fails_leaves_no_file(member: Member, store: Store) -> None:
    with pytest.raises(RuntimeError):
        add(member, store, fail=True)
    assert member.world.rows(Evidence) == [] and names(store) == []
    add(member, store)  # and the next one is kept
    assert len(names(store)) == 1


def test_a_file_left_by_a_process_that_died_is_swept_away_later(member: Member, store: Store) -> None:
    row = add(member, store)
    store.put(b"of a process that died")
    assert remove_strays(member.world.sessions, store) == 0  # it may belong to a request that still runs
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        assert remove_strays(member.world.sessions, store) == 1
    assert names(store) == [row.stored_name]


def test_people_can_save_while_the_store_is_listed_and_swept(
    member: Member, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    stray = store.put(b"of a process that died")

    def saving(work: Callable[..., Any]) -> Callable[..., Any]:
        def slow(*arguments: Any) -> Any:
            member.world.person(f"Somebody {uuid4().hex}")  # SQLite would refuse it within anybody's transaction
            return work(*arguments)

        return slow

    monkeypatch.setattr(store, "names", saving(store.names))
    monkeypatch.setattr(store, "delete", saving(store.delete))
    with time_machine.travel(now() + timedelta(days=1), tick=False):
        assert remove_strays(member.world.sessions, store) == 1
    assert stray not in names(store)


def test_removing_asks_first_and_then_deletes_the_file(member: Member, store: Store) -> None:
    row = add(member, store)
    page = f"{member.address}/evidence/{row.id}/remove"
    client = member.world.client(member.lead)
    assert "cannot be brought back" in client.get(page).text
    assert names(store) == [row.stored_name]
    assert sent(client, page, page).status_code == 302
    assert names(store) == []
    assert client.get(f"/assessment/{member.assessment.id}/evidence/{row.id}").status_code == 404
    assert member.world.rows(Event, name="EvidenceRemoved")[0].data["sha256"] == row.sha256


def test_a_removal_that_fails_keeps_the_file(member: Member, store: Store) -> None:
    row = add(member, store)
    with pytest.raises(RuntimeError), member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        service.remove_evidence(db, member.world.actor(db, member.lead), store, assessment=found, evidence_id=row.id)
        raise RuntimeError("the power went")
    assert names(store) == [row.stored_name]
    assert member.world.rows(Evidence)[0].removed_at is None


def test_a_file_that_the_store_lost_is_not_found(member: Member, store: Store) -> None:
    row = add(member, store)
    assert row.stored_name is not None
    store.delete(row.stored_name)
    assert (
        member.world.client(member.lead).get(f"/assessment/{member.assessment.id}/evidence/{row.id}").status_code == 404
    )


def add_link(member: Member, url: str, title: str = "") -> Any:
    page = f"{member.address}/evidence/R1"
    return sent(member.world.client(member.lead), page, f"{page}/link", **{"link-url": url, "link-title": title})


def test_a_link_is_kept_once_with_its_host_as_title(member: Member) -> None:
    for _ in range(2):
        assert add_link(member, "https://files.example.org/minutes?id=5").status_code == 302
    (row,) = member.world.rows(Evidence)
    assert row.title == "files.example.org"
    assert (
        'href="https://files.example.org/minutes?id=5"'
        in member.world.client(member.lead).get(f"{member.address}/rate/rules").text
    )


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://example.org/",
        "https://user@example.org/",
        "https://localhost/",
        "https://",
        "https://exa mple.org",
        "https://example.org\\@evil.org",
        "data:text/html,x",
        "https://example.org:99999/",
        "",
    ],
)
def test_an_address_that_is_not_https_is_refused(member: Member, url: str) -> None:
    assert add_link(member, url).status_code == 422
    assert member.world.rows(Evidence) == []


def test_evidence_can_be_changed_only_where_the_answer_can(member: Member, store: Store) -> None:
    row = add(member, store)
    member.submitted()
    with pytest.raises(Refused):
        add(member, store, PNG)
    page = f"{member.address}/evidence/{row.id}/remove"
    assert sent(member.world.client(member.lead), page, page).status_code == 409
    assert names(store) == [row.stored_name]


def test_there_is_an_end_to_how_much_one_answer_can_hold(member: Member, store: Store) -> None:
    add(member, store)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "MOST", 1)
        with pytest.raises(Refused):
            add(member, store)
    assert len(names(store)) == 1


def test_a_criterion_that_the_pack_lacks_takes_none(member: Member) -> None:
    with pytest.raises(NotFound), member.world.writing() as db:
        found = find_assessment(db, member.assessment.id)
        assert found is not None
        service.add_link(
            db,
            member.world.actor(db, member.lead),
            assessment=found,
            criterion_id="X9",
            title=None,
            url="https://example.org",
        )


def test_the_made_up_documents_are_documents() -> None:
    assert zipfile.is_zipfile(io.BytesIO(docx()))
