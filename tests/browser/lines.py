"""Lines between the browser and the application: one that can be cut, and bad ones that lose packets.

A bad line is real where this machine allows it: packets go through two TUN devices, each in a network of its own, and a
thread between them holds them back and throws some away; what is lost is sent again by the kernel's own TCP. That
needs root and `/dev/net/tun`. Elsewhere a relay stands in for it, which only imitates: what is lost comes later.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import random
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TypeVar

NEAR, FAR = "10.77.0.1", "10.77.0.2"
CLONE_NEWNET = 0x40000000
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFDSTADDR = 0x8914, 0x8916, 0x8918
IFF_UP_RUNNING = 0x1 | 0x40
SEGMENT = 1448

Made = TypeVar("Made")


@dataclass(frozen=True)
class Quality:
    """Of each direction: bytes a second, seconds on the way, and the share of packets that never arrive."""

    rate: float
    delay: float
    loss: float


@dataclass
class Direction:
    """Packets on their way: one after the other onto the line, then some time until they arrive."""

    quality: Quality
    chance: random.Random
    deliver: Callable[[bytes], None]
    retry: float = 0.0
    """0 where a lost packet is lost; else the seconds after which it arrives all the same, with all behind it."""
    free_at: float = 0.0
    last: float = 0.0
    waiting: deque[tuple[float, bytes]] = field(default_factory=deque)
    lost: int = 0
    sent: int = 0

    def send(self, packet: bytes) -> None:
        self.free_at = max(time.monotonic(), self.free_at) + len(packet) / self.quality.rate
        self.sent += 1
        arrives = self.free_at + self.quality.delay
        if self.chance.random() < self.quality.loss:
            self.lost += 1
            if not self.retry:
                return
            arrives += self.retry
        self.last = max(self.last, arrives)
        self.waiting.append((self.last, packet))

    def work(self) -> float:
        """Deliver what has arrived; gives the seconds until the next."""
        while self.waiting:
            left = self.waiting[0][0] - time.monotonic()
            if left > 0:
                return left
            self.deliver(self.waiting.popleft()[1])
        return 1.0


@dataclass(frozen=True)
class BadLine:
    """`listening` is where the application has to answer, `address` what the browser asks for."""

    listening: socket.socket
    address: str
    is_real: bool
    directions: Sequence[Direction]

    @property
    def lost(self) -> int:
        """Packets, so far."""
        return sum(each.lost for each in self.directions)

    @property
    def sent(self) -> int:
        """Packets, with the lost ones."""
        return sum(each.sent for each in self.directions)


@contextmanager
def bad_line(quality: Quality, *, seed: int) -> Iterator[BadLine]:
    """A real one where that can be had, else its stand-in. The same seed loses the same packets by number."""
    try:
        near, far, listening, door = _devices()
    except OSError:
        with _stand_in(quality, seed) as line:
            yield line
        return
    up = Direction(quality, random.Random(seed), lambda packet: _write(far, packet))
    down = Direction(quality, random.Random(seed + 1), lambda packet: _write(near, packet))
    stop = threading.Event()
    thread = threading.Thread(target=_carry, args=({near: up, far: down}, stop))
    thread.start()
    try:
        yield BadLine(listening, f"http://127.0.0.1:{door.port}", True, (up, down))
    finally:
        door.cut()
        stop.set()
        thread.join()
        listening.close()
        os.close(near)
        os.close(far)


class Cuttable:
    """A relay on this machine that can be cut: then nothing answers, as in a village without a line."""

    def __init__(self, target: tuple[str, int], *, listener: socket.socket | None = None) -> None:
        self._target = target
        self._sockets: set[socket.socket] = set()
        self._listener = listener or socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._begin()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        """The line is there again."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._begin()

    def cut(self) -> None:
        """It is gone, with everything that is on its way."""
        for each in (self._listener, *self._sockets):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self._sockets.clear()

    def _begin(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                self._sockets.add(near)
                threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._target)
        except OSError:
            near.close()
            return
        self._sockets.add(far)
        threading.Thread(target=self._pump, args=(near, far), daemon=True).start()
        self._pump(far, near)

    def _pump(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)


def _carry(ways: dict[int, Direction], stop: threading.Event) -> None:
    with selectors.DefaultSelector() as selector:
        for device in ways:
            selector.register(device, selectors.EVENT_READ)
        while not stop.is_set():
            wait = min(0.2, *(way.work() for way in ways.values()))
            for key, _ in selector.select(wait):
                ways[key.fd].send(os.read(key.fd, 65536))


def _write(device: int, packet: bytes) -> None:
    with suppress(OSError):
        os.write(device, packet)


def _devices() -> tuple[int, int, socket.socket, Cuttable]:
    """A device in each of two networks of their own, what listens in the one, and a door of ours to the other.

    The browser must not see a device come: it would drop what it is loading. OSError where this is not allowed.
    """
    far, listening = _elsewhere(lambda: (_device("far0", FAR, NEAR), socket.create_server((FAR, 0))))
    try:
        # Threads that it starts stay in its network, and connect from there.
        door = socket.create_server(("127.0.0.1", 0))
        near, relay = _elsewhere(
            lambda: (_device("near0", NEAR, FAR), Cuttable(listening.getsockname(), listener=door))
        )
    except OSError:
        os.close(far)
        listening.close()
        raise
    return near, far, listening, relay


def _elsewhere(work: Callable[[], Made]) -> Made:
    """What `work` makes in a thread with a network of its own; it stays there when the thread ends."""
    made: list[Made] = []
    problems: list[OSError] = []

    def run() -> None:
        try:
            if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), "unshare")
            made.append(work())
        except OSError as error:
            problems.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if problems:
        raise problems[0]
    return made[0]


def _device(name: str, own: str, peer: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            for request, address in ((SIOCSIFADDR, own), (SIOCSIFDSTADDR, peer)):
                place = struct.pack("16sHH4s8x", name.encode(), socket.AF_INET, 0, socket.inet_aton(address))
                fcntl.ioctl(control, request, place)
            fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), IFF_UP_RUNNING))
    except OSError:
        os.close(device)
        raise
    return device


@contextmanager
def _stand_in(quality: Quality, seed: int) -> Iterator[BadLine]:
    """A relay for TCP: a connection waits for the handshake, and what is lost comes a round trip and a second later."""
    listening = socket.create_server(("127.0.0.1", 0))
    door = socket.create_server(("127.0.0.1", 0))
    retry = 2 * quality.delay + 1
    chance, stop = random.Random(seed), threading.Event()
    directions: list[Direction] = []
    threads: list[threading.Thread] = []
    # All connections share one line.
    line = {"up": Direction(quality, chance, lambda _: None), "down": Direction(quality, chance, lambda _: None)}

    def pump(one: socket.socket, other: socket.socket, way: str) -> None:
        own = Direction(quality, chance, lambda packet: _pass(other, packet), retry=retry)
        directions.append(own)
        one.settimeout(0.05)
        is_open = True
        while not stop.is_set() and (is_open or own.waiting):
            own.work()
            try:
                data = one.recv(SEGMENT) if is_open else b""
            except TimeoutError:
                continue
            except OSError:
                data = b""
            if data:
                own.free_at = line[way].free_at
                own.send(data)
                line[way].free_at = own.free_at
            else:
                is_open = False
                time.sleep(0.01)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    def connect(near: socket.socket) -> None:
        stop.wait(2 * quality.delay)
        with near, socket.create_connection(listening.getsockname()) as far:
            pumps = [
                threading.Thread(target=pump, args=(near, far, "up")),
                threading.Thread(target=pump, args=(far, near, "down")),
            ]
            for each in pumps:
                each.start()
            for each in pumps:
                each.join()

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = door.accept()
                threads.append(threading.Thread(target=connect, args=(near,)))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield BadLine(listening, f"http://127.0.0.1:{door.getsockname()[1]}", False, directions)
    finally:
        stop.set()
        door.shutdown(socket.SHUT_RDWR)
        door.close()
        accepting.join()
        for each in threads:
            each.join()
        listening.close()


def _pass(other: socket.socket, packet: bytes) -> None:
    with suppress(OSError):
        other.sendall(packet)
