"""Backups: everything is in one, nothing gets past its checks, and what comes back is what was."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import select, text

from charter import create_app
from charter.cli import cli
from charter.clock import now
from charter.config import Settings
from charter.console import InputProblem
from charter.database import Base
from charter.database.assessments import Assessment
from charter.database.engine import make_engine, session_factory, transaction
from charter.database.events import Event
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.operation import SignOfLife
from charter.database.people import Person, Role
from charter.database.row_security import EVERYTHING, set_scope
from charter.database.upgrade import downgrade, head_revision, upgrade
from charter.services import accounts, agreement, organizations, packs
from charter.services.audit import recompute
from charter.services.backups import CannotRestoreError, restore_backup, sealing, write_backup
from charter.services.events import verify_chain
from charter.stores import store_for
from tests.integration.application.databases import NewDatabase
from tests.integration.application.worlds import PASSWORD, World, post_form

KEY = SecretStr("of tests only, and 32 characters long")
FILE = b"%PDF-1.4 the evidence" * 5000


@pytest.fixture
def full(world: World, settings: Settings) -> Settings:
    """An installation with people, answers, evidence and events."""
    lead = world.person("ហេង សុភា", language="km")
    world.person("Chan Maly", Role.COORDINATOR)
    house = world.organization("Lotus House", leads=(lead,))
    _, (assessment,) = world.cycle(house)
    with world.writing() as db:
        row = db.get_one(Assessment, assessment.id)
        pack = packs.pack_of(db, row.published_pack)
        for criterion in pack.criteria[:3]:
            agreement.save_agreed(
                db,
                world.actor(db, lead),
                assessment=row,
                criterion_id=criterion.id,
                rating=1,
                note="ចំណាំ – ghi chú “note”\n",
                reason=None,
                known_version=0,
            )
        db.add(
            Evidence(
                assessment_id=assessment.id,
                criterion_id=pack.criteria[0].id,
                kind=EvidenceKind.FILE,
                title="Policy",
                file_name="policy.pdf",
                stored_name=store_for(settings).put(FILE),
                size=len(FILE),
                sha256=hashlib.sha256(FILE).hexdigest(),
                added_at=now(),
                added_by_id=lead.id,
            )
        )
    return settings


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Callable[..., Settings]:
    """Settings of another, empty installation; on the other kind of database unless a test says which."""
    kind = getattr(request, "param", "postgresql" if database_url.startswith("sqlite") else "sqlite")

    def make(**changed: Any) -> Settings:
        new: NewDatabase = request.getfixturevalue(kind)
        return Settings(instance=tmp_path / "elsewhere", database_url=new(), **changed)

    return make


def backup_of(settings: Settings, path: Path) -> Path:
    with path.open("wb") as file:
        write_backup(settings, file)
    return path


def content(settings: Settings) -> dict[str, list[Any]]:
    """Every row of every table."""
    engine = make_engine(settings.database)
    with engine.connect() as connection:
        set_scope(connection, EVERYTHING)
        found = {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in Base.metadata.sorted_tables
        }
    engine.dispose()
    return found


def rows_in(settings: Settings) -> int:
    return sum(len(rows) for rows in content(settings).values())


@pytest.mark.parametrize("elsewhere", ["sqlite", "postgresql"], indirect=True)
def test_what_comes_back_is_what_was(full: Settings, elsewhere: Any, tmp_path: Path) -> None:
    """From each database into each."""
    backup = backup_of(full, tmp_path / "backup")
    other = elsewhere(secret_key=full.secret_key)
    done = restore_backup(other, backup)
    assert content(other) == content(full)
    assert done.rows == rows_in(full) > 20
    assert done.files == 1
    engine = make_engine(other.database)
    with session_factory(engine, scope=EVERYTHING)() as db:
        evidence = db.scalars(select(Evidence)).one()
        assert store_for(other).get(evidence.stored_name or "") == FILE
        assert verify_chain(db) == (done.events, [])
        assert list(recompute(db)) == []
    engine.dispose()


def test_people_log_in_afterwards_and_work_goes_on(full: Settings, elsewhere: Any, tmp_path: Path) -> None:
    other = elsewhere(secret_key=full.secret_key)
    restore_backup(other, backup_of(full, tmp_path / "backup"))
    app = create_app(other)
    world = World(app)
    lead = next(person for person in world.rows(Person) if person.role is None)
    client = world.client()
    answer = post_form(client, "/log-in", {"email": lead.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert "Lotus House" in client.get("/", follow_redirects=True).text
    # New rows get numbers after those that were restored.
    world.person("Somebody New")
    world.organization("Hope House")
    with world.reading() as db:
        assert verify_chain(db)[1] == []
    app.extensions["charter.engine"].dispose()


def test_no_table_is_missing(full: Settings, tmp_path: Path) -> None:
    backup = backup_of(full, tmp_path / "backup")
    with zipfile.ZipFile(backup) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert set(manifest["tables"]) == set(Base.metadata.tables)
        assert {name for name in archive.namelist() if name.startswith("tables/")} == {
            f"tables/{name}.ndjson" for name in Base.metadata.tables
        }
        for name, table in manifest["tables"].items():
            assert len(archive.read(f"tables/{name}.ndjson").splitlines()) == table["rows"]
    assert manifest["revision"] == head_revision()


def test_an_encrypted_one_says_nothing_and_brings_the_secret_key(
    full: Settings, elsewhere: Any, tmp_path: Path
) -> None:
    sealed = backup_of(full.model_copy(update={"backup_key": KEY}), tmp_path / "sealed")
    assert b"Lotus" not in sealed.read_bytes()
    assert not zipfile.is_zipfile(sealed)
    other = elsewhere(backup_key=KEY)
    assert restore_backup(other, sealed).secret_key
    assert content(other) == content(full)
    assert other.key == full.key
    assert (other.instance / "secret.key").stat().st_mode & 0o077 == 0


def test_a_plain_one_holds_no_secret_key(full: Settings, elsewhere: Any, tmp_path: Path) -> None:
    plain = backup_of(full, tmp_path / "plain")
    with zipfile.ZipFile(plain) as archive:
        assert "secret.key" not in archive.namelist()
    assert not restore_backup(elsewhere(), plain).secret_key


def test_a_key_too_few_or_another_one_is_said(full: Settings, elsewhere: Any, tmp_path: Path) -> None:
    sealed = backup_of(full.model_copy(update={"backup_key": KEY}), tmp_path / "sealed")
    other = elsewhere()
    with pytest.raises(CannotRestoreError, match="CHARTER_BACKUP_KEY"):
        restore_backup(other, sealed)
    wrong = other.model_copy(update={"backup_key": SecretStr("another key of 32 characters or more")})
    with pytest.raises(CannotRestoreError, match="not its key"):
        restore_backup(wrong, sealed)
    assert rows_in(other) == 0


@pytest.mark.parametrize("key", [SecretStr(""), KEY], ids=["plain", "encrypted"])
def test_nothing_that_was_altered_or_cut_off_is_let_in(
    full: Settings, elsewhere: Any, tmp_path: Path, key: SecretStr
) -> None:
    whole = backup_of(full.model_copy(update={"backup_key": key}), tmp_path / "whole").read_bytes()
    other = elsewhere(backup_key=key)
    broken = tmp_path / "broken"
    step = len(whole) // 10
    damaged = [whole[:size] for size in (0, 1, 30, *range(60, len(whole), step), len(whole) - 1)]
    places = (*range(0, len(whole), step), len(whole) - 5)
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in places]
    kept = 0
    for each in damaged:
        broken.write_bytes(each)
        try:
            restore_backup(other, broken)
        except CannotRestoreError:
            assert rows_in(other) == 0
            assert not list(other.evidence_folder.glob("??/*"))
        else:
            # In a plain ZIP some bytes mean nothing, such as the time of a member. Then all must be there all the same.
            assert not key.get_secret_value()
            assert content(other) == content(full)
            kept += 1
            engine = make_engine(other.database)
            downgrade(engine, to="base")
            upgrade(engine)
            engine.dispose()
            for path in other.evidence_folder.glob("??/*"):
                path.unlink()
    assert kept < len(damaged) / 4


def test_a_backup_that_lies_about_its_rows_is_refused(full: Settings, elsewhere: Any, tmp_path: Path) -> None:
    """Changed, and its manifest mended to fit: the chain of events and the references still tell."""
    backup = backup_of(full, tmp_path / "backup")

    def changed(table: str, edit: Callable[[bytes], bytes]) -> Path:
        source, target = zipfile.ZipFile(backup), tmp_path / "changed"
        manifest = json.loads(source.read("manifest.json"))
        with zipfile.ZipFile(target, "w") as archive:
            for name in source.namelist():
                data = source.read(name)
                if name == f"tables/{table}.ndjson":
                    data = edit(data)
                    manifest["tables"][table] = {
                        "rows": len(data.splitlines()),
                        "sha256": hashlib.sha256(data).hexdigest(),
                    }
                if name != "manifest.json":
                    archive.writestr(name, data)
            archive.writestr("manifest.json", json.dumps(manifest))
        source.close()
        return target

    other = elsewhere()
    forged = changed("event", lambda data: data.replace(b"RatingAgreed", b"RatingForged", 1))
    with pytest.raises(CannotRestoreError, match="chain of events is broken"):
        restore_backup(other, forged)
    with pytest.raises(CannotRestoreError):
        restore_backup(other, changed("person", lambda data: b"\n".join(data.splitlines()[1:])))
    assert rows_in(other) == 0
    assert not list(other.evidence_folder.glob("??/*"))
    assert restore_backup(other, changed("event", lambda data: data), accept_broken_events=True).events > 0


def test_only_an_empty_installation_takes_a_backup(full: Settings, tmp_path: Path) -> None:
    backup = backup_of(full, tmp_path / "backup")
    before = content(full)
    with pytest.raises(CannotRestoreError, match="not empty"):
        restore_backup(full, backup)
    assert content(full) == before


def test_a_worker_that_already_runs_there_is_no_data(full: Settings, elsewhere: Any, tmp_path: Path) -> None:
    other = elsewhere()
    engine = make_engine(other.database)
    with transaction(session_factory(engine)) as db:
        db.add(SignOfLife(name="worker", at=now()))
    engine.dispose()
    restore_backup(other, backup_of(full, tmp_path / "backup"))
    assert content(other) == content(full)


def test_a_file_that_the_store_lost_is_named(full: Settings, elsewhere: Any, tmp_path: Path, world: World) -> None:
    (evidence,) = world.rows(Evidence)
    store_for(full).delete(evidence.stored_name or "")
    done = restore_backup(elsewhere(), backup_of(full, tmp_path / "backup"))
    assert done.missing == (evidence.stored_name,)


def test_a_backup_made_while_people_write_is_of_one_moment(
    full: Settings, elsewhere: Any, tmp_path: Path, world: World
) -> None:
    """Each writer adds a person, an organization and the events of both at once: never one without the others."""
    stop = threading.Event()
    written: list[int] = []

    def write(number: int) -> None:
        while not stop.is_set():
            with transaction(world.sessions) as db:
                email = f"writer-{number}-{len(written)}@example.org"
                accounts.add_person(db, None, name="Somebody", email=email, language="en")
                organizations.add_organization(db, None, name=email, language="en", joined_on=now().date())
            written.append(1)

    writers = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for writer in writers:
        writer.start()
    try:
        made = []
        for number in range(3):
            before = len(written)
            made.append(backup_of(full, tmp_path / f"backup{number}"))
            while len(written) < before + 3:
                stop.wait(0.01)
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    other = elsewhere()
    done = restore_backup(other, made[-1])
    rows = content(other)
    assert done.events == len(rows["event"]) > 3
    people = {row[1] for row in rows["person"] if row[1].startswith("writer")}
    houses = {row[1] for row in rows["organization"]} - {"Lotus House"}
    assert houses == people != set()


def test_memory_does_not_grow_with_what_is_sealed(tmp_path: Path) -> None:
    target = io.BytesIO()
    sealer = sealing.Sealer(target, KEY.get_secret_value())
    for size in (1, sealing.CHUNK - 1, sealing.CHUNK, 3 * sealing.CHUNK + 7):
        sealer.write(bytes(size))
        assert len(sealer._waiting) <= sealing.CHUNK
    sealer.finish()
    back = io.BytesIO()
    target.seek(0)
    sealing.unseal(target, back, KEY.get_secret_value())
    assert back.getvalue() == bytes(5 * sealing.CHUNK + 7)


@pytest.mark.parametrize("size", [0, 1, sealing.CHUNK, 2 * sealing.CHUNK])
def test_chunks_cannot_be_dropped_swapped_or_added(size: int) -> None:
    target = io.BytesIO()
    sealer = sealing.Sealer(target, "k" * 32)
    sealer.write(bytes(range(256)) * (size // 256) + bytes(size % 256))
    sealer.finish()
    whole = target.getvalue()
    head, body = whole[: len(sealing.MAGIC) + 32], whole[len(sealing.MAGIC) + 32 :]
    step = sealing.CHUNK + 16
    chunks = [body[at : at + step] for at in range(0, len(body), step)]
    opened = io.BytesIO()
    sealing.unseal(io.BytesIO(whole), opened, "k" * 32)
    assert len(opened.getvalue()) == size
    wrong = [chunks[:-1], [*chunks, chunks[-1]], [*chunks, b""][1:], [*chunks, bytes(16)]]
    if len(chunks) > 1:
        wrong.append(chunks[::-1])
    for each in wrong:
        with pytest.raises(CannotRestoreError):
            sealing.unseal(io.BytesIO(head + b"".join(each)), io.BytesIO(), "k" * 32)


@pytest.fixture
def run(full: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    def command(settings: Settings, *arguments: str) -> Any:
        monkeypatch.setenv("CHARTER_INSTANCE", str(settings.instance))
        monkeypatch.setenv("CHARTER_DATABASE_URL", settings.database_url)
        return CliRunner().invoke(cli, arguments)

    return command


def test_the_commands_rotate_restore_and_say_what_they_did(
    full: Settings, elsewhere: Any, run: Any, tmp_path: Path, world: World
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in (1, 2, 3):
        (folder / f"charter-2020010{day}-020000.charter").write_bytes(b"old")
    (folder / "charter-notes.charter").write_bytes(b"mine")
    done = run(full, "backup", "-o", str(folder), "--keep", "2")
    assert done.exit_code == 0, done.output
    assert "CHARTER_BACKUP_KEY" in done.stderr
    names = sorted(path.name for path in folder.iterdir())
    assert len(names) == 3 and names[0] == "charter-20200103-020000.charter" and names[2] == "charter-notes.charter"
    assert [sign.name for sign in world.rows(SignOfLife)] == ["backup"]
    other = elsewhere()
    done = run(other, "restore", str(folder / names[1]))
    assert done.exit_code == 0, done.output
    assert "1 files" in done.output
    assert [event.hash for event in world.rows(Event)] == [row[-1] for row in content(other)["event"]]
    assert run(other, "audit", "verify").exit_code == 0
    again = run(other, "restore", str(folder / names[1]))
    assert again.exit_code == 1 and isinstance(again.exception, InputProblem)
    assert "not empty" in str(again.exception)


def test_a_backup_that_cannot_be_written_leaves_the_old_one(
    full: Settings, run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "backup"
    path.write_bytes(b"yesterday")

    def fail(*_: Any) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("charter.services.backups.write_backup", fail)
    done = run(full, "backup", "-o", str(path))
    assert done.exit_code == 1 and "No space left" in str(done.exception)
    assert path.read_bytes() == b"yesterday"
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".backup")] == []


def test_an_older_database_is_upgraded_after_a_backup_only(
    full: Settings, run: Any, monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    assert run(full, "upgrade").exit_code == 0
    assert not (full.instance / "backups").exists(), "nothing was due"
    _set_revision(world, "9999")
    for command in (("init",), ("upgrade",), ("user", "list")):
        refused = run(full, *command)
        assert refused.exit_code == 1 and "newer version" in str(refused.exception)


def test_what_is_older_is_never_migrated_in_passing(full: Settings, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    head = head_revision()
    monkeypatch.setattr("charter.database.upgrade.head_revision", lambda: "next")
    for command in (("init",), ("user", "list")):
        refused = run(full, *command)
        assert refused.exit_code == 1 and "charter upgrade" in str(refused.exception)
    done = run(full, "upgrade")
    assert done.exit_code == 0, done.output
    (made,) = (full.instance / "backups").iterdir()
    assert made.name.startswith(f"before-upgrade-{head}-")
    with zipfile.ZipFile(made) as archive:
        assert json.loads(archive.read("manifest.json"))["revision"] == head


def _set_revision(world: World, revision: str) -> None:
    with world.writing() as db:
        db.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
