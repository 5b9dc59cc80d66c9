"""A name for the content of a pack: the same content gives the same name, however it is laid out in the files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any


def fingerprint(parts: Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the parts as JSON with sorted keys and exact numbers."""
    text = json.dumps(_plain(parts), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | Fraction):
        return {"number": str(Fraction(value))}
    return value.isoformat() if isinstance(value, date) else str(value)
