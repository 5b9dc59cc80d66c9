"""The commands that publish questionnaires and standards."""

from __future__ import annotations

from pathlib import Path

import click

from charter.console import InputProblem
from charter.operate_commands import configured, opened


@click.group("pack")
def pack_group() -> None:
    """Questionnaires and standards that the coalition has published."""


@pack_group.command("publish", epilog="Example: charter pack publish my-packs/harbour")
@click.argument("folder", metavar="FOLDER")
def publish_command(folder: str) -> None:
    """Freeze a version: members answer it from the next cycle on.

    FOLDER is a pack's folder, the file of a standard, or the id of a pack that comes with Charter. Every message of the
    check is printed; with an error nothing is published.
    """
    from charter.database.engine import transaction
    from charter.services.errors import Invalid, Refused
    from charter.services.pack_files import read_folder
    from charter.services.pack_uploads import check_files, publish_files
    from questionnaires.places import project_packs

    path = Path(folder)
    if not path.exists():
        if folder not in project_packs():
            raise InputProblem([f"{folder}: there is no such folder or file, and no pack of that name"])
        path = project_packs()[folder]
    try:
        kind, files = read_folder(path)
        with opened(configured()) as sessions, transaction(sessions) as db:
            check = check_files(db, kind, files)
            for finding in check.findings:
                click.echo(str(finding.problem), err=True)
            if check.errors:
                raise InputProblem([f"{folder}: not published: {check.errors} errors"])
            published = publish_files(db, None, kind, files)
    except Invalid as problem:
        raise InputProblem([f"{folder}: {text}" for text in problem.messages.values()]) from problem
    except (Refused, OSError) as error:
        raise InputProblem([f"{folder}: {error}"]) from error
    click.echo(f"{published.kind} {published.pack} {published.version} is published ({published.fingerprint[:12]})")


@pack_group.command("list", epilog="Example: charter pack list")
def list_command() -> None:
    """Every published version, newest first: kind, name, version, day, title."""
    from charter.database.packs import ContentKind
    from charter.services.packs import published_packs

    with opened(configured()) as sessions, sessions() as db:
        for kind in ContentKind:
            for row in published_packs(db, kind):
                click.echo(f"{kind}\t{row.pack}\t{row.version}\t{row.published_at.date()}\t{row.title}")
