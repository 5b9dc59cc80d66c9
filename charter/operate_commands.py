"""The commands that run an installation: the database, the web, the worker, the first person."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from charter.console import InputProblem

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from charter.config import Settings

DEFAULT_PORT = 8000
_STOP_SECONDS = 30


@click.command("init", epilog="Example: charter init")
def init_command() -> None:
    """Create the database; does nothing if there is one. A database of an older version waits for: charter upgrade."""
    settings = configured()
    upgraded(settings)
    click.echo(f"The database is ready: {shown_address(settings)}", err=True)


@click.command("run", epilog="Example: charter run --port 8000")
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True, metavar="P")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; a proxy stands in front.")
@click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Processes for the web.")
@click.option("--no-worker", is_flag=True, help="Run no jobs here: another machine runs `charter worker`.")
def run_command(port: int, host: str, workers: int, no_worker: bool) -> None:
    """Serve the site, and run the jobs, until it is stopped."""
    settings = configured()
    upgraded(settings)
    warn_of_role(settings)
    settings.key  # noqa: B018 - made now, once, and not by each process
    web = web_command(host=host, port=port, workers=workers)
    environment = dict(os.environ)
    if settings.metrics_token.get_secret_value():
        environment["PROMETHEUS_MULTIPROC_DIR"] = _empty_folder(settings.instance / "metrics")
    processes = [subprocess.Popen(web, env=environment)]  # noqa: S603 - our own arguments
    if not no_worker:
        processes.append(subprocess.Popen([sys.executable, "-m", "charter", "worker"]))
    click.echo(f"Charter runs at http://{host}:{port} – Ctrl+C stops it.", err=True)
    sys.exit(_watch(processes))


def web_command(*, host: str, port: int, workers: int, app: str = "charter:create_app()") -> list[str]:
    """What serves the web: gunicorn, with several processes of four threads each."""
    return [
        *(sys.executable, "-m", "gunicorn", app),
        *("--bind", f"{host}:{port}", "--workers", str(workers), "--threads", "4", "--worker-class", "gthread"),
        *("--timeout", "60", "--graceful-timeout", "20", "--max-requests", "10000", "--max-requests-jitter", "1000"),
        # No access log of gunicorn: it would hold who was here, and when. Charter's own lines do not.
        *("--config", "python:charter.serving"),
    ]


@click.command("worker", epilog="Example: charter worker")
@click.option("--threads", type=click.IntRange(1, 16), default=2, show_default=True, help="Jobs at the same time.")
def worker_command(threads: int) -> None:
    """Run jobs, send mail and write reminders until it is stopped."""
    from logging.config import dictConfig

    from charter.jobs import consumer
    from charter.logs import LOGGING

    settings = configured()
    must_be_current(settings)
    dictConfig(LOGGING)
    consumer(settings, threads=threads).run()


@click.group("user")
def user_group() -> None:
    """The people of the coalition's office, from the command line."""


@user_group.command("add", epilog="Example: charter user add --role coordinator --name 'Chan Maly' maly@example.org")
@click.argument("email")
@click.option("--name", required=True, metavar="NAME")
@click.option("--role", type=click.Choice(["coordinator", "mentor"]), default="coordinator", show_default=True)
@click.option("--language", default="en", show_default=True, metavar="L")
def add_user_command(email: str, name: str, role: str, language: str) -> None:
    """Add a coordinator or a mentor, and print the link under which they set their password."""
    from charter.database.engine import transaction
    from charter.database.people import Role
    from charter.database.sessions import LinkPurpose
    from charter.i18n import LANGUAGES
    from charter.services.accounts import add_person
    from charter.services.errors import Invalid
    from charter.services.links import make_link, path_of

    settings = configured()
    must_be_current(settings)
    if language not in LANGUAGES:
        raise InputProblem([f"--language: there is no {language!r}; there are {', '.join(LANGUAGES)}"], exit_code=2)
    try:
        with opened(settings) as sessions, transaction(sessions) as db:
            person = add_person(db, None, name=name, email=email, language=language, role=Role(role))
            token = make_link(db, person, LinkPurpose.SET_PASSWORD)
    except Invalid as problem:
        raise InputProblem([f"{field}: {text}" for field, text in problem.messages.items()]) from problem
    click.echo(f"{settings.public_url.rstrip('/')}{path_of(token)}")


@user_group.command("list", epilog="Example: charter user list")
def list_users_command() -> None:
    """Everybody of the coalition's office."""
    from charter.services.staff import list_staff

    settings = configured()
    must_be_current(settings)
    with opened(settings) as sessions, sessions() as db:
        for person, _caseload in list_staff(db):
            state = "disabled" if person.disabled_at else "active"
            click.echo(f"{person.email}\t{person.name}\t{person.role}\t{state}")


@user_group.command("reset-second-factor", epilog="Example: charter user reset-second-factor maly@example.org")
@click.argument("email")
def reset_second_factor_command(email: str) -> None:
    """For somebody who lost phone and recovery codes: at the next log-in they set up a second factor anew.

    Make sure that it is really they who ask.
    """
    from charter.database.engine import transaction
    from charter.services.accounts import find_person
    from charter.services.second_factors import reset

    settings = configured()
    must_be_current(settings)
    with opened(settings) as sessions, transaction(sessions) as db:
        person = find_person(db, email)
        if person is None:
            raise InputProblem([f"{email}: nobody has an account with this address"])
        reset(db, person)


def configured() -> Settings:
    """The settings of the environment. InputProblem, with the variable's name, for one that cannot be."""
    from pydantic import ValidationError

    from charter.config import Settings

    try:
        return Settings()
    except ValidationError as error:
        lines = [f"CHARTER_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors()]
        raise InputProblem(lines, exit_code=2) from error


@contextmanager
def opened(settings: Settings) -> Iterator[sessionmaker[Session]]:
    """Sessions on the configured database, as long as a command needs them. InputProblem as for `must_be_current`."""
    from charter.database.engine import make_engine, session_factory
    from charter.database.row_security import EVERYTHING

    must_be_current(settings)
    engine = make_engine(settings.database)
    try:
        yield session_factory(engine, scope=EVERYTHING)
    finally:
        engine.dispose()


def upgraded(settings: Settings) -> None:
    """Make the tables of a new database. InputProblem if it cannot be reached, is not safe, or is of another version.

    What people have stored is never migrated in passing: `charter upgrade` makes a backup first.
    """
    from charter.database.upgrade import upgrade

    with reached(settings) as engine:
        if found_revision(settings, engine) is None:
            upgrade(engine)


def warn_of_role(settings: Settings) -> None:
    """Say it if PostgreSQL would let everything through."""
    from charter.database.row_security import is_above_policies

    with reached(settings) as engine, engine.connect() as connection:
        if is_above_policies(connection):
            click.echo(
                f"warning: {shown_address(settings)}: this role is a superuser or has BYPASSRLS, "
                "so that nothing in the database keeps members apart; see docs/operate.md",
                err=True,
            )


@contextmanager
def reached(settings: Settings) -> Iterator[Engine]:
    """The engine of the configured database. InputProblem if it cannot be reached, or is not safe."""
    from sqlalchemy.exc import OperationalError

    from charter.database.engine import UnsafeDatabaseError, make_engine

    try:
        engine = make_engine(settings.database)
        try:
            yield engine
        finally:
            engine.dispose()
    except (OperationalError, UnsafeDatabaseError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise InputProblem([f"{shown_address(settings)}: {reason}"]) from error


def found_revision(settings: Settings, engine: Engine, *, may_be_older: bool = False) -> str | None:
    """The database's revision; None if it is new. InputProblem if it is of a newer Charter, or of an older one."""
    from charter.database.upgrade import head_revision, is_known, revision_of

    with engine.connect() as connection:
        found = revision_of(connection)
    if found is None or found == head_revision():
        return found
    if not is_known(found):
        raise InputProblem([f"{shown_address(settings)}: belongs to a newer version of Charter"])
    if not may_be_older:
        raise InputProblem([f"{shown_address(settings)}: belongs to an older version; run: charter upgrade"])
    return found


def must_be_current(settings: Settings) -> None:
    """InputProblem if the database lacks a migration, or cannot be reached."""
    with reached(settings) as engine:
        if found_revision(settings, engine) is None:
            raise InputProblem([f"{shown_address(settings)}: has no tables yet; run: charter init"])


def shown_address(settings: Settings) -> str:
    """The database's address without its password."""
    from sqlalchemy import make_url

    return make_url(settings.database).render_as_string(hide_password=True)


def _empty_folder(path: Path) -> str:
    """Counts of processes that are gone do not go on."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return str(path)


def _watch(processes: list[subprocess.Popen[bytes]]) -> int:
    """Wait until one ends or we are told to stop; then stop all. Gives the exit code."""
    stopping = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopping
        stopping = True

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    while not stopping and all(process.poll() is None for process in processes):
        time.sleep(0.2)
    ended = [process.returncode for process in processes if process.poll() is not None]
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
    # Ctrl+C reaches the children too; that they end then is no failure.
    return 0 if stopping else next((code for code in ended if code), 1)
