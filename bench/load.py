"""Load on a web server: starting one, and asking it as fast as it answers, with as little work as can be."""

from __future__ import annotations

import os
import re
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from bench.subjects import ROOT

CONNECTIONS = 8

Requests = Callable[[int, int], bytes]
"""What a connection sends, by its number and the number of what it sent before."""


@dataclass
class Load:
    """What one subject stood, round after round."""

    rates: list[float] = field(default_factory=list)
    """Answers per second, of each round."""
    waits: list[float] = field(default_factory=list)
    """Seconds, of each request."""

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    def wait(self, percent: int) -> float:
        """In seconds: so many percent of the requests took no longer."""
        return sorted(self.waits)[min(len(self.waits) - 1, len(self.waits) * percent // 100)]


@contextmanager
def served(app: str, environment: Mapping[str, str]) -> Iterator[int]:
    """Serve an application as `charter run` does; the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [*(sys.executable, "-m", "gunicorn", app, "--bind", f"127.0.0.1:{port}", "--log-level", "warning")]
    command += ["--workers", "2", "--threads", "4", "--worker-class", "gthread"]
    server = subprocess.Popen(command, cwd=ROOT, env=os.environ | environment)
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def put_load_on(port: int, requests: Requests, load: Load, *, seconds: float, sent: list[int]) -> None:
    """Every connection sends its next request as soon as its last one is answered; `sent` counts on."""
    with selectors.DefaultSelector() as selector, ExitStack() as sockets:
        connections = [
            Connection(sockets.enter_context(socket.create_connection(("127.0.0.1", port))), number)
            for number in range(CONNECTIONS)
        ]
        began = time.perf_counter()
        for each in connections:
            selector.register(each.socket, selectors.EVENT_READ, each)
            each.send(requests(each.number, sent[each.number]))
        answered, open_ = 0, len(connections)
        while open_:
            for key, _ in selector.select():
                each = key.data
                if not each.has_answer():
                    continue
                moment = time.perf_counter()
                load.waits.append(moment - each.began)
                sent[each.number] += 1
                answered += 1
                if moment - began < seconds:
                    each.send(requests(each.number, sent[each.number]))
                else:
                    selector.unregister(each.socket)
                    open_ -= 1
        load.rates.append(answered / (time.perf_counter() - began))


class Connection:
    """One that is kept alive, and takes answers with a length."""

    def __init__(self, connected: socket.socket, number: int) -> None:
        self.socket, self.number = connected, number
        self.began = 0.0
        self._got = b""

    def send(self, request: bytes) -> None:
        self._got = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def has_answer(self) -> bool:
        """Takes what has come; whether that is all. RuntimeError unless the answer is a page or says where to go on."""
        came = self.socket.recv(262_144)
        self._got += came
        head, end, body = self._got.partition(b"\r\n\r\n")
        if not came or (end and not re.match(rb"HTTP/1\.1 (200|302)", head)):
            raise RuntimeError(f"answered: {self._got[:2000].decode('utf-8', 'replace')}")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        return bool(end and length and len(body) >= int(length[1]))
