"""Addresses: those that come from outside, and those that pages lead to."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from flask import has_request_context, request, url_for


def address(endpoint: str, /, **values: Any) -> str:
    """What `url_for` gives, remembered: a page has dozens of links, most of them the same as on the page before."""
    if not has_request_context() or endpoint.startswith(".") or "_external" in values:
        return url_for(endpoint, **values)
    try:
        return _address(request.script_root, endpoint, **values)
    except TypeError:  # a list of values, which cannot be remembered
        return url_for(endpoint, **values)


@lru_cache(maxsize=8192, typed=True)
def _address(_root: str, endpoint: str, /, **values: Any) -> str:
    return url_for(endpoint, **values)


def safe_next(given: str | None) -> str:
    """Where to go on: a path of this site, never another site; the start page where it is anything else."""
    home = url_for("public.home")
    if not given or not given.startswith("/") or given.startswith(("//", "/\\")) or "\\" in given:
        return home
    if any(ord(character) < 32 for character in given):
        return home
    parts = urlsplit(given)
    return home if parts.scheme or parts.netloc else given
