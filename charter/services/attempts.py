"""Slowing down whoever guesses: failed attempts are counted, and from some number on each one has to wait longer.

An attempt is written down before its password is looked at, so that a hundred at once do not slip through, and taken
back when it succeeds. Nobody waits inside a request: an attempt that comes too early is turned away unlooked-at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from charter.clock import now
from charter.config import Settings
from charter.database.engine import commit
from charter.database.sessions import Attempt
from charter.security import keyed_hash

KEPT = timedelta(hours=24)
"""Attempts count, and are kept, for so long."""

_LOCK = 0x47554553  # any number: what PostgreSQL's advisory lock is called


class TooManyAttempts(Exception):
    """Try again in `wait_seconds`."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"wait {wait_seconds} seconds")
        self.wait_seconds = wait_seconds


@dataclass(frozen=True)
class Limit:
    """So many attempts are free; then the wait between two doubles from one second up to `longest`."""

    kind: str
    free: int
    longest: timedelta


FROM_HERE = Limit("address-and-network", 5, timedelta(minutes=15))
"""One address from one place: somebody who forgot a password, or guesses."""
ADDRESS = Limit("address", 30, timedelta(minutes=1))
"""One address from everywhere. Mild: a stranger who guesses must not keep its owner out."""
NETWORK = Limit("network", 60, timedelta(minutes=15))
"""Any address from one place; a whole office may share it."""
SECOND_FACTOR = Limit("second-factor", 5, timedelta(minutes=15))
"""Codes for one person, who has given the right password."""
PASSWORD_AGAIN = Limit("password-again", 5, timedelta(minutes=15))
"""The own password, asked again of somebody who is logged in."""
RESET = Limit("reset", 3, timedelta(hours=1))
"""Mails to one address with a link to a new password."""
RESET_NETWORK = Limit("reset-network", 20, timedelta(hours=1))
"""Such mails asked for from one place."""

Keys = Sequence[tuple[Limit, str]]


def begin_attempt(db: Session, settings: Settings, keys: Keys) -> list[int]:
    """Write an attempt down, for good, under each of the keys; gives what `forgive` takes.

    TooManyAttempts if it comes too early under one of them; then nothing is written. Commits, so that the attempt
    stays although the request fails; the session goes on without a lock, see `begin_writing`.
    """
    if db.get_bind().dialect.name == "postgresql":
        # One at a time, until the commit below; SQLite has only one writer anyway.
        db.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    hashed = [(limit, _key(settings, limit, value)) for limit, value in keys]
    db.execute(delete(Attempt).where(Attempt.at < now() - KEPT))
    wait = max(_wait_seconds(db, limit, key) for limit, key in hashed)
    if wait > 0:
        raise TooManyAttempts(wait)
    rows = [Attempt(kind=limit.kind, key=key, at=now()) for limit, key in hashed]
    db.add_all(rows)
    db.flush()
    numbers = [row.id for row in rows]
    commit(db)
    return numbers


def forgive(db: Session, settings: Settings, numbers: Sequence[int], keys: Keys) -> None:
    """The attempt was right: it does not count, and nor do earlier ones under the first of the keys."""
    limit, value = keys[0]
    db.execute(delete(Attempt).where(Attempt.id.in_(numbers)))
    db.execute(delete(Attempt).where(Attempt.kind == limit.kind, Attempt.key == _key(settings, limit, value)))


def network_of(address: str | None) -> str:
    """What counts as one place: an IPv4 address, or the /64 that an IPv6 customer has."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def _wait_seconds(db: Session, limit: Limit, key: str) -> int:
    count, last = db.execute(
        select(func.count(), func.max(Attempt.at)).where(Attempt.kind == limit.kind, Attempt.key == key)
    ).one()
    over = count - limit.free
    if over < 0 or last is None:
        return 0
    wait = min(timedelta(seconds=2 ** min(over, 20)), limit.longest)
    return max(0, -int(-(last + wait - now()).total_seconds() // 1))


def _key(settings: Settings, limit: Limit, value: str) -> str:
    return keyed_hash(settings.key, f"attempts {limit.kind}", value)
