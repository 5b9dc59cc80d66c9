"""Addresses that come from outside."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import url_for


def safe_next(given: str | None) -> str:
    """Where to go on: a path of this site, never another site; the start page where it is anything else."""
    home = url_for("public.home")
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")) or "\\" in given:
        return home
    if any(ord(character) < 32 for character in given):
        return home
    parts = urlsplit(given)
    return home if parts.scheme or parts.netloc else given
