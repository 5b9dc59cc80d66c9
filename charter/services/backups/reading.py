"""Reading a backup back into an empty installation: checked as a whole before anything is written, and after."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, Integer, Table, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from charter.config import Settings
from charter.database.engine import WRITING, make_engine
from charter.database.row_security import EVERYTHING, set_scope
from charter.database.upgrade import downgrade, head_revision, is_known, revision_of, upgrade
from charter.files import write_whole
from charter.services.backups.errors import CannotRestoreError
from charter.services.backups.sealing import is_sealed, unseal
from charter.services.backups.tables import our_tables, readers
from charter.services.backups.writing import FORMAT, MANIFEST, SECRET_KEY, Manifest
from charter.services.events import verify_chain
from charter.stores import Store, store_for
from questionnaires.archives import UNREADABLE

_ROWS_AT_ONCE = 200
_PIECE = 1024 * 1024
_OF_THE_MOMENT = frozenset({"sign_of_life"})
"""Tables that an installation without anybody's data may have rows in already."""


@dataclass(frozen=True)
class Restored:
    """What was read back. `secret_key`: the key of the old installation was put in place."""

    made_at: datetime
    rows: int
    tables: int
    files: int
    missing: tuple[str, ...]
    events: int
    secret_key: bool


def restore_backup(settings: Settings, source: Path, *, accept_broken_events: bool = False) -> Restored:
    """Read a backup into an installation that is empty. CannotRestoreError for anything else, and nothing is kept."""
    with _opened(settings, source) as archive:
        manifest = _checked(archive)
        engine = make_engine(settings.database)
        try:
            return _restore(settings, engine, archive, manifest, accept_broken_events=accept_broken_events)
        finally:
            engine.dispose()


@contextmanager
def _opened(settings: Settings, source: Path) -> Iterator[zipfile.ZipFile]:
    settings.instance.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as open_files:
        try:
            file: IO[bytes] = open_files.enter_context(source.open("rb"))
        except OSError as error:
            raise CannotRestoreError(f"{source}: cannot be read: {error.strerror}") from error
        if is_sealed(file):
            key = settings.backup_key.get_secret_value()
            if not key:
                raise CannotRestoreError("the backup is encrypted: set CHARTER_BACKUP_KEY")
            # It has no name: nobody finds it, and it is gone when this ends, however it ends.
            opened = open_files.enter_context(tempfile.TemporaryFile(dir=settings.instance))
            unseal(file, opened, key)
            file = opened
        try:
            archive = open_files.enter_context(zipfile.ZipFile(file))
        except UNREADABLE as error:
            raise CannotRestoreError("this is no backup, or it is cut off") from error
        yield archive


def _checked(archive: zipfile.ZipFile) -> Manifest:
    """The manifest, once everything was read and is what the manifest says."""
    try:
        found = json.loads(archive.read(MANIFEST))
        manifest = Manifest(**{**found, "made_at": datetime.fromisoformat(found["made_at"])})
        expected = {f"tables/{name}.ndjson": table["sha256"] for name, table in manifest.tables.items()}
        expected |= {f"files/{name}": file["sha256"] for name, file in manifest.files.items()}
    except (*UNREADABLE, TypeError) as error:
        raise CannotRestoreError("this is no backup of Charter: it has no readable manifest") from error
    if manifest.format != FORMAT:
        raise CannotRestoreError("the backup was made by a newer Charter; install that version first")
    if not is_known(manifest.revision):
        raise CannotRestoreError("the backup was made by another version of Charter; install that version first")
    beside = {MANIFEST, *([SECRET_KEY] if manifest.has_secret_key else [])}
    if sorted(archive.namelist()) != sorted({*expected, *beside}):
        raise CannotRestoreError("the backup was changed: it holds other files than its manifest says")
    for name, digest in expected.items():
        if _digest(archive, name) != digest:
            raise CannotRestoreError(f"the backup was changed, or is damaged: {name}")
    return manifest


def _digest(archive: zipfile.ZipFile, name: str) -> str:
    found = hashlib.sha256()
    try:
        with archive.open(name) as stream:
            while piece := stream.read(_PIECE):
                found.update(piece)
    except UNREADABLE as error:
        raise CannotRestoreError(f"the backup is damaged: {name}") from error
    return found.hexdigest()


def _restore(
    settings: Settings,
    engine: Engine,
    archive: zipfile.ZipFile,
    manifest: Manifest,
    *,
    accept_broken_events: bool,
) -> Restored:
    _make_empty_tables(engine, manifest.revision)
    store = store_for(settings)
    put: list[str] = []
    try:
        for name in manifest.files:
            _put_back(archive, store, name, put)
        with engine.connect().execution_options(**WRITING) as connection, connection.begin():
            set_scope(connection, EVERYTHING)
            _fill(connection, archive, manifest)
            events = _check_events(connection, manifest.revision, accept=accept_broken_events)
        upgrade(engine)
    except BaseException as error:
        for name in put:
            store.delete(name)
        if isinstance(error, SQLAlchemyError):
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise CannotRestoreError(f"the database does not take the backup: {reason}") from error
        raise
    return Restored(
        made_at=manifest.made_at,
        rows=manifest.rows,
        tables=len(manifest.tables),
        files=len(manifest.files),
        missing=tuple(manifest.missing),
        events=events,
        secret_key=manifest.has_secret_key and _put_secret_key(settings, archive.read(SECRET_KEY)),
    )


def _make_empty_tables(engine: Engine, revision: str) -> None:
    """The tables of that revision, without a row. CannotRestoreError if there is anything in the database."""
    with engine.connect() as connection:
        set_scope(connection, EVERYTHING)
        found = revision_of(connection)
        for table in our_tables(connection):
            if table.name not in _OF_THE_MOMENT and connection.scalar(select(func.count()).select_from(table)):
                raise CannotRestoreError(f"this installation is not empty: there are rows in {table.name}")
        if found is None and inspect(connection).get_table_names():
            raise CannotRestoreError("this database holds tables of something else")
    if found is not None and found != revision:
        downgrade(engine, to="base")
    upgrade(engine, to=revision)


def _put_back(archive: zipfile.ZipFile, store: Store, name: str, put: list[str]) -> None:
    content = archive.read(f"files/{name}")
    with contextlib.suppress(FileNotFoundError):
        if store.get(name) == content:
            return  # the store outlived the database
    store.put_back(name, content)
    put.append(name)


def _fill(connection: Connection, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    tables = our_tables(connection)
    names = {table.name for table in tables}
    if names != set(manifest.tables):
        other = ", ".join(sorted(names ^ set(manifest.tables)))
        raise CannotRestoreError(f"the backup has other tables than its version of Charter: {other}")
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        connection.execute(text("PRAGMA defer_foreign_keys=ON"))
    for table in tables:
        if table.name in _OF_THE_MOMENT:
            connection.execute(table.delete())
        for rows in _rows(archive, table):
            connection.execute(table.insert(), rows)
        number = connection.scalar(select(func.count()).select_from(table))
        if number != manifest.tables[table.name]["rows"]:
            raise CannotRestoreError(f"{table.name}: {number} rows instead of {manifest.tables[table.name]['rows']}")
        if not is_sqlite:
            _count_on(connection, table)
    if is_sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).first()):
        raise CannotRestoreError(f"a row of {broken[0]} refers to nothing")


def _rows(archive: zipfile.ZipFile, table: Table) -> Iterator[list[dict[str, Any]]]:
    made = readers(table)
    batch: list[dict[str, Any]] = []
    with archive.open(f"tables/{table.name}.ndjson") as stream:
        for line in io.TextIOWrapper(stream, "utf-8", newline="\n"):
            row = json.loads(line)
            for name, reader in made.items():
                if row.get(name) is not None:
                    row[name] = reader(row[name])
            batch.append(row)
            if len(batch) == _ROWS_AT_ONCE:
                yield batch
                batch = []
    if batch:
        yield batch


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL gives new rows numbers from a sequence, which has to go on after the last number that was restored."""
    keys = list(table.primary_key.columns)
    if len(keys) != 1 or not isinstance(keys[0].type, Integer):
        return
    sequence = connection.scalar(
        text("SELECT pg_get_serial_sequence(:table, :column)"),
        {"table": f'"{table.name}"', "column": keys[0].name},
    )
    last = connection.scalar(select(func.max(keys[0])))
    if sequence is not None and last is not None:
        connection.execute(text("SELECT setval(:sequence, :last)"), {"sequence": sequence, "last": last})


def _check_events(connection: Connection, revision: str, *, accept: bool) -> int:
    """How many events there are. CannotRestoreError if their chain is broken; not looked at in an older revision."""
    if revision != head_revision():
        return 0
    with Session(connection, join_transaction_mode="create_savepoint") as db:
        number, broken = verify_chain(db)
    if broken and not accept:
        first = broken[0]
        raise CannotRestoreError(f"the chain of events is broken in the backup: event {first.event_id} {first.why}")
    return number


def _put_secret_key(settings: Settings, key: bytes) -> bool:
    if settings.secret_key.get_secret_value():
        return False
    path = settings.instance / "secret.key"
    write_whole(key, path)
    os.chmod(path, 0o600)
    return True
