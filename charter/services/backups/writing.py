"""Making a backup while people work: rows of one moment, then the files that these rows name."""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast

from sqlalchemy import Connection, Engine, Table, create_engine, select

from charter.clock import now
from charter.config import Settings
from charter.database.engine import make_engine
from charter.database.row_security import EVERYTHING, set_scope
from charter.database.upgrade import revision_of
from charter.services.backups.sealing import Sealer
from charter.services.backups.tables import our_tables, plain
from charter.stores import Store, store_for

FORMAT = 1
MANIFEST = "manifest.json"
SECRET_KEY = "secret.key"  # noqa: S105 - the name of a file
FILE_COLUMN = "stored_name"
"""A column of this name, in whatever table, names a file of the store."""
_ROWS_AT_ONCE = 200


@dataclass
class Manifest:
    """What is in a backup. Each content has its SHA-256 in hex."""

    revision: str
    """Of the migrations."""
    made_at: datetime
    format: int = FORMAT
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name `rows` and `sha256`."""
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name in the store `size` and `sha256`."""
    missing: list[str] = field(default_factory=list)
    """Files that a row names and the store lacks."""
    has_secret_key: bool = False

    @property
    def rows(self) -> int:
        return sum(table["rows"] for table in self.tables.values())

    def as_json(self) -> str:
        return json.dumps({**vars(self), "made_at": self.made_at.isoformat()}, indent=1) + "\n"


def write_backup(settings: Settings, target: IO[bytes]) -> Manifest:
    """Everything, as it was at one moment; encrypted if the settings have a backup key. Memory stays flat."""
    key = settings.backup_key.get_secret_value()
    engine = make_engine(settings.database)
    try:
        if not key:
            return _write(settings, engine, target)
        sealer = Sealer(target, key)
        manifest = _write(settings, engine, cast("IO[bytes]", sealer), secret_key=settings.key)
        sealer.finish()
        return manifest
    finally:
        engine.dispose()


def _write(settings: Settings, engine: Engine, target: IO[bytes], *, secret_key: str | None = None) -> Manifest:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        with _moment(engine, settings.instance) as connection:
            manifest = Manifest(revision=revision_of(connection) or "", made_at=now())
            names: set[str] = set()
            for table in our_tables(connection):
                manifest.tables[table.name] = _write_table(archive, connection, table)
                if FILE_COLUMN in table.columns:
                    column = table.columns[FILE_COLUMN]
                    names.update(connection.scalars(select(column).where(column.is_not(None))))
        _write_files(archive, store_for(settings), sorted(names), manifest)
        if secret_key is not None:
            archive.writestr(SECRET_KEY, secret_key)
            manifest.has_secret_key = True
        archive.writestr(MANIFEST, manifest.as_json())
    return manifest


@contextmanager
def _moment(engine: Engine, folder: Path) -> Iterator[Connection]:
    """A connection that sees one moment, and keeps nobody from writing."""
    if engine.dialect.name != "sqlite":
        with engine.connect() as connection:
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            set_scope(connection, EVERYTHING)
            yield connection
        return
    # Who reads a SQLite file for long keeps writers waiting; so it is copied first, which takes a moment.
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=folder) as beside:
        copy = create_engine(f"sqlite:///{Path(beside) / 'copy.db'}")
        try:
            with engine.connect() as source, copy.connect() as connection:
                ours = cast("Any", source.connection.driver_connection)
                ours.backup(connection.connection.driver_connection)
                yield connection
        finally:
            copy.dispose()


def _write_table(archive: zipfile.ZipFile, connection: Connection, table: Table) -> dict[str, Any]:
    digest, rows = hashlib.sha256(), 0
    found = connection.execute(
        select(table).order_by(*table.primary_key.columns), execution_options={"yield_per": _ROWS_AT_ONCE}
    )
    with archive.open(f"tables/{table.name}.ndjson", "w", force_zip64=True) as stream:
        for row in found.mappings():
            values = {name: plain(value) for name, value in row.items()}
            line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            stream.write(line)
            digest.update(line)
            rows += 1
    return {"rows": rows, "sha256": digest.hexdigest()}


def _write_files(archive: zipfile.ZipFile, store: Store, names: list[str], manifest: Manifest) -> None:
    for name in names:
        try:
            content = store.get(name)
        except FileNotFoundError:
            manifest.missing.append(name)
            continue
        # What people upload is mostly compressed already.
        archive.writestr(f"files/{name}", content, compress_type=zipfile.ZIP_STORED)
        manifest.files[name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
