"""Publishing questionnaires and standards."""

from __future__ import annotations

import html
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from charter.database.events import Event
from charter.database.packs import ContentKind, PackUpload, PublishedPack
from charter.database.people import Role
from charter.services import packs
from charter.services.errors import Refused
from questionnaires import load_pack
from questionnaires.places import project_packs, project_standards
from tests.integration.application.databases import on_sqlite_only
from tests.integration.application.worlds import World, post_form, token_in

SMALL = (Path(__file__).parent.parent.parent / "packs" / "valid" / "every-key").resolve()


def pack_files(folder: Path = SMALL) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.yaml")}


def zipped(files: dict[str, bytes], *, top: str = "") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{top}{name}", content)
    return buffer.getvalue()


def upload(client: Any, content: bytes, name: str = "pack.zip") -> Any:
    token = token_in(client.get("/coalition/packs").text)
    data = {"file": (io.BytesIO(content), name), "csrf_token": token}
    return client.post("/coalition/packs/upload", data=data, content_type="multipart/form-data")


def publish(client: Any, address: str) -> Any:
    token = token_in(client.get(address).text)
    return client.post(f"{address}/publish", data={"csrf_token": token})


@pytest.fixture
def client(world: World) -> Any:
    return world.client(world.person("Chan Maly", Role.COORDINATOR))


@on_sqlite_only
def test_who_reads_another_language_is_told_that_the_messages_are_english(world: World, client: Any) -> None:
    broken = {name: content.replace(b"title", b"titel") for name, content in pack_files().items()}
    khmer = world.client(world.person("Sok Dara", Role.COORDINATOR, language="km"))
    told = 'id="in-english"'
    assert told not in client.get(upload(client, zipped(broken)).location).text
    assert told in khmer.get(upload(khmer, zipped(broken)).location).text
    assert told not in khmer.get(upload(khmer, zipped(pack_files())).location).text  # nothing to complain about


def test_a_pack_that_comes_with_the_project_is_checked_and_published(world: World, client: Any) -> None:
    answer = post_form(client, "/coalition/packs/choose", {"pack": "safeguarding-basics"}, page="/coalition/packs")
    assert answer.status_code == 302
    check = client.get(answer.location)
    assert "Errors: 0" in check.text
    assert not world.rows(PublishedPack)
    published = publish(client, answer.location)
    (row,) = world.rows(PublishedPack)
    assert published.location.endswith(f"/coalition/packs/{row.id}")
    assert row.fingerprint == load_pack("safeguarding-basics").fingerprint
    assert not world.rows(PackUpload)
    assert [event.name for event in world.rows(Event)][-1] == "PackPublished"


def test_a_zip_of_a_folder_is_published_with_its_standards(world: World, client: Any) -> None:
    answer = upload(client, zipped(pack_files(), top="every-key/"))
    publish(client, answer.location)
    (row,) = world.rows(PublishedPack)
    with world.reading() as db:
        loaded = packs.pack_of(db, db.get_one(PublishedPack, row.id))
    assert loaded.fingerprint == load_pack(SMALL).fingerprint


@on_sqlite_only
def test_every_message_stands_at_its_line_with_the_line_quoted(world: World, client: Any) -> None:
    text = (SMALL / "pack.yaml").read_text().replace("version:", "versoin:", 1)
    answer = upload(client, text.encode(), "pack.yaml")
    page = client.get(answer.location).text
    line = next(number for number, each in enumerate(text.splitlines(), 1) if "versoin" in each)
    assert f"pack.yaml:{line}" in page
    assert "did you mean version?" in page
    assert "<code>versoin:" in page
    assert "charter-pack-" not in page
    refused = client.post(f"{answer.location}/publish", data={"csrf_token": token_in(page)})
    assert refused.status_code == 409
    assert not world.rows(PublishedPack)


def test_the_same_version_with_other_content_is_refused(world: World, client: Any) -> None:
    publish(client, upload(client, zipped(pack_files())).location)
    changed = pack_files()
    changed["pack.yaml"] = changed["pack.yaml"].replace(b"title: ", b"title: Other ", 1)
    address = upload(client, zipped(changed)).location
    assert publish(client, address).status_code == 409
    (row,) = world.rows(PublishedPack)
    assert "Other" not in row.title


def test_exactly_what_is_published_already_has_no_button_to_publish(world: World, client: Any) -> None:
    publish(client, upload(client, zipped(pack_files())).location)
    page = client.get(upload(client, zipped(pack_files())).location).text
    assert "Exactly this is published already." in page
    assert "/publish" not in page


def test_a_new_version_that_would_lose_answers_is_not_published(world: World, client: Any) -> None:
    folder = SMALL.parent.parent / "invalid" / "against-id-lost"
    publish(client, upload(client, zipped(pack_files(folder / "old"))).location)
    address = upload(client, zipped(pack_files(folder / "new"))).location
    page = client.get(address).text
    assert "its answers would be lost" in page
    assert "Criteria that are gone: 1" in page
    assert publish(client, f"{address}").status_code == 409
    assert len(world.rows(PublishedPack)) == 1


def test_a_new_version_says_what_changes(world: World, client: Any) -> None:
    publish(client, upload(client, zipped(pack_files())).location)
    changed = pack_files()
    pack = load_pack(SMALL)
    text = changed["pack.yaml"].decode()
    text = text.replace(pack.version, "next", 1).replace(pack.criteria[0].title, "Quite another wording", 1)
    page = client.get(upload(client, zipped(changed | {"pack.yaml": text.encode()})).location).text
    assert f"What changes since version {pack.version}" in page
    assert "Other wording: 1" in page
    assert "Quite another wording" in page


@on_sqlite_only
@pytest.mark.parametrize(
    "name", ["../evil.yaml", "/etc/evil.yaml", "standards/../../evil.yaml", "a\\..\\evil.yaml", "C:evil.yaml"]
)
def test_a_zip_that_would_write_elsewhere_is_refused(world: World, client: Any, name: str) -> None:
    answer = upload(client, zipped({**pack_files(), name: b"x: 1"}))
    assert answer.status_code == 422
    assert "outside its folder" in answer.text
    assert not world.rows(PackUpload)


@on_sqlite_only
def test_a_zip_that_unpacks_to_very_much_is_refused(world: World, client: Any) -> None:
    bomb = zipped({"pack.yaml": b"# " + b"0" * (40 * 1024 * 1024)})
    assert len(bomb) < 100_000
    answer = upload(client, bomb)
    assert answer.status_code == 422
    assert "larger than 16 MB" in answer.text


@on_sqlite_only
def test_a_zip_with_too_many_files_is_refused(client: Any) -> None:
    many = {f"f{number}.yaml": b"x: 1" for number in range(300)}
    assert "more than 200 files" in upload(client, zipped({**pack_files(), **many})).text


@on_sqlite_only
def test_a_link_in_a_zip_is_refused(client: Any) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("pack.yaml")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert "holds a link" in upload(client, buffer.getvalue()).text


@on_sqlite_only
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nonsense", b"\x89PNG", b"not yaml: ["])
def test_what_is_neither_zip_nor_yaml_is_refused_or_reported(world: World, client: Any, content: bytes) -> None:
    answer = upload(client, content, "pack.bin")
    assert answer.status_code == 422
    assert not world.rows(PackUpload)


@on_sqlite_only
def test_a_damaged_zip_is_refused(client: Any) -> None:
    content = zipped(pack_files())
    assert upload(client, content[: len(content) // 2]).status_code == 422
    assert upload(client, content.replace(b"title", b"tit1e")).status_code in (302, 422)


def test_nobody_sees_what_another_coordinator_uploaded(world: World, client: Any) -> None:
    address = upload(client, zipped(pack_files())).location
    other = world.client(world.person("Keo Sophal", Role.COORDINATOR))
    assert other.get(address).status_code == 404
    token = token_in(other.get("/coalition/packs").text)
    assert other.post(f"{address}/publish", data={"csrf_token": token}).status_code == 404
    assert not world.rows(PublishedPack)


@on_sqlite_only
@pytest.mark.parametrize("pack_id", list(project_packs()))
def test_every_form_can_be_seen_in_every_language(world: World, client: Any, pack_id: str) -> None:
    with world.writing() as db:
        published = packs.publish_pack(db, None, pack_id)
    pack = load_pack(pack_id)
    for language in pack.languages:
        shown = pack.translated(language)
        for form in ("profile", "staff", "lead"):
            page = client.get(f"/coalition/packs/{published.id}/{form}/{language}")
            assert page.status_code == 200
            assert f'<html lang="{language}"' in page.text
        assert page.text.count("<fieldset") == len(pack.criteria)
        assert shown.criteria[-1].title in html.unescape(page.text)
    assert client.get(f"/coalition/packs/{published.id}/staff/xx").status_code == 404
    assert client.get(f"/coalition/packs/{published.id}/other/en").status_code == 404


def test_a_form_can_be_seen_before_it_is_published(client: Any) -> None:
    address = upload(client, zipped(pack_files())).location
    language = load_pack(SMALL).language
    assert client.get(f"{address}/staff/{language}").status_code == 200


def test_a_standard_is_published_and_used_by_packs_that_name_it(world: World, client: Any) -> None:
    standard = project_standards()["victims-2009"].read_bytes().replace(b"victims-2009", b"harbour-2031")
    pack = (
        (SMALL.parent / "own-standards" / "pack.yaml").read_bytes().replace(b"victims-2009/own", b"harbour-2031/safety")
    )
    before = client.get(upload(client, pack, "pack.yaml").location).text
    assert "there is no standard harbour-2031" in before
    publish(client, upload(client, standard, "harbour-2031.yaml").location)
    (row,) = world.rows(PublishedPack)
    assert (row.kind, row.pack) == (ContentKind.STANDARD, "harbour-2031")
    assert client.get(f"/coalition/packs/{row.id}").status_code == 404
    address = upload(client, pack, "pack.yaml").location
    assert "there is no standard harbour-2031" not in client.get(address).text
    assert publish(client, address).status_code == 302
    (published,) = world.rows(PublishedPack, kind=ContentKind.PACK)
    with world.reading() as db:
        loaded = packs.pack_of(db, db.get_one(PublishedPack, published.id))
    assert "harbour-2031" in {each.id for each in loaded.standards}


def test_a_service_refuses_the_same_version_twice(world: World) -> None:
    with world.writing() as db:
        packs.publish_pack(db, None, "safeguarding-basics")
    with pytest.raises(Refused), world.writing() as db:
        packs.publish_pack(db, None, "safeguarding-basics")


def test_packs_are_for_coordinators_alone(world: World) -> None:
    mentor = world.client(world.person("Lim Bopha", Role.MENTOR))
    assert mentor.get("/coalition/packs").status_code == 404
    assert world.client().get("/coalition/packs").status_code == 302
