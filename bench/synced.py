"""Whether an answer is on the disk before it is called saved: what the kernel was asked for, in which order.

`python -m bench.synced sqlite` runs the web server under strace, with one process, lets people save over HTTP, and
reads in the trace whether between each request and its answer the database's own files were synchronized. Half of the
saves are done with synchronizing switched off; of those the same reading must say that they were not safe.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.subjects import ROOT

SAVES = 5
"""Of each kind: careful ones, and careless ones."""
CALLS = "fsync,fdatasync,unlink,unlinkat,recvfrom,sendto"
CARELESS = "CHARTER_BENCH_CARELESS"
"""The name of a file; while it exists, the server's SQLite does not synchronize."""


@dataclass
class Answered:
    """One save, and what happened between its request and its answer, in order."""

    address: str
    steps: list[str] = field(default_factory=list)
    status: int = 0

    def is_safe(self, kind: str) -> bool:
        """Whether everything was on the disk before the answer began."""
        rest = iter(self.steps)
        return all(any(step == needed for step in rest) for needed in NEEDED[kind])


NEEDED = {
    # First how to take it back, then the change; it counts once the journal is gone, which the folder must know.
    "sqlite": ("sync journal", "sync database", "remove journal", "sync folder"),
    # The server's own process writes the log ahead and synchronizes it before it says that the commit is done.
    "postgresql": ("commit", "sync log"),
}


class CannotTrace(Exception):
    """strace is missing, or may not look at processes here."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.synced")
    parser.add_argument("kind", choices=list(NEEDED))
    parser.add_argument("--serve", type=Path, help="only serve, with the database in this folder; see traced()")
    given = parser.parse_args()
    if given.serve:
        serve(given.kind, given.serve)
        return
    careful, careless = traced(given.kind)
    for name, saves in (("with", careful), ("without", careless)):
        print(f"{name} synchronizing: {sum(each.is_safe(given.kind) for each in saves)} of {len(saves)} were safe")
    sys.exit(0 if all(one.is_safe(given.kind) for one in careful) else 1)


def traced(kind: str) -> tuple[list[Answered], list[Answered]]:
    """The careful saves and the careless ones. CannotTrace where strace cannot be used."""
    with tempfile.TemporaryDirectory(prefix="charter-synced-") as name:
        folder, trace = Path(name) / "of-charter", Path(name) / "trace"
        folder.mkdir()
        Path(name).chmod(0o755)  # as root PostgreSQL runs under another name
        command = ["strace", "-f", "--seccomp-bpf", "-qq", "-yy", "-s", "120", "-e", f"trace={CALLS}", "-o", str(trace)]
        command += [sys.executable, "-m", "bench.synced", kind, "--serve", str(folder)]
        environment = os.environ | {CARELESS: str(folder / "careless"), "XDG_RUNTIME_DIR": name}
        try:
            server = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                text=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        except FileNotFoundError as error:
            raise CannotTrace("strace is not installed; run: make setup") from error
        with server:
            try:
                _save_both_ways(kind, folder, server)
            finally:
                _, problem = server.communicate()
        with trace.open(encoding="utf-8", errors="replace") as lines:
            saves = list(answered(calls(lines), folder))
    if server.returncode != 0:
        raise RuntimeError(problem[-3000:])
    return saves[:SAVES], saves[SAVES:]


def serve(kind: str, folder: Path) -> None:
    """Under strace: says where the database is, is told how to serve it, and serves until its input ends."""
    with ExitStack() as stack:
        address = f"sqlite:///{folder / 'charter.db'}"
        if kind == "postgresql":
            from bench.server import postgresql

            uri = stack.enter_context(postgresql(folder)).get_uri()
            address = uri.replace("postgresql://", "postgresql+psycopg://", 1)
        print(address, flush=True)
        order = json.loads(sys.stdin.readline())
        with subprocess.Popen(order["command"], cwd=ROOT, env=os.environ | order["environment"]) as web:
            sys.stdin.read()
            web.terminate()


def _save_both_ways(kind: str, folder: Path, process: subprocess.Popen[str]) -> None:
    from bench.people import Place
    from bench.server import Server, environment
    from charter.config import Settings
    from charter.database.engine import make_engine
    from charter.database.upgrade import upgrade

    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    address = process.stdout.readline().strip()
    if not address:
        raise CannotTrace(f"strace cannot trace here (is ptrace forbidden?): {process.stderr.read()[-500:]}")
    settings = Settings(instance=folder / "instance", database_url=address)
    engine = make_engine(address)
    upgrade(engine)
    place = Place(settings, 2)
    server = Server(settings, workers=1, app="bench.synced:careless_app()")
    print(json.dumps({"command": server.command, "environment": environment(settings)}), file=process.stdin, flush=True)
    server.wait()
    _save(place, server.port, first=0)
    if kind == "sqlite":
        (folder / "careless").touch()
    else:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        time.sleep(0.5)  # it reads its settings again in its own time
    engine.dispose()
    _save(place, server.port, first=SAVES)


def _save(place: Any, port: int, *, first: int) -> None:
    """RuntimeError if a save is not acknowledged."""
    login, name = place.leads[0], next(iter(place.criteria))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    headers = {"Cookie": login.cookie, "Content-Type": "application/x-www-form-urlencoded"}
    for number in range(first, first + SAVES):
        fields = {f"{name}-version": number, f"{name}-rating": number % 3 + 1, f"{name}-note": f"Talk {number}"}
        body = urlencode({**fields, "csrf_token": login.csrf})
        connection.request("POST", f"/member/assessments/{login.assessment}/answer/{name}", body, headers)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200 or said["state"] != "saved":
            raise RuntimeError(f"answered {answer.status}: {said}")
    connection.close()


def careless_app() -> Any:
    """The application, whose SQLite keeps nothing safe while a certain file exists."""
    from sqlalchemy import event

    from charter import create_app

    app = create_app()
    engine = app.extensions["charter.engine"]
    if engine.dialect.name == "sqlite":

        def choose(connection: Any, *_: Any) -> None:
            mode = "OFF" if Path(os.environ[CARELESS]).exists() else "EXTRA"
            connection.execute(f"PRAGMA synchronous={mode}")

        event.listen(engine, "checkout", choose)
    return app


def calls(lines: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    """Process, name and the rest of each call, in the order in which they ended; what is sent, as it begins."""
    begun: dict[str, str] = {}
    for line in lines:
        process, _, call = line.strip().partition(" ")
        call = call.strip()
        name, _, rest = call.partition("(")
        if resumed := re.match(r"<\.\.\. (\w+) resumed>(.*)", call):
            name, rest = resumed[1], begun.pop(process, "") + resumed[2]
            if name != "sendto":
                yield process, name, rest
        elif rest.endswith("<unfinished ...>"):
            begun[process] = rest.removesuffix("<unfinished ...>")
            if name == "sendto":
                yield process, name, rest
        elif rest:
            yield process, name, rest


def answered(every: Iterable[tuple[str, str, str]], folder: Path) -> Iterator[Answered]:
    """The saves of a trace, as the server saw them."""
    waiting: dict[str, Answered] = {}
    for _process, name, rest in every:
        line = rest.partition(">")[0] if "->" not in rest else rest.partition("]>")[0]
        if name == "recvfrom" and (asked := re.search(r'"POST (\S*/answer/\S+) HTTP', rest)):
            waiting[line] = Answered(asked[1])
        elif name == "sendto" and line in waiting and (status := re.search(r'"HTTP/1\.1 (\d+)', rest)):
            save = waiting.pop(line)
            save.status = int(status[1])
            yield save
        elif step := _step(name, rest, folder):
            for save in waiting.values():
                save.steps.append(step)


def _step(name: str, rest: str, folder: Path) -> str | None:
    if name == "sendto":
        return "commit" if re.search(r'"(Q\\0\\0\\0.{1,4})?COMMIT|COMMIT\\0', rest) else None
    if name in ("unlink", "unlinkat"):
        return "remove journal" if "charter.db-journal" in rest else None
    if name not in ("fsync", "fdatasync") or not rest.endswith("= 0"):
        return None
    file = rest.partition("<")[2].partition(">")[0]
    if "/pg_wal/" in file:
        return "sync log"
    names = {"charter.db-journal": "sync journal", "charter.db": "sync database", folder.name: "sync folder"}
    return names.get(Path(file).name)


if __name__ == "__main__":
    main()
