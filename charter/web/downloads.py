"""Files that leave the site: always to be saved, never to be shown in its name."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response


def as_attachment(content: bytes, *, name: str, media_type: str) -> Response:
    """A download under that name; browsers are told not to guess what it is."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_. ") else "_" for c in name) or "file"
    response = Response(content, mimetype=media_type or "application/octet-stream")
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-store"
    return response
