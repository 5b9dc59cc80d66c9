"""The code on a slip: making it, reading what was typed, and what is derived from it.

A code is 80 random bits. Three values come from it, and none leads to another without the code itself: the digest under
which the round knows it, the place of its draft, and the key of its draft (docs/decisions/0014-staff-round.md).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from charter.security import decrypt, derived_key, encrypt, keyed_hash
from scoring.model import Choice

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O or U, so that a code can be read aloud and written by hand."""
LENGTH = 16
GROUP = 4
_READ_AS = str.maketrans(
    {"O": "0", "I": "1", "L": "1", " ": None, "-": None, "–": None, "\u00a0": None, "\u200b": None}
)
_NONCE = 12
_BLOCK = 4096

Ratings = Mapping[str, "int | Choice"]


def new_code() -> str:
    """A code, as `read_code` gives it."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def read_code(typed: str) -> str | None:
    """What somebody typed as a code: small letters, spaces and look-alikes allowed; None if it cannot be one."""
    code = typed.strip().upper().translate(_READ_AS)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def grouped(code: str) -> str:
    """For people: `ABCD-EFGH-JKMN-PQRS`."""
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def code_digest(key: str, code: str) -> str:
    """Under which the round knows the code. 80 random bits need no slow hash; without the key none can be tested."""
    return keyed_hash(key, "staff code", code)


def draft_place(key: str, code: str) -> str:
    """The key under which the draft of this code lies, in hex."""
    return _derived(key, code, "place").hex()


def seal(key: str, code: str, ratings: Ratings) -> bytes:
    """A draft, readable only with the code. Always about the same length, however much it says; holds no time."""
    text = json.dumps(dict(ratings), separators=(",", ":"))
    padded = text.encode().ljust(-(-len(text.encode()) // _BLOCK) * _BLOCK)
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_derived(key, code, "draft")).encrypt(nonce, padded, None)


def unseal(key: str, code: str, sealed: bytes) -> dict[str, int | Choice]:
    """What `seal` was given; nothing if it was sealed with another key or code."""
    try:
        text = AESGCM(_derived(key, code, "draft")).decrypt(sealed[:_NONCE], sealed[_NONCE:], None)
    except InvalidTag:
        return {}
    return read_ratings(json.loads(text))


def read_ratings(stored: Mapping[str, int | str]) -> dict[str, int | Choice]:
    """Ratings as they come out of JSON."""
    return {name: Choice(value) if isinstance(value, str) else value for name, value in stored.items()}


def pack_up(key: str, codes: list[str]) -> str:
    """New codes for the page that shows them, which is the only thing that keeps them."""
    return encrypt(key, "slips", " ".join(codes))


def unpack(key: str, packed: str) -> list[str] | None:
    """What `pack_up` was given; None if it was changed."""
    text = decrypt(key, "slips", packed)
    return None if text is None else text.split()


def _derived(key: str, code: str, purpose: str) -> bytes:
    # The installation's key as salt: whoever has only the database has nothing to try codes on.
    salt = derived_key(key, "staff drafts")
    return HKDF(hashes.SHA256(), 32, salt=salt, info=f"charter staff {purpose}".encode()).derive(code.encode())
