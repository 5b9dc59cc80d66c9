"""`charter demo`."""

from __future__ import annotations

import sys
from typing import Any

import click

from charter.console import InputProblem
from charter.operate_commands import configured, opened, upgraded


@click.command("demo", epilog="Example: CHARTER_INSTANCE=instance charter demo")
@click.option("--keep", is_flag=True, help="If the demo is there already, only print its log-ins.")
def demo_command(keep: bool) -> None:
    """Fill an empty database with a coalition of 55 made-up members and three years of history."""
    from charter.demo.build import NotEmptyError, build_demo
    from charter.demo.logins import read_logins

    settings = configured()
    upgraded(settings)
    there = read_logins(settings)
    if there and keep:
        _print(there)
        return
    label = "Three years of a coalition"
    try:
        with opened(settings) as sessions, click.progressbar(length=100, label=label, file=sys.stderr) as bar:
            logins = build_demo(settings, sessions, told=lambda done, of: bar.update(done * 100 // of - bar.pos))
    except NotEmptyError as error:
        raise InputProblem(["the database holds members already; a demo needs an empty one"]) from error
    _print(logins)


def _print(logins: list[dict[str, Any]]) -> None:
    click.echo("Log-ins of the demo (also in demo-logins.json in the instance folder):")
    for login in logins:
        if "code" in login:
            click.echo(f"  staff code    {login['code']}")
        else:
            second = f"   TOTP secret {login['totp_secret']}" if login["totp_secret"] else ""
            click.echo(f"  {login['role']:<13} {login['email']}   password: {login['password']}{second}")
