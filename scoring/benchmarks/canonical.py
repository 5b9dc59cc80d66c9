"""JSON in its one canonical form (RFC 8785), and its hash.

Only what a release is made of: objects, lists, text, whole numbers, true, false and null. A number with a fraction has
no place in a release, and is refused.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

_LARGEST = 2**53 - 1
"""Beyond it, JSON numbers are not the same for every reader."""


def canonical(value: Any) -> bytes:
    """UTF-8, without spaces, keys ordered by their UTF-16 code units. ValueError for what cannot be in a release."""
    try:
        return json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise ValueError("it holds half of a character") from error


def canonical_sha256(value: Any) -> str:
    """SHA-256 of the canonical form, in hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ValueError("a key must be text")
        return {key: _ordered(value[key]) for key in sorted(value, key=_utf16)}
    if isinstance(value, list | tuple):
        return [_ordered(entry) for entry in value]
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int) and abs(value) <= _LARGEST:
        return value
    raise ValueError(f"{value!r} has no place in a release")


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be", "surrogatepass")
