"""The commands that check what is stored: the chain of events, and the cached columns."""

from __future__ import annotations

import click

from charter.console import InputProblem, waiting
from charter.operate_commands import configured, opened


@click.group("audit")
def audit_group() -> None:
    """The record of who did what, when and why."""


@audit_group.command("verify", epilog="Example: charter audit verify")
def verify_command() -> None:
    """Check that no event was changed, taken out or put in; every broken link is named, and the exit code is 1."""
    from charter.services.events import verify_chain

    with opened(configured()) as sessions, sessions() as db, waiting("Checking the events"):
        number, broken = verify_chain(db)
    if broken:
        raise InputProblem([f"event {each.event_id}: {each.why}" for each in broken])
    click.echo(f"{number} events, all as they were written")


@click.command("recompute", epilog="Example: charter recompute")
def recompute_command() -> None:
    """Write what is stored of counts, scores and results anew from the answers, and say what differed."""
    from charter.database.engine import transaction
    from charter.services.audit import recompute

    with opened(configured()) as sessions, transaction(sessions) as db, waiting("Computing"):
        found = list(recompute(db))
    for each in found:
        click.echo(f"assessment {each.assessment_id}: {each.column} was {each.stored[:200]}, is {each.right[:200]}")
    click.echo(f"{len(found)} differences", err=True)
