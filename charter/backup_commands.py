"""The commands that keep an installation safe: making a backup, reading one back, upgrading after making one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from charter.console import InputProblem, waiting
from charter.operate_commands import configured, found_revision, opened, reached, shown_address

if TYPE_CHECKING:
    from charter.config import Settings
    from charter.services.backups import Manifest

ENDING = ".charter"


@click.command("backup", epilog="Example: charter backup -o /var/backups/charter/ --keep 14")
@click.option(
    "-o", "--output", required=True, metavar="PATH", help="A file; or a folder, for a file named by the time."
)
@click.option("--keep", type=click.IntRange(1), metavar="N", help="In a folder: remove all but the N newest backups.")
def backup_command(output: str, keep: int | None) -> None:
    """Write everything that this installation keeps into one file, while people work.

    It holds all rows as they were at one moment, and all uploaded files. With CHARTER_BACKUP_KEY it is encrypted.
    """
    settings = configured()
    is_folder = output.endswith("/") or Path(output).is_dir()
    if keep is not None and not is_folder:
        raise InputProblem(["--keep: needs a folder for -o"], exit_code=2)
    with opened(settings) as sessions, waiting("Making the backup"):
        from charter.database.engine import transaction
        from charter.services.health import BACKUP, give_sign

        path = _new_name(Path(output), "charter") if is_folder else Path(output)
        manifest = write_backup_file(settings, path)
        with transaction(sessions) as db:
            give_sign(db, BACKUP)
    for old in _older(path.parent, keep) if keep is not None else ():
        old.unlink()
    _tell(settings, path, manifest)


@click.command("restore", epilog="Example: charter restore /var/backups/charter/charter-20260301-020000.charter")
@click.argument("backup", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--accept-broken-events", is_flag=True, help="Even if the chain of events was broken in the backup.")
def restore_command(backup: Path, accept_broken_events: bool) -> None:
    """Read a backup into an empty installation, on whichever database. Everything is checked; all of it, or nothing."""
    from charter.services.backups import CannotRestoreError, restore_backup

    settings = configured()
    try:
        with reached(settings), waiting("Reading the backup"):
            done = restore_backup(settings, backup, accept_broken_events=accept_broken_events)
    except CannotRestoreError as error:
        raise InputProblem([str(error)]) from error
    click.echo(f"The backup of {done.made_at:%Y-%m-%d %H:%M} UTC is in {shown_address(settings)}:")
    click.echo(
        f"{done.rows} rows in {done.tables} tables, {done.files} files, {done.events} events as they were written"
    )
    for name in done.missing:
        click.echo(f"this file was lost before the backup: {name}")
    if done.secret_key:
        click.echo("The secret key came with it.", err=True)
    else:
        click.echo("The secret key did not come with it; without the old one, second factors are lost.", err=True)


@click.command("upgrade", epilog="Example: charter upgrade")
@click.option("--no-backup", is_flag=True, help="You made one yourself.")
def upgrade_command(no_backup: bool) -> None:
    """Bring the database of an older version up to date, after a backup into the instance folder. Stop all first."""
    from charter.database.upgrade import head_revision, upgrade

    settings = configured()
    with reached(settings) as engine:
        found = found_revision(settings, engine, may_be_older=True)
        if found == head_revision():
            click.echo("Nothing is due.", err=True)
            return
        if found is not None and not no_backup:
            with waiting("Making the backup"):
                path = _new_name(settings.instance / "backups", f"before-upgrade-{found}")
                manifest = write_backup_file(settings, path)
            _tell(settings, path, manifest)
        with waiting("Upgrading"):
            upgrade(engine)
    click.echo(f"The database is up to date: {shown_address(settings)}", err=True)


@click.command("import-member", epilog="Example: charter import-member hope-house.zip")
@click.argument("export", metavar="ZIP", type=click.Path(dir_okay=False, path_type=Path))
def import_member_command(export: Path) -> None:
    """Read what another installation exported of a member: answers, notes, evidence, plans.

    The packs that were answered must be published here, with the same content.
    """
    import zipfile

    from charter.database.engine import transaction
    from charter.services.imports import CannotImportError, import_member
    from charter.stores import store_for

    settings = configured()
    store = store_for(settings)
    try:
        with (
            opened(settings) as sessions,
            zipfile.ZipFile(export) as archive,
            transaction(sessions) as db,
            waiting("Reading the member"),
        ):
            done = import_member(db, archive, put_file=store.put)
    except CannotImportError as error:
        raise InputProblem(list(error.lines)) from error
    except (zipfile.BadZipFile, OSError) as error:
        raise InputProblem([f"{export}: cannot be read: {getattr(error, 'strerror', None) or error}"]) from error
    click.echo(f"{done.organization.name}: {sum(done.rows.values())} rows")
    for table, number in sorted(done.left_out.items()):
        click.echo(f"left out, since it refers to what is not in the file: {number} of {table}")
    for email in done.new_people:
        click.echo(f"new, still without a password: {email}")
    click.echo(f"{done.events} events stay in the file: keep it.", err=True)


def write_backup_file(settings: Settings, path: Path) -> Manifest:
    """Write beside the file and rename over it, so that nobody finds half a backup. InputProblem if that fails."""
    from charter.services.backups import write_backup

    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".backup-")
        temporary = Path(name)
        file: IO[bytes]
        with os.fdopen(handle, "wb") as file:
            manifest = write_backup(settings, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise InputProblem([f"{path}: cannot be written: {error.strerror or error}"]) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
    return manifest


def _new_name(folder: Path, beginning: str) -> Path:
    from charter.clock import now

    return folder / f"{beginning}-{now():%Y%m%d-%H%M%S}{ENDING}"


def _older(folder: Path, keep: int) -> list[Path]:
    """Backups beyond the newest; the time in a name sorts. Those made before an upgrade are left alone."""
    return sorted(folder.glob(f"charter-????????-??????{ENDING}"))[:-keep]


def _tell(settings: Settings, path: Path, manifest: Manifest) -> None:
    click.echo(f"{path}: {manifest.rows} rows in {len(manifest.tables)} tables, {len(manifest.files)} files")
    for name in manifest.missing:
        click.echo(f"a row names this file, but it is lost: {name}")
    if not settings.backup_key.get_secret_value():
        click.echo("Not encrypted, and without the secret key: set CHARTER_BACKUP_KEY for both.", err=True)
