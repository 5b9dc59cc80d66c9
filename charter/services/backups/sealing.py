"""Encrypting a stream of any length, so that each part is checked before it is used.

The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015) as the age file format uses it: chunks of 64 KiB,
each with ChaCha20-Poly1305 under a key of this file alone; the nonce is the number of the chunk and whether it is the
last. So no chunk can be changed, swapped, repeated or cut off unseen.
"""

from __future__ import annotations

import os
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from charter.services.backups.errors import CannotRestoreError

MAGIC = b"charter backup 1\n"
CHUNK = 64 * 1024
_SALT = 32
_TAG = 16


class Sealer:
    """A file to write to, that writes what it is given encrypted to another one."""

    def __init__(self, target: IO[bytes], key: str) -> None:
        salt = os.urandom(_SALT)
        target.write(MAGIC + salt)
        self._target = target
        self._cipher = _cipher(key, salt)
        self._waiting = bytearray()
        self._number = 0

    def write(self, data: bytes) -> int:
        self._waiting += data
        # One chunk always waits: only at the end it is known which is the last.
        while len(self._waiting) > CHUNK:
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def flush(self) -> None:
        """Nothing: half a chunk cannot be sealed."""

    def finish(self) -> None:
        """Write the last chunk; without it nobody can open the file."""
        self._seal(bytes(self._waiting), last=True)
        self._waiting.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last=last), chunk, None))
        self._number += 1


def is_sealed(source: IO[bytes]) -> bool:
    """Whether the file is encrypted; it stands at its beginning afterwards."""
    source.seek(0)
    found = source.read(len(MAGIC))
    source.seek(0)
    return found == MAGIC


def unseal(source: IO[bytes], target: IO[bytes], key: str) -> None:
    """Decrypt all of it. CannotRestoreError if the key is another one, or anything was changed or cut off."""
    head = source.read(len(MAGIC) + _SALT)
    if len(head) < len(MAGIC) + _SALT:
        raise CannotRestoreError("the backup is cut off")
    cipher = _cipher(key, head[len(MAGIC) :])
    number = 0
    chunk = source.read(CHUNK + _TAG)
    while True:
        following = source.read(CHUNK + _TAG)
        try:
            target.write(cipher.decrypt(_nonce(number, last=not following), chunk, None))
        except (InvalidTag, ValueError) as error:
            why = (
                "this is not its key, or its beginning was changed" if number == 0 else "it was changed, or is cut off"
            )
            raise CannotRestoreError(f"the backup cannot be decrypted: {why}") from error
        if not following:
            return
        chunk, number = following, number + 1


def _cipher(key: str, salt: bytes) -> ChaCha20Poly1305:
    return ChaCha20Poly1305(HKDF(hashes.SHA256(), 32, salt=salt, info=MAGIC).derive(key.encode()))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
