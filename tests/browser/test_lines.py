"""The bad lines that other tests need: what is sent arrives whole, late, and though packets are lost."""

from __future__ import annotations

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest

from tests.browser import lines
from tests.browser.lines import Quality, bad_line

CONTENT = bytes(range(256)) * 500
QUALITY = Quality(rate=400_000, delay=0.05, loss=0.1)


@pytest.mark.parametrize("line", ["the best that this machine allows", "the stand-in"])
def test_what_is_sent_arrives_whole_though_packets_are_lost(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if line == "the stand-in":
        monkeypatch.setattr(lines, "_devices", not_allowed)
    with bad_line(QUALITY, seed=1) as bad:
        server = threading.Thread(target=answer, args=(bad.listening,))
        server.start()
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", urlsplit(bad.address).port or 0)) as client:
            client.sendall(b"?")
            got = b"".join(iter(lambda: client.recv(65536), b""))
        took = time.monotonic() - began
        server.join()
        assert got == CONTENT
        assert bad.lost > 0
        assert took > len(CONTENT) / QUALITY.rate + 4 * QUALITY.delay


def answer(listening: socket.socket) -> None:
    connection, _ = listening.accept()
    with connection:
        connection.recv(1)
        connection.sendall(CONTENT)


def not_allowed() -> None:
    raise PermissionError
